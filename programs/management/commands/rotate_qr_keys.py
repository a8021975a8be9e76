"""manage.py rotate_qr_keys: a new key for QR codes, say every three months, or at once when one leaked."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from loyalty import clock
from loyalty.errors import NotFound
from programs.rewards.qr import keys
from programs.rewards.qr.rotation import Rotation, revoke_keys, rotate_keys

HELP = """
Let another key sign QR codes. Safe to repeat: while a new key waits for its time, no other one is made.

The new key is published at once at /.well-known/jwks.json and signs when --delay is over, so that every till knows
it by then. The old ones verify for 400 days more, as long as a printed code can live; what they sign after their time
is refused. When a key leaked: --retire-now. All codes that it signed are refused from then on (other processes notice
within a minute), so printed ones have to be printed anew.
"""


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser):
        parser.add_argument("--delay", type=int, metavar="SECONDS", help="signs so much later; left out: an hour")
        parser.add_argument("--now", action="store_true", help="signs at once: --delay 0")
        parser.add_argument(
            "--retire-now",
            nargs="?",
            const="",
            metavar="KID",
            help="let this key go, or without a name every key: nothing it signed is taken any more",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")

    def handle(self, *, delay, now, retire_now, dry_run, **options):
        if delay is not None and (now or delay < 0):
            raise CommandError("--delay is a number of seconds, 0 or more, and does not go with --now")
        if retire_now is not None and (now or delay is not None):
            raise CommandError("--retire-now lets another key sign at once; it goes with no --delay and no --now")
        seconds = 0 if now else delay if delay is not None else int(keys.DELAY.total_seconds())
        at = clock.now()
        try:
            with transaction.atomic():
                if retire_now is not None:
                    done = revoke_keys(at=at, kid=retire_now)
                else:
                    done = rotate_keys(at=at, delay=timedelta(seconds=seconds))
                transaction.set_rollback(dry_run)
        except NotFound as refusal:
            raise CommandError(refusal.detail) from refusal
        finally:
            keys.forget()
        self.stdout.write(self._told(done, is_real=not dry_run))

    def _told(self, done: Rotation, *, is_real: bool) -> str:
        would = "" if is_real else "would have "
        name = done.kid if is_real or not done.is_new else "(new)"
        what = "made" if done.is_new else "moved" if done.is_moved else "kept"
        line = f"{would}{what} key {name}, signing from {done.signs_from:%Y-%m-%d %H:%M:%S} UTC"
        if done.retired:
            line += f"; {', '.join(done.retired)} sign until then"
        if done.revoked:
            line += f"; {', '.join(done.revoked)} verify no more"
        return line
