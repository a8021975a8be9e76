"""How long the portal's pages take: finds them as a person would, by following links, filters, orders and searches, and
asks for each in this process on the database at hand. Whatever screens there are, they are walked."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty.errors import LoyaltyError
from loyalty.identity.models import Brand, Member, Person, Staff

BOUND_MS = 300
OK, BROKEN = 200, 500
LINK = re.compile(r'href="(/admin/[^"#]*)')
# One page of a kind stands for all: ids, dates and page numbers are what differs between them.
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=[/=])\d+(?=[/&]|$)|(?<==)\d{4}-\d\d-\d\d[^&]*")
LEFT_OUT = ("/logout", "/jsi18n", "/delete/", "/password_change", "/export", "/file/", "lang=")
OF_A_KIND_MAX = 2
PAGES_MAX = 600


class NothingToWalk(LoyaltyError):
    """The portal does not open, so that there is nothing to measure."""

    code = "nothing-to-walk"


@dataclass(frozen=True, slots=True)
class Timed:
    """One page for one role; milliseconds are the median of a few times, once it is warm."""

    role: str
    path: str
    status: int
    milliseconds: float
    queries: int
    slowest_ms: float
    slowest_sql: str


def walk(brand: Brand, *, repeat: int = 3, say: Callable[[str], None]) -> list[Timed]:
    """Times every page that an operator and the brand's people find, slowest first."""
    found: list[Timed] = []
    for role, person in _people(brand):
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(person)
        if (status := client.get(reverse("admin:index"), secure=settings.HTTPS).status_code) != OK:
            raise NothingToWalk(f"The first page answers the {role} with {status}.")
        before = len(found)
        for path in _discover(client, brand):
            found.append(page := _timed(client, role, path, repeat))
            if page.milliseconds > BOUND_MS:
                say(f"{page.milliseconds:,.0f} ms for {role}: {path}")
        say(f"{role}: {len(found) - before} pages")
    return sorted(found, key=lambda page: -page.milliseconds)


def _people(brand: Brand) -> Iterator[tuple[str, Person]]:
    operator = Person.objects.filter(is_operator=True).first()
    yield "operator", operator or Person.objects.create_superuser("operator@example.com", name="Operator")
    for post in Staff.objects.filter(brand=brand, is_active=True).select_related("person").order_by("role"):
        yield post.role, post.person


def _discover(client: Client, brand: Brand) -> Iterator[str]:
    """The pages that links lead to from the first one, a few of each kind; and what one types into a search."""
    waiting, seen, kinds = [*_typed(brand)], set(), {}
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        kind = ID.sub("*", path)
        if path in seen or kinds.get(kind, 0) >= OF_A_KIND_MAX or any(part in path for part in LEFT_OUT):
            continue
        seen.add(path)
        response = client.get(path, secure=settings.HTTPS)
        if response.status_code in (301, 302):
            waiting.append(response["Location"])
        if OK < response.status_code < BROKEN:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        yield path
        if response.get("Content-Type", "").startswith("text/html"):
            waiting += [_absolute(path, unescape(link)) for link in _links(response.content.decode())]


def _links(html: str) -> Iterator[str]:
    yield from LINK.findall(html)
    yield from re.findall(r'href="(\?[^"#]*)', html)


def _absolute(path: str, link: str) -> str:
    return path.partition("?")[0] + link if link.startswith("?") else link


def _typed(brand: Brand) -> Iterator[str]:
    """The first page, every list, its second and a late page, and searches: what there is, a frequent name, nothing."""
    yield reverse("admin:index")
    member = Member.objects.filter(known_to__brand=brand).order_by("id")[1_000:1_001].first() or Member.objects.first()
    known = member.known_to.get(brand=brand)
    terms = (known.external_id, member.name, member.name.split()[0], member.email, member.phone, "ab", "nobody xyz")
    for model, screen in admin.site._registry.items():
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield base
        yield from (f"{base}?p={page}" for page in (2, 1_000))
        if screen.search_fields or getattr(screen, "related_searches", None):
            yield from (f"{base}?q={_quoted(term)}" for term in terms)
    yield from (f"{reverse('admin:search')}?s={_quoted(term)}" for term in terms)


def _quoted(term: str) -> str:
    return term.replace("+", "%2B").replace(" ", "+")


def _timed(client: Client, role: str, path: str, repeat: int) -> Timed:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path, secure=settings.HTTPS)
    took = []
    for _ in range(repeat):
        begin = time.perf_counter()
        client.get(path, secure=settings.HTTPS)
        took.append((time.perf_counter() - begin) * 1000)
        # What is far from the bound on either side need not be measured again.
        if not BOUND_MS / 3 < took[0] < BOUND_MS * 10:
            break
    slowest = max(queries, key=lambda query: float(query["time"]), default={"time": "0", "sql": ""})
    return Timed(
        role,
        path,
        response.status_code,
        statistics.median(took),
        len(queries),
        float(slowest["time"]) * 1000,
        " ".join(slowest["sql"].split()),
    )
