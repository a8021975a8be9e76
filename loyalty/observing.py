"""Seeing what happens without seeing whom it happens to: a request id on every answer and log line, a count and a
duration for every route, and where ACCESS_LOG is on a line for every request."""

import re
import time
import uuid

from django.conf import settings

from loyalty.logs.lines import access_log, current_request_id
from loyalty.metrics import count, route_of

HEADER = "HTTP_X_REQUEST_ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Observe:
    """The outermost middleware. A caller's X-Request-ID is kept when it is plain, else a new one is given; the
    answer carries it back."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.access_log = access_log(settings.LOG_FORMAT) if settings.ACCESS_LOG else None

    def __call__(self, request):
        begun = time.perf_counter()
        given = request.META.get(HEADER, "")
        request_id = request.META[HEADER] = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        request.request_id = request_id
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if not response.streaming and response.status_code not in (204, 304):
                response.setdefault("Content-Length", str(len(response.content)))
            seconds = time.perf_counter() - begun
            count(request, response, seconds)
            if self.access_log:
                self._tell(request, response, seconds)
        finally:
            current_request_id.reset(token)
        return response

    def _tell(self, request, response, seconds) -> None:
        """One line: the pattern of the route, for paths and queries name people, and who asked by their id."""
        self.access_log.info(
            "request",
            method=request.method,
            route=route_of(request),
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            actor=actor_of(request),
        )


def actor_of(request) -> str:
    """Who asks, "person:<id>" or "key:<id>", as far as that was found out to answer; "-" where nobody had to say."""
    user = request.__dict__.get("user")
    user = getattr(user, "_wrapped", user)
    if hasattr(user, "actor"):
        return user.actor
    return f"person:{user.pk}" if getattr(user, "pk", None) else "-"
