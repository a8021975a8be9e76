#!/usr/bin/env python
"""The door for operators: every management command of the service."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
