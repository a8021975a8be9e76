"""manage.py export_member: everything that is kept about one person, as one JSON document."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from loyalty.errors import LoyaltyError
from loyalty.history.acting import acting
from loyalty.identity.models import Brand
from loyalty.identity.privacy.exporting import export_person
from loyalty.identity.privacy.subjects import Subject, find_subject

REF_HELP = "the member's or the user's id, an e-mail address, or with --brand the brand's own number"


class Command(BaseCommand):
    help = "Write everything that is kept about one person as one JSON document. Who took it is recorded."

    def add_arguments(self, parser):
        parser.add_argument("ref", help=REF_HELP)
        parser.add_argument("--brand", help="the code of a brand: only what that brand has of the member")
        parser.add_argument(
            "--to", type=Path, help="the file to write (readable by its owner only); else it is printed"
        )

    def handle(self, *, ref, brand, to, **options):
        with acting(actor="command:export_member"):
            document = export_person(subject_named(ref, brand), actor="command:export_member")
        text = json.dumps(document, indent=2, ensure_ascii=False)
        if to is None:
            self.stdout.write(text)
        else:
            to.touch(mode=0o600)
            to.write_text(text)
        counted = sum(len(section) for section in document["sections"].values())
        sys.stderr.write(f"exported {counted:,} things\n")


def subject_named(ref: str, brand_code: str | None) -> Subject:
    """Whom the arguments mean. CommandError where they mean nobody."""
    brand = Brand.objects.filter(code=brand_code).first() if brand_code else None
    if brand_code and brand is None:
        raise CommandError(f"There is no brand {brand_code}.")
    try:
        return find_subject(ref, brand=brand, only_brand=brand is not None)
    except LoyaltyError as refusal:
        raise CommandError(refusal.detail) from refusal
