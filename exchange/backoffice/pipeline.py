"""How the settling of exchanges goes, for a brand or for all: what waits, since when, and what came of those that were
asked for in the last hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest

from exchange.backoffice.sides import looked_at, of_either_side
from exchange.backoffice.wording import failure_told, lasting_told
from exchange.requests.models import Exchange
from loyalty import clock
from loyalty.backoffice_home import Panel, panel
from loyalty.backoffice_menu import waits

HOUR = timedelta(hours=1)
COUNTED_MAX = 10_000
WAITING = (Exchange.Status.PENDING, Exchange.Status.PROCESSING)
SLOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What waits now, and of those asked for in the last hour how many settled and how many failed, by why. Of very
    many the newest are counted: then `is_more`."""

    waiting: int = 0
    oldest: str = ""
    is_slow: bool = False
    dead: int = 0
    asked: int = 0
    settled: int = 0
    is_more: bool = False
    failures: list[tuple[str, int]] = field(default_factory=list)


def first_id_at(moment: datetime) -> UUID:
    """The least id that an exchange of that moment, or a later one, has: ids begin with their time."""
    millis = (moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)) // timedelta(milliseconds=1)
    return UUID(int=(millis << 80) | (0x7 << 76) | (0x2 << 62))


def shown_to(request: HttpRequest) -> QuerySet[Exchange]:
    """The exchanges that the person sees, of the brand that they look at."""
    return of_either_side(Exchange.objects.all(), looked_at(request, "exchanges.view")).order_by()


def pipeline_of(theirs: QuerySet[Exchange]) -> Pipeline:
    """How it goes for these exchanges. Two queries, each of an index and bounded."""
    now, is_live = clock.now(), Q(is_dead=False)
    waiting = theirs.filter(status__in=WAITING).aggregate(
        count=Count("pk", filter=is_live), oldest=Min("created_at", filter=is_live), dead=Count("pk", filter=~is_live)
    )
    newest = theirs.filter(pk__gte=first_id_at(now - HOUR)).order_by("-pk")[: COUNTED_MAX + 1]
    rows = list(
        Exchange.objects.filter(pk__in=newest.values("pk")).values("status", "failure").annotate(count=Count("pk"))
    )
    asked = sum(row["count"] for row in rows)
    failed = [(failure_told(row["failure"]), row["count"]) for row in rows if row["failure"]]
    seconds = int((now - waiting["oldest"]).total_seconds()) if waiting["oldest"] else 0
    return Pipeline(
        waiting=waiting["count"], oldest=lasting_told(max(seconds, 0)) if waiting["oldest"] else "",
        is_slow=seconds >= SLOW_SECONDS, dead=waiting["dead"], asked=min(asked, COUNTED_MAX),
        settled=sum(row["count"] for row in rows if row["status"] == Exchange.Status.COMPLETED),
        is_more=asked > COUNTED_MAX, failures=sorted(failed, key=lambda one: -one[1]),
    )  # fmt: skip


@waits(
    "admin:dead_letters", one="%(n)s exchange waits for a person", many="%(n)s exchanges wait for a person",
    is_alarm=True,
)  # fmt: skip
def dead_ones(request: HttpRequest) -> int:
    """By their own index, which holds them alone. One query."""
    found, brands = Exchange.objects.filter(is_dead=True), looked_at(request, "exchanges.retry")
    if brands is not None:
        found = found.filter(Q(from_program__brand__in=brands) | Q(to_program__brand__in=brands))
    return found.count()


@panel(order=16, permission="dashboard.view")
def exchanges_now(request: HttpRequest) -> Panel | None:
    """How settling goes, for brands that exchange, and for operators where anybody does."""
    theirs = shown_to(request)
    found = pipeline_of(theirs)
    if not (found.waiting or found.dead or found.asked or theirs.exists()):
        return None
    return Panel("admin/exchange/home_exchanges.html", {"pipeline": found})
