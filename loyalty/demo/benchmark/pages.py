"""How long the portal's pages take: finds them as a person would, by following links, filters, orders and searches, and
asks for each in this process on the database at hand. Whatever screens there are, they are walked."""

import re
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.models import Balance
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.models import Brand, BrandMember, Person, Staff
from programs.activity.models import Purchase
from programs.membership.models import Membership

BOUND_MS = 300
OK, BROKEN = 200, 500
LINK = re.compile(r'href="(/admin/[^"#]*)')
# One page of a kind stands for all: ids, dates and page numbers are what differs between them.
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=[/=.])\d+(?=[/&]|$)|(?<==)\d{4}-\d\d-\d\d[^&]*")
# Ends the walk; is no page but words for scripts; sorts by several columns, of which each is tried by itself.
LEFT_OUT = re.compile(r"/logout|/jsi18n|[?&]o=-?\d+\.")
# A file of all rows takes as long as there are rows; it is timed, and the bound is not for it.
DOWNLOADS = ("/export", "/file/", "/template/")
OF_A_KIND_MAX = 2
# More of them at once combine what was tried by twos.
PARAMETERS_MAX = 2
PAGES_MAX = 1_000


class NothingToWalk(LoyaltyError):
    """The portal does not open, so that there is nothing to measure."""

    code = "nothing-to-walk"


@dataclass(frozen=True, slots=True)
class Timed:
    """One page for one role; milliseconds are the median of a few times, once it is warm, without what this process and
    the database's had to wait for a processor: what else the machine does is left out, where it can be told."""

    role: str
    path: str
    status: int
    milliseconds: float
    queries: int
    slowest_ms: float
    slowest_sql: str

    @property
    def is_download(self) -> bool:
        return any(part in self.path for part in DOWNLOADS)

    @property
    def is_broken(self) -> bool:
        return self.status >= BROKEN

    @property
    def is_slow(self) -> bool:
        return self.milliseconds > BOUND_MS and not self.is_download


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was found: what it answered when asked for the first time, and the statements that this took."""

    path: str
    status: int
    queries: list[dict]


def walk(brand: Brand, *, role: str = "", repeat: int = 5, say: Callable[[str], None]) -> list[Timed]:
    """Times every page that an operator and the brand's people find, or one of them only, slowest first."""
    found: list[Timed] = []
    for name, person in _people(brand):
        if role not in ("", name):
            continue
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(person)
        if (status := client.get(reverse("admin:index"), secure=settings.HTTPS).status_code) != OK:
            raise NothingToWalk(f"The first page answers the {name} with {status}.")
        before, slow = len(found), 0
        for seen in _discover(client, brand):
            found.append(page := _timed(client, name, seen, repeat))
            slow += page.is_slow
            if page.is_slow or page.is_broken:
                say(f"{page.milliseconds:,.0f} ms, {page.queries} queries, {page.status} for {name}: {page.path}")
        say(f"{name}: {len(found) - before} pages, {slow} over {BOUND_MS} ms")
    return sorted(found, key=lambda page: -page.milliseconds)


def _people(brand: Brand) -> Iterator[tuple[str, Person]]:
    operator = Person.objects.filter(is_operator=True).first()
    yield "operator", operator or Person.objects.create_superuser("operator@example.com", name="Operator")
    for post in Staff.objects.filter(brand=brand, is_active=True).select_related("person").order_by("role"):
        yield post.role, post.person


def _discover(client: Client, brand: Brand) -> Iterator[Seen]:
    """What one types, and the pages that links lead to from there, a few of each kind."""
    typed = dict.fromkeys(_typed(brand))
    waiting, known, kinds = deque(typed), set(), Counter()
    while waiting and len(known) < PAGES_MAX:
        path = waiting.popleft()
        kind = _kind(path)
        is_enough = kinds[kind] >= OF_A_KIND_MAX or path.count("&") >= PARAMETERS_MAX
        if path in known or (is_enough and path not in typed) or LEFT_OUT.search(path):
            continue
        known.add(path)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path, secure=settings.HTTPS)
            content = response.getvalue()
        # Read now: the next request empties the log that they are kept in.
        queries = captured.captured_queries
        if response.status_code in (301, 302):
            waiting.append(response["Location"])
        if OK < response.status_code < BROKEN:
            continue
        kinds[kind] += 1
        yield Seen(path, response.status_code, queries)
        # What was typed narrows what links lead to, and nothing more.
        if response.get("Content-Type", "").startswith("text/html") and not re.search(r"[?&][qps]=", path):
            waiting += [_absolute(path, unescape(link)) for link in _links(content.decode())]


