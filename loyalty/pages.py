"""What pages for people need and the API does not: sessions, logins, messages. Each of these steps aside for /api/,
whose requests carry their credentials in a header and whose path is the one that must be quick."""

from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.middleware.common import CommonMiddleware
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from loyalty.errors import LoyaltyError
from loyalty.http.problems import from_database
from loyalty.identity.signin.visits import visitor


def client_address(request) -> str:
    """Whose request it is when a proxy stands before us (TRUSTED_PROXY=on): the last address in X-Forwarded-For, the
    one that the proxy itself wrote. Those before it are the caller's own words."""
    claimed = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(claimed))
    except ValueError:
        return request.META["REMOTE_ADDR"]


class PagesOnly:
    """Mixed in before a middleware: requests below /api/ pass it by, on the way in and on the way out."""

    def __call__(self, request):
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        return super().__call__(request)


class PageSession(PagesOnly, SessionMiddleware):
    pass


class PageCommon(PagesOnly, CommonMiddleware):
    """Refuses a query with NUL in it: no screen means it, and PostgreSQL cannot look for it."""

    def process_request(self, request):
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("There is a NUL in the query.")
        return super().process_request(request)


class PageAuthentication(PagesOnly, AuthenticationMiddleware):
    """Who the session says it is, once somebody asks."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: visitor_once(request))


def visitor_once(request):
    """The person of the session, looked up once in a request."""
    if not hasattr(request, "_visitor"):
        request._visitor = visitor(request)
    return request._visitor


class PageMessages(PagesOnly, MessageMiddleware):
    pass


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class PageZone:
    """Shows times as the person's own clock has them: the portal's script tells the name of its zone in a cookie."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        named = unquote(request.COOKIES.get("zone", ""))
        if request.path_info.startswith("/api/") or named not in _zones():
            return self.get_response(request)
        with timezone.override(ZoneInfo(named)):
            return self.get_response(request)


class PageRefusals:
    """A refusal that no screen caught, and a database that is away, as a page that says so and leads on."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if request.path_info.startswith("/api/"):
            return None
        refusal = from_database(error) if isinstance(error, OperationalError | InterfaceError) else error
        if not isinstance(refusal, LoyaltyError):
            return None
        facts = {"title": refusal.title(), "detail": refusal.detail}
        page = {404: "404.html", 403: "403.html", 429: "429.html", 503: "503.html"}.get(refusal.status, "refused.html")
        response = render(request, page, facts, status=refusal.status)
        if "retry_after" in refusal.facts:
            response.headers["Retry-After"] = str(refusal.facts["retry_after"])
        return response
