"""manage.py issue_vouchers: makes codes in bulk for a reward, say for a mailing."""

from django.core.management.base import BaseCommand, CommandError

from loyalty.errors import LoyaltyError
from programs.activity.moments import moment_of
from programs.management.sweep_command import bar_on_terminal, program_named
from programs.membership.models import Program
from programs.rewards.issuing.batches import COUNT_MAX, BatchRequest, fill_batch, make_batch, reason_not_to_issue
from programs.rewards.models import Reward, VoucherBatch

ACTOR = "system:issue_vouchers"


class Command(BaseCommand):
    help = (
        "Make codes for a reward. A name is a batch: one that was ended in the middle is gone on with, one that is "
        "full stays as it is, so that it is safe to repeat and to run twice at once."
    )

    def add_arguments(self, parser):
        parser.add_argument("--program", required=True, metavar="CODE", help="the program's code")
        parser.add_argument("--reward", required=True, metavar="CODE", help="the reward's code")
        parser.add_argument("--count", required=True, type=int, metavar="N", help="how many codes")
        parser.add_argument("--name", required=True, metavar="NAME", help='what they are for, say "Spring mailing"')
        parser.add_argument(
            "--expires", metavar="TIME", help="when they end, by the program's clock; left out: as the reward says"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, change nothing")

    def handle(self, *, program, dry_run, **options):
        found = program_named(program)
        request = self._request(found, **options)
        if dry_run:
            self.stdout.write(self._would(found, request))
            return
        try:
            batch = make_batch(found, request, actor=ACTOR)
            before = batch.made
            with bar_on_terminal(type(self), "codes", lambda: batch.count) as progress:
                batch = fill_batch(batch, progress=progress)
        except LoyaltyError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"issued {batch.made - before:,} codes; {request.name} has {batch.made:,} (batch {batch.pk})")

    def _request(self, program: Program, *, reward, count, name, expires, **options) -> BatchRequest:
        known = Reward.objects.select_related("program").filter(program=program, code=reward).first()
        if known is None:
            raise CommandError(f"{program.code} has no reward {reward!r}")
        if not 1 <= count <= COUNT_MAX:
            raise CommandError(f"--count is a number from 1 to {COUNT_MAX:,}")
        if not 1 <= len(name) <= 120:
            raise CommandError("--name has 1 to 120 characters")
        try:
            ends = moment_of(expires, program.timezone) if expires else None
        except ValueError as error:
            raise CommandError(f"--expires: {error}") from error
        return BatchRequest(
            count=count, name=name, reward=known, uses_max=known.uses_max, expires_at=ends, key=f"command:{name}"
        )

    def _would(self, program: Program, request: BatchRequest) -> str:
        known = VoucherBatch.objects.filter(program=program, key=request.key).first()
        if why := reason_not_to_issue(request.reward):
            raise CommandError(why)
        return f"would issue {request.count - (known.made if known else 0):,} codes for {request.reward.code}"
