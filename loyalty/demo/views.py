"""The landing page: what this is, where to go on, every endpoint, and the lifecycle of a point played live by the
browser through the API itself, with a key that lives for minutes."""

from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe
from drf_spectacular.generators import SchemaGenerator

from loyalty import clock
from loyalty.demo.world import MEMBERS, PROGRAMS
from loyalty.http.problems import exception_handler
from loyalty.http.refusals import TooMany
from loyalty.http.throttling import limit_address
from loyalty.identity.keys import create_server_key
from programs.membership.models import Program

KEY_LIFE = timedelta(minutes=15)
KEY_SCOPES = ("read", "deposit", "earn", "redeem")
METHODS = ("get", "post", "put", "patch", "delete")


@require_safe
@ensure_csrf_cookie
def landing(request: HttpRequest) -> HttpResponse:
    """The page at the root of the service; the live part shows where the demo has been seeded."""
    program = _demo_program()
    context = {"tags": endpoints(), "program": program, "member": MEMBERS[0] if program else None}
    return render(request, "landing.html", context)


@require_POST
@never_cache
def demo_key(request: HttpRequest) -> HttpResponse:
    """A server key of the demo's first brand, for the page to play with: few scopes, gone after a quarter of an hour,
    10 an hour for an address. 404 where there is no demo."""
    program = _demo_program()
    if program is None:
        raise Http404("There is no demo here.")
    try:
        limit_address(request, "demo-key", "10/h")
    except TooMany as refusal:
        return exception_handler(refusal, {"request": request})
    expires_at = clock.now() + KEY_LIFE
    _, plain = create_server_key(
        program.brand, name="Landing page", scopes=KEY_SCOPES, expires_at=expires_at, rate="120/m", actor="system:demo"
    )
    return JsonResponse({"key": plain, "expires_at": expires_at})


def _demo_program() -> Program | None:
    """The program that the page plays with, unless this is a production."""
    if settings.PRODUCTION:
        return None
    return Program.objects.filter(id=PROGRAMS[0].id).select_related("brand", "unit").first()


@lru_cache(maxsize=1)
def endpoints() -> dict[str, list[dict]]:
    """Every endpoint of the API by tag, in the order of the OpenAPI document: method, path, summary."""
    found: dict[str, list[dict]] = {}
    for path, item in SchemaGenerator().get_schema(public=True)["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                row = {"method": method.upper(), "path": path, "summary": operation.get("summary", "")}
                found.setdefault((operation.get("tags") or ["Other"])[0], []).append(row)
    return found
