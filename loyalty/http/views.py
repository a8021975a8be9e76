"""The view every address of the API is made of: DRF's APIView with what costs time and is not used here left out."""

from contextlib import AbstractContextManager, nullcontext
from functools import cached_property

import msgspec
from django.http import HttpResponse
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty.errors import Forbidden, NotFound
from loyalty.history.acting import acting
from loyalty.http import throttling
from loyalty.http.parsers import BODY_BYTES_MAX, JsonParser
from loyalty.http.problems import exception_handler
from loyalty.http.refusals import BadRequest, MethodNotAllowed, NotAcceptable, NotAuthenticated

# What has no history: points and what goes with them are in the books and in the event log.
WITHOUT_HISTORY = frozenset(
    {"points", "transactions", "events", "balances", "sessions", "devices", "vouchers", "offers", "exchanges"}
)
_encode = msgspec.json.Encoder().encode
_ACCEPTABLE = ("*/*", "application/json", "application/*", "application/problem+json")


def reply(answer=None, status: int = 200, headers: dict | None = None) -> HttpResponse:
    """`answer` (a Struct, a dict, a list; None for no body) as the JSON response."""
    content = b"" if answer is None else answer if type(answer) is bytes else _encode(answer)
    response = HttpResponse(content, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if answer is None:
        del response.headers["Content-Type"]
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


class ApiView(APIView):
    """Callers must be known unless `public`, and at one of their brands at least have the permission that the handler's
    `@operation` names; a class that forgets to name one cannot be made. `body_bytes_max` bounds the body; `media_types`
    are what it answers in beside JSON. With `person_limit` (a group's name, say "points") each try of a person to
    change something counts, whatever comes of it; server keys always count. Handlers return `reply(...)`."""

    public = False
    person_limit = ""
    body_bytes_max = BODY_BYTES_MAX
    media_types: tuple[str, ...] = ()
    parser_classes = [JsonParser]
    permission_classes = []
    throttle_classes = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for method in cls.http_method_names:
            handler = vars(cls).get(method)
            if handler and method != "options" and cls.public == bool(permissions_of(handler)):
                said = "is public and names" if cls.public else "names no"
                raise TypeError(f"{cls.__module__}.{cls.__qualname__}.{method} {said} permission (`allow`).")

    @cached_property
    def principal(self):
        """Who asks; None at a public address."""
        user = self.request.user
        return user if user is not None and user.is_authenticated else None

    def dispatch(self, request, *args, **kwargs):
        self.args, self.kwargs, self.headers = args, kwargs, {}
        request.body_bytes_max = self.body_bytes_max
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(self.request, *args, **kwargs)
            handler = self._handler(request.method)
            with self._acting(handler):
                response = handler(self.request, *args, **kwargs)
        except Exception as error:
            response = exception_handler(error, {"view": self, "request": self.request})
        for name, value in throttling.rate_headers(request).items():
            response.headers[name] = value
        if isinstance(response, Response):
            response = self.finalize_response(self.request, response, *args, **kwargs)
        # It leads back to the request itself, which with all of its body would wait for the collector to find it.
        self.request.parser_context = {}
        self.response = response
        return response

    def initialize_request(self, request, *args, **kwargs) -> Request:
        """Where everybody may come nobody is asked who they are: a token that has ended must not keep one from logging
        in."""
        ways_in = () if self.public else self.get_authenticators()
        return Request(request, parsers=self.get_parsers(), authenticators=ways_in)

    def initial(self, request, *args, **kwargs) -> None:
        """Refusals in order: NotFound (an address with NUL in it), NotAcceptable, NotAuthenticated, TooMany, Forbidden
        (for server keys ScopeMissing)."""
        http = request._request
        if "\x00" in http.path:
            raise NotFound()
        accept = http.META.get("HTTP_ACCEPT")
        if accept is not None and accept not in _ACCEPTABLE and not _accepts(accept, self.media_types):
            raise NotAcceptable("This address answers in application/json.")
        self.format_kwarg = None
        if not self.public and self.principal is None:
            raise NotAuthenticated()
        if not self.public:
            throttling.limit_key(request)
        if self.person_limit and http.method not in SAFE_METHODS:
            throttling.limit_person(request, self.person_limit)
        self._check_permission(http.method)

    def _check_permission(self, method: str) -> None:
        """Whether the caller may at some brand of theirs; at which one the operation says."""
        handler = self._handler(method)
        permissions = permissions_of(handler)
        if permissions:
            if not any(self.principal.may(permission) for permission in permissions):
                self.principal.require(permissions[0])
        elif not self.public and handler not in (self.options, self.http_method_not_allowed):
            raise Forbidden()

    def _acting(self, handler) -> AbstractContextManager:
        """Who does it, for the history of what is changed; nothing of the kind where points move, which must be quick.
        Of members' changes to what is their own it is not kept from where they came."""
        http = self.request._request
        permissions = permissions_of(handler)
        if http.method in SAFE_METHODS or (permissions and permissions[0].partition(".")[0] in WITHOUT_HISTORY):
            return nullcontext()
        principal = self.principal
        if principal is None:
            return acting(http, actor="visitor", with_address=False)
        return acting(http, actor=principal.actor, with_address=bool(principal.brands or principal.is_operator))

    def options(self, request, *args, **kwargs) -> HttpResponse:
        return reply(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def http_method_not_allowed(self, request, *args, **kwargs):
        allowed = ", ".join(self.allowed_methods)
        refusal = MethodNotAllowed(f"{request.method} is not taken here, but {allowed}.")
        refusal.headers = {"Allow": allowed}
        raise refusal

    def get_authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'

    def _handler(self, method: str):
        known = method.lower() in self.http_method_names
        return getattr(self, method.lower(), self.http_method_not_allowed) if known else self.http_method_not_allowed


def permissions_of(handler) -> tuple[str, ...]:
    """The permissions, of which one will do, that a handler's `@operation` names."""
    promise = getattr(handler, "operation", None)
    return promise.allow if promise else ()


def _accepts(accept: str, more: tuple[str, ...]) -> bool:
    if "\x00" in accept:
        raise BadRequest("The Accept header cannot be read.")
    known = (*_ACCEPTABLE, *more)
    for part in accept.split(","):
        kind, _, parameters = part.strip().partition(";")
        if kind.strip().lower() in known and parameters.replace(" ", "").lower() not in ("q=0", "q=0.0"):
            return True
    return not accept.strip()
