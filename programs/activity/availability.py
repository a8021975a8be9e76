"""Members are told when points that were pending became available: an event for each member and instant, told once.
Balances are right without it. What a person or an event released was told with its release."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loyalty.sql import rows
from programs.activity.models import AvailabilityMark
from programs.activity.records import written
from programs.activity.releasing import release_overtaken
from programs.activity.telling import tell
from programs.membership.models import Program

CHUNK = 2_000
EVENT = "points.available"

# In the order of the mark: by instant, then by account.
NEXT = """
select l.account_id, l.available_at as since, sum(l.remaining)::bigint as points,
       m.id as membership_id, m.member_id, m.program_id
from ledger_lot l
join programs_membership m on m.account_id = l.account_id and m.program_id = %(program)s
where l.is_open and l.available_at > l.granted_at
  and l.available_at >= %(told_until)s and l.available_at <= %(at)s
  and (l.available_at, l.account_id) > (%(told_until)s, %(told_account)s)
  and (l.expires_at is null or l.expires_at > %(at)s)
  and not exists (select from ledger_lotchange c where c.lot_id = l.id and c.available_after = l.available_at)
group by l.account_id, l.available_at, m.id order by l.available_at, l.account_id limit %(limit)s
"""


@dataclass(frozen=True)
class Told:
    """How many times a member was told, or would be, and of how many points; and how many purchases were released."""

    members: int = 0
    points: int = 0
    released: int = 0

    def __add__(self, other: "Told") -> "Told":
        return Told(self.members + other.members, self.points + other.points, self.released + other.released)


def tell_of_available(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda members: None,
) -> Told:
    """Releases purchases that were told later than the event they wait for, and records "points.available" {points,
    since} for members whose points became available by themselves up to `at`, of one program or of all, `limit` of each
    at most. What was told is not told again: a mark for each program says how far it got, and moves on with each chunk.
    A program that is being told elsewhere is passed over. With `dry_run` nothing changes and it says who would be
    told."""
    told = Told()
    programs = Program.objects.filter(pk=program.pk) if program else Program.objects.all()
    for each in programs.only("id", "brand_id", "created_at", "pending_until").order_by("id"):
        left = None if limit is None else limit - told.released
        told += Told(released=release_overtaken(each, at=at, limit=left, dry_run=dry_run))
        if not dry_run:
            AvailabilityMark.objects.get_or_create(program=each, defaults={"told_until": each.created_at})
        while limit is None or told.members < limit:
            most = CHUNK if limit is None else min(CHUNK, limit - told.members)
            found = _next(each, at, most, dry_run=dry_run)
            told += Told(len(found), sum(row["points"] for row in found))
            progress(told.members)
            if dry_run or len(found) < most:
                break
    return told


@transaction.atomic
def _next(program: Program, at: datetime, most: int, *, dry_run: bool) -> list[dict]:
    """The next ones of the program, told and marked, or with `dry_run` all there are."""
    marks = AvailabilityMark.objects.filter(program=program)
    mark = marks.first() if dry_run else marks.select_for_update(skip_locked=True).first()
    if dry_run and mark is None:
        mark = AvailabilityMark(program=program, told_until=program.created_at)
    if mark is None or mark.told_until > at:
        return []
    asked = {"program": program.id, "told_until": mark.told_until, "told_account": mark.account_id, "at": at}
    found = rows(NEXT, asked | {"limit": None if dry_run else most})
    if dry_run:
        return found
    tell(EVENT, (row | {"brand_id": program.brand_id, "data": _data(row)} for row in found), at=at)
    if len(found) == most:
        mark.told_until, mark.account_id = found[-1]["since"], found[-1]["account_id"]
    else:
        # Nobody is left up to `at`: nothing can become available then any more.
        mark.told_until, mark.account_id = at, 2**63 - 1
    mark.save()
    return found


def _data(row: dict) -> dict:
    return {"points": row["points"], "since": written(row["since"])}
