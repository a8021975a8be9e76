"""manage.py verify_qr: says whether a QR code is good, with the public keys alone. No database is asked."""

import sys
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loyalty import clock
from loyalty.errors import LoyaltyError
from programs.activity.moments import moment_of
from programs.rewards.qr.jwks import NotAKeySet, finder_in
from programs.rewards.qr.tokens import Claims, is_printed, open_token, read_token

KEY_SET_BYTES_MAX = 100_000
TIMEOUT_SECONDS = 10

HELP = """
Check a QR code with the public keys alone, as a till without a line does; no database is asked, so whether it was used
before is not known here. Writes what the code says and a verdict; the exit code is 0 where it is good, else 1.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("token", help="the code's text, LY1:...; - reads it from the standard input")
        parser.add_argument(
            "--jwks", metavar="FILE|URL", help="the public keys; left out: the address of this service's own"
        )
        parser.add_argument("--at", metavar="TIME", help="as of this instant, in UTC; left out: now")
        parser.add_argument("--audience", metavar="CODE", help="the brand that it has to be meant for")

    def handle(self, *, token, jwks, at, audience, **options):
        text = (sys.stdin.read(2000) if token == "-" else token).strip("\r\n")  # noqa: S105
        try:
            moment = moment_of(at, "UTC") if at else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        key_of = self._finder(jwks or f"{settings.SITE_URL}/.well-known/jwks.json")
        try:
            self._tell(open_token(text, at=moment, key_of=key_of))
            read_token(text, at=moment, audience=audience, key_of=key_of)
        except LoyaltyError as refusal:
            self.stdout.write(f"REFUSED {refusal.code}: {refusal.detail}")
            sys.exit(1)
        self.stdout.write("GOOD")

    def _tell(self, claims: Claims) -> None:
        kind = "printed " if is_printed(claims) else ""
        for name, value in (
            ("purpose", kind + claims.purpose),
            ("issuer", claims.issuer),
            ("audience", claims.audience),
            ("program", claims.program),
            ("subject", claims.subject),
            ("token id", claims.token_id),
            ("issued at", f"{claims.issued_at:%Y-%m-%dT%H:%M:%SZ}"),
            ("not before", f"{claims.not_before:%Y-%m-%dT%H:%M:%SZ}"),
            ("expires at", f"{claims.expires_at:%Y-%m-%dT%H:%M:%SZ}"),
        ):
            self.stdout.write(f"{name:<11} {value}")

    def _finder(self, source: str):
        try:
            if urlsplit(source).scheme in ("http", "https"):
                with urlopen(source, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme was looked at
                    document = answer.read(KEY_SET_BYTES_MAX)
            else:
                document = Path(source).read_bytes()
            return finder_in(document)
        except (OSError, URLError, NotAKeySet) as error:
            raise CommandError(f"the keys cannot be read from {source}: {error}", returncode=1) from error
