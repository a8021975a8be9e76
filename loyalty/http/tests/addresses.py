"""Small addresses to try the room with: they read, answer, refuse and break as real ones do."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import connection
from django.http import Http404
from django.urls import path
from msgspec import Meta
from rest_framework import exceptions as drf
from rest_framework.authentication import BaseAuthentication

from loyalty.errors import Conflict, Forbidden, LoyaltyError
from loyalty.events.models import Event
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotency_key, idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import (
    UUID,
    Answer,
    Currency,
    Filters,
    Key,
    Moment,
    Money,
    Points,
    Shape,
    ShortText,
    query,
    read,
    to_minor,
)
from loyalty.http.urls import last_urls, page_urls
from loyalty.http.urls import urlpatterns as api_urls
from loyalty.http.views import ApiView, reply
from loyalty.identity.models import Brand


@dataclass(frozen=True)
class Caller:
    kind: str
    id: str
    rate: str = ""
    is_authenticated = True
    is_operator = False
    brands = ()

    def may(self, permission: str) -> bool:
        return self.id != "nobody"

    def require(self, permission: str) -> None:
        raise Forbidden(permission)

    @property
    def actor(self) -> str:
        return f"{self.kind}:{self.id}"


class ByName(BaseAuthentication):
    """Believes the header X-Caller: "person:ana", "key:till", "key:till:5/m"."""

    def authenticate(self, request):
        name = request.META.get("HTTP_X_CALLER")
        if name == "stranger":
            raise drf.AuthenticationFailed()
        return (Caller(*name.split(":")), None) if name else None

    def authenticate_header(self, request):
        return "Name"


class Item(Shape):
    sku: ShortText
    quantity: Points
    amount: Money


class Purchase(Shape):
    """A purchase, for trying."""

    points: Points
    amount: Money | None = None
    currency: Currency = "EUR"
    reference: Key | None = None
    occurred_at: Moment | None = None
    items: Annotated[list[Item], Meta(max_length=5)] = []
    metadata: dict[str, Any] = {}
    idempotency_key: str | None = None


class PurchaseAnswer(Answer):
    """What was understood."""

    points: int
    amount_minor: int | None
    occurred_at: Moment | None
    key: str | None = None


class NewBrand(Shape):
    code: ShortText
    name: ShortText


class BrandAnswer(Answer):
    id: UUID
    code: str


class EventFilters(Filters):
    type: list[ShortText] = []
    after: Moment | None = None
    is_late: bool | None = None
    sequence: Annotated[int, Meta(ge=1)] | None = None


class View(ApiView):
    authentication_classes = [ByName]


class PurchaseView(View):
    @operation(
        "Try a purchase",
        tags="Transactions",
        allow="points.earn",
        request=Purchase,
        answers={201: PurchaseAnswer},
        problems=[Conflict],
        idempotent=True,
        limited=True,
        examples={"request": {"points": 5}, 201: {"points": 5, "amount_minor": None, "occurred_at": None}},
    )
    def post(self, request, member):
        """Says what was understood."""
        body = read(request, Purchase)
        minor = None if body.amount is None else to_minor(body.amount, body.currency)
        return reply(PurchaseAnswer(points=body.points, amount_minor=minor, occurred_at=body.occurred_at), 201)


class KeyedView(View):
    @operation("Try a key", tags="Transactions", allow="points.earn")
    def post(self, request):
        body = read(request, Purchase)
        return reply({"key": idempotency_key(request, body.idempotency_key, fallback=body.reference)})


class LimitedView(PurchaseView):
    person_limit = "points"


class BrandsView(View):
    @idempotent
    @operation(
        "Enter a brand",
        tags="Programs",
        allow="brands.add",
        request=NewBrand,
        answers={201: BrandAnswer},
        idempotent=True,
    )
    def post(self, request):
        body = read(request, NewBrand)
        brand = Brand.objects.create(code=body.code, name=body.name)
        if body.name == "refused":
            raise Conflict()
        if body.name == "answered":
            return reply({"code": "conflict"}, 409)
        return reply(BrandAnswer(id=brand.id, code=brand.code), 201, {"Location": f"/api/brands/{brand.id}"})


class EventsView(View):
    @operation(
        "List events",
        tags="Members",
        allow="members.view",
        query=EventFilters,
        answers={200: page_of(BrandAnswer)},
        etag=True,
    )
    def get(self, request):
        filters = query(request, EventFilters)
        events = Event.objects.all()
        if filters.type:
            events = events.filter(type__in=filters.type)
        return reply(page(request, events, key=("-occurred_at", "-id"), render=lambda event: event.type))


class VersionView(View):
    @operation("Show a version", tags="Members", allow="members.view")
    def get(self, request):
        return conditional(request, {"points": 5})


class OpenView(View):
    public = True

    def get(self, request):
        return reply({"who": self.principal.actor if "who" in request.GET and self.principal else None})


class Sold(LoyaltyError):
    """All of it is sold."""

    code = "sold-out"
    status = 409


def _wait_for_ever() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 10")
        cursor.execute("select pg_sleep(5)")


def _raise(error: Exception):
    raise error


ACCIDENTS = {
    "sold": lambda: _raise(Sold("No seat is left.", pointer="/seat", left=0)),
    "django-404": lambda: _raise(Http404("inside")),
    "django-403": lambda: _raise(PermissionDenied("inside")),
    "suspicious": lambda: _raise(SuspiciousOperation("inside")),
    "django-invalid": lambda: _raise(DjangoValidationError({"name": ["Too long."]})),
    "drf-invalid": lambda: _raise(drf.ValidationError({"items": [{"sku": ["No such thing."]}]})),
    "drf-401": lambda: _raise(drf.AuthenticationFailed("Bad token.")),
    "drf-403": lambda: _raise(drf.PermissionDenied()),
    "drf-404": lambda: _raise(drf.NotFound()),
    "drf-406": lambda: _raise(drf.NotAcceptable()),
    "drf-415": lambda: _raise(drf.UnsupportedMediaType("text/plain")),
    "drf-429": lambda: _raise(drf.Throttled(wait=7)),
    "drf-500": lambda: _raise(drf.APIException("inside")),
    "slow": _wait_for_ever,
    "broken": lambda: _raise(RuntimeError("inside: secret")),
}


class AccidentView(View):
    public = True

    def get(self, request, accident):
        ACCIDENTS[accident]()


urlpatterns = [
    path("api/members/<str:member>/earn", PurchaseView.as_view()),
    path("api/limited/<str:member>", LimitedView.as_view()),
    path("api/keyed", KeyedView.as_view()),
    path("api/brands", BrandsView.as_view()),
    path("api/events", EventsView.as_view()),
    path("api/open", OpenView.as_view()),
    path("api/version", VersionView.as_view()),
    path("api/accidents/<str:accident>", AccidentView.as_view()),
    *[path(f"api/{one.pattern}", one.callback, name=one.name) for one in api_urls],
    *page_urls,
    *last_urls,
]
handler404 = "loyalty.http.problems.handler404"
handler500 = "loyalty.http.problems.handler500"
