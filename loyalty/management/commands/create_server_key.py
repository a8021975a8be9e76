"""Makes a server key for a brand and prints it on the last line; it is nowhere to be had again."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.keys import create_server_key
from loyalty.identity.models import Brand
from loyalty.roles import SCOPES


class Command(BaseCommand):
    help = "Makes a server key for a brand and prints it on the last line."

    def add_arguments(self, parser):
        parser.add_argument("--brand", required=True, metavar="CODE", help="the brand's code")
        parser.add_argument("--name", required=True, help="what the key is for, say till-12")
        parser.add_argument("--scopes", required=True, help=f"all, or some of {','.join(SCOPES)}")
        parser.add_argument("--expires-in", type=int, metavar="DAYS", help="days until it runs out; left out: never")
        parser.add_argument("--rate", help='requests allowed, say 600/m; "" for no limit')

    def handle(self, *, brand, name, scopes, expires_in, rate, **options):
        found = Brand.objects.filter(code=brand).first()
        if found is None:
            raise CommandError(f"there is no brand {brand!r}")
        if expires_in is not None and expires_in < 1:
            raise CommandError("--expires-in is a number of days, 1 or more")
        try:
            key, plain = create_server_key(
                found,
                name=name,
                scopes=SCOPES if scopes == "all" else [scope.strip() for scope in scopes.split(",")],
                expires_at=expires_in and clock.now() + timedelta(days=expires_in),
                rate=rate,
            )
        except LoyaltyError as refusal:
            details = [mistake["detail"] for mistake in getattr(refusal, "errors", [])]
            raise CommandError(" ".join(details) or refusal.detail) from refusal
        until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "until it is taken back"
        self.stdout.write(f"made the key {key.name!r} of {found.code}, good {until}: {', '.join(key.scopes)}")
        self.stdout.write(plain)
