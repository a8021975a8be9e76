"""Makes a program as a document says: shows what would change, asks, and does it in one transaction. New terms wait for
a second person where the brand wants one; then somebody must ask for them."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from loyalty.errors import Invalid, LoyaltyError
from loyalty.history.acting import acting
from loyalty.identity.models import Person
from loyalty.identity.principals import Principal
from programs.membership.applying import apply_or_ask, changes_of
from programs.membership.documents import parse


class Command(BaseCommand):
    help = (
        "Make a program, its terms and its tiers as a YAML or JSON document says. Shows the differences first and asks "
        "on a terminal. Repeating it changes nothing. The form of a document: export_program --schema."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="The document, YAML or JSON; - for standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Show the differences and change nothing.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--as", dest="email", help="Who asks for it, by e-mail: one of the brand's people.")
        parser.add_argument("--reason", default="", help="Why, for the history and for whoever has to agree.")

    def handle(self, *args, file, dry_run, yes, email, reason, **options):
        asked_by = _principal(email) if email else None
        try:
            document = parse(_text(file))
            changes = changes_of(document)
            for change in changes:
                self.stdout.write(str(change))
            code = document["program"]["code"]
            if not changes:
                self.stdout.write(f"{code}: no changes")
            elif dry_run:
                self.stdout.write(f"{code}: {_count(changes)}, not made (--dry-run)")
            elif not yes and file != "-" and sys.stdin.isatty() and not self._agreed(code, changes):
                raise CommandError(f"{code}: nothing was changed")
            else:
                with acting(actor=asked_by.actor if asked_by else "", reason=reason):
                    program, waiting = apply_or_ask(
                        document, shown=changes, actor="system:apply_program", asked_by=asked_by, reason=reason
                    )
                left = len(changes_of(document)) if waiting else 0
                self.stdout.write(f"{code}: {_count(changes[left:])} made, version {program.version}")
                if waiting:
                    self.stdout.write(f"{code}: {left} wait for a second person, under Approvals")
        except Invalid as refusal:
            lines = [f"  {error['pointer'] or '/'} {error['code']}: {error['detail']}" for error in refusal.errors]
            raise CommandError("\n".join([f"{file} is not a document that can be applied:", *lines])) from None
        except LoyaltyError as refusal:
            raise CommandError(f"{refusal.code}: {refusal.detail}") from None

    def _agreed(self, code: str, changes: list) -> bool:
        self.stdout.write(f"Make these {_count(changes)} to {code}? [y/N] ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _principal(email: str) -> Principal:
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise CommandError("There is nobody with this e-mail address.")
    return person.worker


def _count(changes: list) -> str:
    return f"{len(changes)} change{'s' if len(changes) != 1 else ''}"


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text.") from None
