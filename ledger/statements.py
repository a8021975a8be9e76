"""An account's statement for a period: what it held before, every posting with the running balance, what it held after.
In the order of the time in the world; nothing here writes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from ledger.models import HoldResolution, LotUse, Posting
from ledger.selectors import balances
from loyalty import clock
from loyalty.sql import rows


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting, and the balance after it. A posting without `id` is not in the books yet: points that lapsed, or a
    hold that ran out, and that the next sweep will write down as said here."""

    posting: Posting
    running: int


@dataclass(frozen=True, slots=True)
class Statement:
    """All points, whole; balances count pending points and are net of debt, points on hold are out of them. `opening` +
    the lines' points = `closing`; `totals` sums the lines by kind of posting."""

    account_id: int
    start: datetime
    end: datetime
    opening: int
    lines: list[StatementLine]
    closing: int

    @property
    def totals(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.posting.kind] = sums.get(line.posting.kind, 0) + line.posting.points
        return sums


def statement(account_id: int, start: datetime, end: datetime) -> Statement:
    """The statement of a member account from `start` until before `end`.

    Points that lapse at an instant are gone at that instant, and so is a hold that runs out then: what does at `end` is
    in it and what did at `start` is not. `opening` and `closing` are the account's balances as of the two. What has not
    come yet is never in it. Three round trips.
    """
    opening = balances([account_id], at=start)[account_id].posted
    due = _due(account_id, start, min(end, clock.now()))
    # What is due was called for after everything recorded at its instant; sorting keeps that order.
    postings = sorted([*_recorded(account_id, start, end), *due], key=lambda posting: posting.occurred_at)
    lines, running = [], opening
    for posting in postings:
        running += posting.points
        lines.append(StatementLine(posting, running))
    return Statement(account_id, start, end, opening, lines, running)


def _recorded(account_id: int, start: datetime, end: datetime) -> QuerySet[Posting]:
    """The period's postings that are in the books, in order."""
    at_that_instant = OuterRef("occurred_at")
    lapsed = Exists(LotUse.objects.filter(entry__posting=OuterRef("pk"), lot__expires_at=at_that_instant))
    ran_out = Exists(
        HoldResolution.objects.filter(
            posting__account=account_id,
            posting__kind=Posting.Kind.RELEASE,
            posting__occurred_at=at_that_instant,
            hold__expires_at=at_that_instant,
        )
    )
    by_time_alone = Q(occurred_at__in=[start, end]) & (
        Q(kind=Posting.Kind.EXPIRE) & (Q(lapsed) | Q(ran_out))
        | Q(kind=Posting.Kind.RELEASE, resolves__hold__expires_at=F("occurred_at"))
    )
    return (
        Posting.objects.filter(account_id=account_id, occurred_at__gte=start, occurred_at__lte=end)
        .annotate(by_time_alone=Case(When(by_time_alone, then=True), default=False))
        .filter(Q(by_time_alone=False, occurred_at__lt=end) | Q(by_time_alone=True, occurred_at__gt=start))
        .order_by("occurred_at", "id")
        .select_related("reverses")
    )


def _due(account_id: int, start: datetime, until: datetime) -> list[Posting]:
    """What time calls for in the period and nothing has written yet, as postings that are not saved."""
    sql = "select kind, points, due_at as occurred_at from ledger_due(%s, %s) where due_at > %s order by 3, points desc"
    return [Posting(account_id=account_id, **row) for row in rows(sql, [account_id, until, start])]
