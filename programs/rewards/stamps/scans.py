"""Stamps that members fetch themselves, with the code that is printed at the counter."""

from datetime import UTC, datetime, timedelta

from django.db import transaction

from loyalty import clock
from loyalty.identity.models import Location, Member
from programs.rewards.stamps.errors import ScannedLately
from programs.rewards.stamps.models import Stamp, StampCard
from programs.rewards.stamps.operations import Added, add_stamps
from programs.rewards.stamps.sheets import lock_sheets, refuse_outsider

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@transaction.atomic
def scan_stamp(
    card: StampCard,
    member: Member,
    *,
    token_id: str,
    at: datetime | None = None,
    actor: str,
    location: Location | None = None,
) -> Added:
    """Gives one stamp for the printed code with this id, once in the card's `scan_hours` for each member, whatever came
    of the stamp since. Repeating it sooner is refused, with the time when it can be done again. Refusals, in order of
    precedence: ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, ScannedLately, then as
    `add_stamps`."""
    moment = at or clock.now()
    refuse_outsider(card.program, member.pk)
    lock_sheets(card, member.pk, actor=actor, at=moment)
    pause = card.scan_hours * HOUR
    _refuse_sooner(card, member, moment, pause)
    window = (moment - EPOCH) // (pause or timedelta(seconds=1))
    return add_stamps(
        card, member, count=1, reference=f"scan:{token_id}:{member.pk}:{window}", source=Stamp.Source.SCAN,
        actor=actor, location=location, at=moment,
    )  # fmt: skip


def _refuse_sooner(card: StampCard, member: Member, moment: datetime, pause: timedelta) -> None:
    scanned = Stamp.objects.filter(card=card, member=member, source=Stamp.Source.SCAN)
    last = scanned.filter(occurred_at__gt=moment - pause).order_by("-occurred_at").first()
    if last is None or not pause:
        return
    again = last.occurred_at + pause
    seconds = max(-((moment - again) // timedelta(seconds=1)), 1)
    when = again.isoformat(timespec="seconds").replace("+00:00", "Z")
    raise ScannedLately(f"You can scan it again at {when}.", again_at=when, retry_after=seconds)
