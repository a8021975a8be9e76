"""Seeing what happens without seeing whom it happens to: a request id on every answer and log line, and a count and
a duration for every route."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

from loyalty.metrics import count

HEADER = "HTTP_X_REQUEST_ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
current_request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Puts the id of the request at hand on every log record; "-" outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True


class Observe:
    """The outermost middleware. A caller's X-Request-ID is kept when it is plain, else a new one is given; the
    answer carries it back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        begun = time.perf_counter()
        given = request.META.get(HEADER, "")
        request_id = request.META[HEADER] = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        request.request_id = request_id
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-ID"] = request_id
        if not response.streaming and response.status_code not in (204, 304):
            response.setdefault("Content-Length", str(len(response.content)))
        count(request, response, time.perf_counter() - begun)
        return response
