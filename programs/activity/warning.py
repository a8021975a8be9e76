"""Members are warned before points go: an event for each member and instant at which some of theirs are gone, told
once. What becomes of the event (a message, say) is for whoever reads the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from loyalty import clock
from loyalty.sql import rows
from programs.activity.models import ExpiryWarning
from programs.activity.records import written
from programs.activity.telling import tell
from programs.membership.models import Program

CHUNK = 2_000
EVENT = "points.expiring"

# The days are those of the program's calendar: a warning does not depend on the hour at which it is looked for.
GOING = """
ledger_lot l
join programs_membership m on m.account_id = l.account_id and m.status <> 'closed'
join programs_program p on p.id = m.program_id
where l.is_open and l.expires_at > %(from)s and l.expires_at <= %(to)s
  and (l.expires_at at time zone p.timezone)::date - (%(at)s at time zone p.timezone)::date <= p.expiry_warning_days
"""
DUE = f"""
select l.account_id, sum(l.remaining)::bigint as points
from {GOING} and p.expiry_warning_days > 0 and (%(program)s::uuid is null or p.id = %(program)s::uuid)
  and not exists (select from programs_expirywarning w where w.membership_id = m.id and w.expires_at = l.expires_at)
group by 1 order by 1 limit %(limit)s
"""
WARN = f"""
with due as (
  select m.id as membership_id, m.member_id, p.id as program_id, p.brand_id, l.expires_at,
         sum(l.remaining)::bigint as points,
         (l.expires_at at time zone p.timezone)::date - (%(at)s at time zone p.timezone)::date as days
  from {GOING} and l.account_id = any(%(accounts)s) group by m.id, p.id, l.expires_at
), warned as (
  insert into programs_expirywarning (membership_id, expires_at)
  select membership_id, expires_at from due order by 1, 2
  on conflict do nothing returning membership_id, expires_at
)
select d.* from due d join warned using (membership_id, expires_at) order by d.membership_id, d.expires_at
"""


@dataclass(frozen=True)
class Warned:
    """How many members were warned, or would be, of how many points."""

    members: int = 0
    points: int = 0


def warn_of_expiry(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda members: None,
) -> Warned:
    """Records "points.expiring" {points, expires_at, days} for members whose points go within the days that their
    program warns before, `limit` members at most: one event for each instant at which points go. Each chunk is a
    transaction of its own; what was told is not told again, however often or by how many at once this runs. With
    `dry_run` nothing changes and it says who would be told."""
    longest = Program.objects.aggregate(days=Max("expiry_warning_days"))["days"] or 0
    asked = {
        "at": at, "program": program and program.id, "limit": limit,
        # Nobody is warned of what is gone already; the last day of the longest calendar is some hours longer.
        "from": max(at, clock.now()), "to": at + timedelta(days=longest + 2),
    }  # fmt: skip
    due = rows(DUE, asked)
    if dry_run:
        return Warned(len(due), sum(row["points"] for row in due))
    warned = Warned()
    for start in range(0, len(due), CHUNK):
        told = _warn([row["account_id"] for row in due[start : start + CHUNK]], asked)
        members = len({row["membership_id"] for row in told})
        warned = Warned(warned.members + members, warned.points + sum(row["points"] for row in told))
        progress(start + CHUNK)
    if program is None:
        ExpiryWarning.objects.filter(expires_at__lte=asked["from"]).delete()
    return warned


@transaction.atomic
def _warn(accounts: list[int], asked: dict) -> list[dict]:
    """Marks what these accounts are to be told of, and tells it."""
    told = rows(WARN, asked | {"accounts": accounts})
    tell(EVENT, (row | {"data": _data(row)} for row in told), at=asked["at"])
    return told


def _data(row: dict) -> dict:
    return {"points": row["points"], "expires_at": written(row["expires_at"]), "days": row["days"]}