def _waited_ns() -> int:
    """How long this process and that of its connection have stood in line for a processor, as far as Linux tells us."""
    waited = 0
    for process in ("self", connection.connection.info.backend_pid):
        try:
            waited += int(Path(f"/proc/{process}/schedstat").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
    return waited


def _kind(path: str) -> str:
    """What a page is an example of: the same screen asked for the same things, whatever is said about them. Each order
    of a list is a kind of its own, for each may want another index."""
    address, _mark, query = path.partition("?")
    asked = [part for part in query.split("&") if part and not part.startswith("_changelist_filters")]
    if not (len(asked) == 1 and asked[0].startswith("o=")):
        asked = sorted({part.partition("=")[0] for part in asked})
    return ID.sub("*", "?".join((address, "&".join(asked))))


def _links(html: str) -> Iterator[str]:
    yield from LINK.findall(html)
    yield from re.findall(r'href="(\?[^"#]*)', html)


def _absolute(path: str, link: str) -> str:
    return path.partition("?")[0] + link if link.startswith("?") else link


def _typed(brand: Brand) -> Iterator[str]:
    """The first page, every list, its second and its last page, and searches: what there is, a frequent name, nothing;
    and the member of whom there is most."""
    yield reverse("admin:index")
    yield from _of_the_busiest_member(brand)
    terms = _terms(brand)
    yield from (f"{reverse('admin:search')}?s={_quoted(term)}" for term in terms)
    for model, screen in admin.site._registry.items():
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield base
        oldest = model._default_manager.order_by("pk").values_list("pk", flat=True)[60:61].first()
        yield from (f"{base}?p={page}" for page in (2, 1_000, f"after.{oldest}", f"before.{oldest}"))
        if screen.search_fields:
            yield from (f"{base}?q={_quoted(term)}" for term in terms)
    about = {"app_label": "programs", "model_name": "membership", "field_name": "member"}
    for term in ("", *terms):
        yield f"{reverse('admin:autocomplete')}?{urlencode(about | {'term': term})}"


def _of_the_busiest_member(brand: Brand) -> Iterator[str]:
    """Their page, and their statements: the newest, and of each month of a year."""
    balances = Balance.objects.filter(account__unit__brand=brand, account__owner_id__isnull=False).order_by("-version")
    busiest = Membership.objects.filter(account__in=balances[:1].values("account")).first()
    if busiest is None:
        return
    yield reverse("admin:loyalty_member_change", args=[busiest.member_id])
    for kind in ("purchases", "spending", "points", "tiers", "memberships", "notes", "profile"):
        yield f"{reverse('admin:loyalty_member_change', args=[busiest.member_id])}?kind={kind}"
    statement = reverse("admin:programs_membership_statement", args=[busiest.pk])
    yield statement
    for months in range(0, 12, 3):
        day = clock.now() - timedelta(days=30 * months)
        yield f"{statement}?month={day:%Y-%m}"


def _terms(brand: Brand) -> tuple[str, ...]:
    known = BrandMember.objects.filter(brand=brand).select_related("member").order_by("-pk")[:1_000].first()
    if known is None:
        return ("ab", "nobody xyz")
    member, purchase = known.member, Purchase.objects.filter(member=known.member).first()
    named = (known.external_id, member.name, member.name.split()[0], member.email, member.phone)
    return tuple(filter(None, (*named, purchase and purchase.reference, "points.earned", "ab", "nobody xyz")))


def _quoted(term: str) -> str:
    return term.replace("+", "%2B").replace(" ", "+")


def _timed(client: Client, role: str, seen: Seen, repeat: int) -> Timed:
    took = []
    for _ in range(repeat):
        waited, begin = _waited_ns(), time.perf_counter_ns()
        client.get(seen.path, secure=settings.HTTPS).getvalue()
        elapsed = time.perf_counter_ns() - begin
        took.append((elapsed - (_waited_ns() - waited)) / 1_000_000)
        # What is far from the bound on either side need not be measured again.
        if not BOUND_MS / 3 < took[0] < BOUND_MS * 10:
            break
    slowest = max(seen.queries, key=lambda query: float(query["time"]), default={"time": "0", "sql": ""})
    return Timed(
        role,
        seen.path,
        seen.status,
        statistics.median(took),
        len(seen.queries),
        float(slowest["time"]) * 1000,
        " ".join(slowest["sql"].split()),
    )
