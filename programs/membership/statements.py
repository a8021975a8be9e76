"""A membership's statement: month by month what it opened with, what came and went, and what it closed with, by the
program's calendar and the time at which things happened."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Sum

from ledger.models import Lot, Posting
from loyalty.sql import rows
from programs.membership.models import Membership

MONTHS = """
select date_trunc('month', occurred_at at time zone %s)::date as month,
       coalesce(sum(points) filter (where points > 0), 0)::bigint as came,
       coalesce(-sum(points) filter (where points < 0), 0)::bigint as went, count(*) as count
from ledger_posting where account_id = %s group by 1 order by 1
"""

LINES_OF_A_PAGE = 200
LOTS_SHOWN = 100


@dataclass(frozen=True)
class Month:
    """One month of a statement, in points; `count` of its lines. `opening` + `came` - `went` = `closing`."""

    month: date
    opening: int
    came: int
    went: int
    count: int

    @property
    def closing(self) -> int:
        return self.opening + self.came - self.went


@dataclass(frozen=True)
class Line:
    """A posting with the balance that it left behind, by the time at which things happened."""

    posting: Posting
    at: datetime
    balance: int


@dataclass(frozen=True)
class Statement:
    """A month of a membership with its lines, the neighbouring months that have any, and the lots that are open now.
    Of very many lines one page at a time; of very many lots those that expire first."""

    month: Month
    lines: list[Line]
    page: int
    pages: int
    months: list[Month]
    before: Month | None
    after: Month | None
    lots: list[Lot]
    has_more_lots: bool

    @property
    def page_numbers(self) -> range:
        return range(1, self.pages + 1)


def statement(membership: Membership, *, month: date | None = None, page: int = 1) -> Statement | None:
    """The statement of the month that begins on `month`, without one the newest that has lines; None when the account
    has none at all, or none in that month. `page` is brought within bounds. Four queries; `membership.program` should
    be at hand."""
    zone = membership.program.timezone
    months = _months(membership.account_id, zone)
    place = len(months) - 1 if month is None else next((n for n, each in enumerate(months) if each.month == month), -1)
    if place < 0:
        return None
    chosen = months[place]
    pages = -(-chosen.count // LINES_OF_A_PAGE)
    page = min(max(page, 1), pages)
    open_lots = Lot.objects.filter(account_id=membership.account_id, is_open=True)
    lots = list(open_lots.order_by("expires_at", "granted_at", "id")[: LOTS_SHOWN + 1])
    return Statement(
        month=chosen,
        lines=_lines(membership.account_id, chosen, ZoneInfo(zone), page),
        page=page,
        pages=pages,
        months=months[::-1],
        before=months[place - 1] if place else None,
        after=months[place + 1] if place + 1 < len(months) else None,
        lots=lots[:LOTS_SHOWN],
        has_more_lots=len(lots) > LOTS_SHOWN,
    )


def _months(account_id: int, zone: str) -> list[Month]:
    months, opening = [], 0
    for row in rows(MONTHS, [zone, account_id]):
        months.append(Month(opening=opening, **row))
        opening = months[-1].closing
    return months


def _lines(account_id: int, month: Month, zone: ZoneInfo, page: int) -> list[Line]:
    first, next_first = _bounds(month.month, zone)
    found = Posting.objects.filter(account_id=account_id, occurred_at__gte=first, occurred_at__lt=next_first)
    found = found.order_by("occurred_at", "id")
    passed = (page - 1) * LINES_OF_A_PAGE
    earlier = found[:passed].aggregate(points=Sum("points"))["points"] if passed else 0
    lines, balance = [], month.opening + earlier
    for posting in found[passed : passed + LINES_OF_A_PAGE]:
        balance += posting.points
        lines.append(Line(posting, posting.occurred_at.astimezone(zone), balance))
    return lines


def _bounds(first: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return tuple(datetime(day.year, day.month, 1, tzinfo=zone) for day in (first, following))
