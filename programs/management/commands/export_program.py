"""Writes a program as the document that `apply_program` reads."""

import json

from django.core.management.base import BaseCommand, CommandError

from programs.membership.document_form import SCHEMA
from programs.membership.documents import document_of, dump
from programs.membership.models import Program


class Command(BaseCommand):
    help = "Write a program, its terms and its tiers as a document that apply_program reads."

    def add_arguments(self, parser):
        parser.add_argument("code", nargs="?", help="The program's code.")
        parser.add_argument("--format", choices=["yaml", "json"], default="yaml")
        parser.add_argument("--schema", action="store_true", help="Write the JSON Schema of such documents instead.")

    def handle(self, *args, code, format, schema, **options):
        if schema:
            self.stdout.write(json.dumps(SCHEMA, indent=2))
            return
        program = Program.objects.select_related("brand", "unit").filter(code=code).first()
        if program is None:
            raise CommandError(f"There is no program with the code {code}." if code else "Say which program.")
        self.stdout.write(dump(document_of(program), form=format), ending="")
