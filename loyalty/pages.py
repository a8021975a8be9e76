"""What pages for people need and the API does not: sessions, logins, messages. Each of these steps aside for /api/,
whose requests carry their credentials in a header and whose path is the one that must be quick."""

from ipaddress import ip_address

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.middleware.common import CommonMiddleware
from django.utils.functional import SimpleLazyObject

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
