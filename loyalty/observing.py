"""Seeing what happens without seeing whom it happens to: a request id on every answer and log line, and the counts
behind /metrics."""

import logging
import re
import uuid
from contextvars import ContextVar

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
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        current_request_id.set(request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
