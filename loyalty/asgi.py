"""The ASGI door, for servers that want one. Static files are then somebody else's; WSGI is the quicker one here."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
application = get_asgi_application()
