"""Every refusal and every mistake as RFC 9457 `application/problem+json`: one handler, one wording."""

import logging
import sys

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.http.request import UnreadablePostError
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from django_redis.exceptions import ConnectionInterrupted
from rest_framework import exceptions as drf

from loyalty.errors import Conflict, Forbidden, Invalid, LoyaltyError, NotFound
from loyalty.http import refusals
from loyalty.ids import uuid7

log = logging.getLogger("loyalty.http")

_TRY_AGAIN = {"55P03", "40P01", "40001", "57014"}  # lock timeout, deadlock, serialization, statement timeout
_TRY_AGAIN_SECONDS = 1
_UNAVAILABLE_SECONDS = 5


def exception_handler(error: Exception, context: dict) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER. What nobody foresaw is logged and answered as 500 without showing the inside."""
    request = context["request"]
    refusal = as_refusal(error)
    if refusal is None:
        refusal = _unforeseen(error, request)
    return render(refusal, request)


def render(refusal: LoyaltyError, request) -> HttpResponse:
    """The problem document of a refusal."""
    body = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title(),
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": request.path,
        "code": refusal.code,
    }
    if refusal.pointer is not None:
        body["errors"] = [{"pointer": refusal.pointer, "code": refusal.code, "detail": refusal.detail}]
    body.update((name, value) for name, value in refusal.facts.items() if name not in body)
    response = HttpResponse(
        msgspec.json.encode(body, enc_hook=str), status=refusal.status, content_type="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="api", Api-Key realm="api"'
    if "retry_after" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["retry_after"])
    for name, value in getattr(refusal, "headers", {}).items():
        response.headers[name] = value
    return response


def as_refusal(error: Exception) -> LoyaltyError | None:
    """The refusal that says what `error` means to a client; None for a mistake of ours."""
    if isinstance(error, LoyaltyError):
        return error
    if isinstance(error, drf.APIException):
        return _from_drf(error) if error.status_code < 500 else None
    if isinstance(error, OperationalError | InterfaceError):
        return from_database(error)
    if isinstance(error, ConnectionInterrupted):
        log.warning("the cache does not answer: %s", error)
        return refusals.TryAgain("The limits cannot be counted at the moment.", retry_after=_UNAVAILABLE_SECONDS)
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, DjangoValidationError):
        return Invalid(_flat_django(error))
    if isinstance(error, RequestDataTooBig):
        return refusals.BodyTooLarge()
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return refusals.BadRequest()
    return None


def from_database(error: Exception) -> LoyaltyError:
    """TryAgain when another transaction stood in the way, DatabaseUnavailable when nobody answered."""
    if getattr(error.__cause__, "sqlstate", None) in _TRY_AGAIN:
        return refusals.TryAgain(retry_after=_TRY_AGAIN_SECONDS)
    log.warning("the database does not answer: %s", error)
    return refusals.DatabaseUnavailable(retry_after=_UNAVAILABLE_SECONDS)


def _from_drf(error: drf.APIException) -> LoyaltyError:
    if isinstance(error, drf.ValidationError):
        return Invalid(list(_flat(error.detail, "")))
    if isinstance(error, drf.MethodNotAllowed):
        return refusals.MethodNotAllowed(str(error.detail))
    if isinstance(error, drf.Throttled):
        return refusals.TooMany(retry_after=int(error.wait or 1))
    kinds = {
        400: refusals.MalformedJson if isinstance(error, drf.ParseError) else refusals.BadRequest,
        401: refusals.NotAuthenticated,
        403: Forbidden,
        404: NotFound,
        406: refusals.NotAcceptable,
        409: Conflict,
        415: refusals.UnsupportedMediaType,
    }
    return kinds.get(error.status_code, refusals.BadRequest)(_sentence(error.detail))


def _sentence(detail) -> str:
    if isinstance(detail, dict):
        detail = detail.get("detail", "")
    return "" if isinstance(detail, dict | list) else str(detail)


def _flat(detail, pointer: str):
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, f"{pointer}/{index}" if isinstance(inner, dict | list) else pointer)
    else:
        code = str(getattr(detail, "code", "invalid")).replace("_", "-")
        yield {"pointer": pointer, "code": code, "detail": str(detail)}


def _flat_django(error: DjangoValidationError) -> list[dict]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {"__all__": error.error_list}
    return [
        {
            "pointer": "" if field == "__all__" else f"/{field}",
            "code": str(one.code or "invalid").replace("_", "-"),
            "detail": " ".join(one.messages),
        }
        for field, errors in by_field.items()
        for one in errors
    ]


def _unforeseen(error: Exception, request) -> LoyaltyError:
    request_id = getattr(request, "request_id", "") or uuid7().hex
    # Not the path, which may name a member.
    route = request.resolver_match.route if request.resolver_match else "unknown"
    log.error("%s /%s failed, request %s", request.method, route, request_id, exc_info=error)
    got_request_exception.send(sender=exception_handler, request=getattr(request, "_request", request))
    return refusals.InternalError(
        f"Something went wrong on our side. Tell us: request {request_id}.", request_id=request_id
    )


@csrf_exempt
def unknown_route(request, *args, **kwargs) -> HttpResponse:
    """The last address under /api/: whatever no other address took."""
    return render(NotFound("There is no such address."), request)


def handler404(request, exception=None) -> HttpResponse:
    """The project's handler404: a problem under /api/, Django's page elsewhere."""
    if request.path.startswith("/api/"):
        return unknown_route(request)
    return defaults.page_not_found(request, exception)


def handler500(request) -> HttpResponse:
    """The project's handler500. The exception has been logged by Django already."""
    if request.path.startswith("/api/"):
        return render(as_refusal(sys.exc_info()[1]) or refusals.InternalError(), request)
    return defaults.server_error(request)


def handler400(request, exception=None) -> HttpResponse:
    """The project's handler400: requests that Django itself refuses, say for their Host."""
    if request.path.startswith("/api/"):
        return render(as_refusal(exception) or refusals.BadRequest(), request)
    response = defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        response.status_code = refusals.BodyTooLarge.status
    return response


def handler403(request, exception=None) -> HttpResponse:
    """The project's handler403."""
    if request.path.startswith("/api/"):
        return render(as_refusal(exception) or Forbidden(), request)
    return defaults.permission_denied(request, exception)
