"""How a log line is made: one JSON object a line in production, a readable line in development, both with the id of the
request at hand and with nothing in it of what `redaction` hides."""

import logging
import sys
import time
from contextvars import ContextVar
from typing import BinaryIO

import msgspec
import structlog

from loyalty.logs.redaction import HIDDEN, is_secret, redacted, redacted_text

JSON, LINES = "json", "lines"
current_request_id: ContextVar[str] = ContextVar("request_id", default="-")

_encode = msgspec.json.Encoder(enc_hook=str).encode
# What Django and other formatters put on a record that is no news: the request itself, the text once more.
_NO_NEWS = frozenset({"request", "message", "asctime", "color_message", "server_time", "taskName"})
_FIRST = ("time", "level", "logger", "request_id", "event")


def settings_of(log_format: str, level: str) -> dict:
    """The setting LOGGING, in the form of `logging.config`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "log_format": log_format}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # Statements have people's data in them.
            "django.db.backends": {"level": "INFO"},
            # A refusal is an answer, not news; what breaks is logged as an error.
            "django.request": {"level": "ERROR"},
            # Scanners that guess host names would fill the log; they are answered with 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "procrastinate": {"level": "WARNING"},
        },
    }


def formatter(log_format: str = LINES) -> logging.Formatter:
    """What makes a line of a record of the standard library's logging, which Django and all libraries use."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _with_route,
        ],
        processors=[
            _with_request_id,
            _with_time,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            _renderer(log_format),
        ],
    )


def access_log(log_format: str, file: BinaryIO | None = None):
    """A quick logger for one line a request. Its fields are chosen so that there is nothing to hide."""
    render = _renderer(log_format)
    return structlog.wrap_logger(
        structlog.BytesLogger(file or sys.stderr.buffer),
        processors=[_with_request_id, _with_time, lambda *given: render(*given).encode()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        context_class=dict,
        cache_logger_on_first_use=True,
    ).bind(level="info", logger="loyalty.access")


def redact(_logger, _method: str, fields: dict) -> dict:
    """The processor that hides. The event itself is text; a field's name may already say that it is secret."""
    return {
        name: redacted_text(str(value)) if name in _FIRST else HIDDEN if is_secret(name) else redacted(value)
        for name, value in fields.items()
        if name not in _NO_NEWS
    }


def _with_route(_logger, _method: str, fields: dict) -> dict:
    """Says the pattern of the route where Django says the path, for paths name people."""
    request = fields.get("request")
    path = getattr(request, "path", None)
    if path:
        match = getattr(request, "resolver_match", None)
        route = "/" + match.route if match else "unknown"
        fields["event"] = str(fields["event"]).replace(path, route)
        fields["method"], fields["route"] = request.method, route
    return fields


def _with_request_id(_logger, _method: str, fields: dict) -> dict:
    fields["request_id"] = current_request_id.get()
    return fields


def _with_time(_logger, _method: str, fields: dict) -> dict:
    now = time.time()
    fields["time"] = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03}Z"
    return fields


def _in_order(fields: dict) -> dict:
    return {name: fields.pop(name) for name in _FIRST if name in fields} | fields


def _as_json(_logger, _method: str, fields: dict) -> str:
    return _encode(_in_order(fields)).decode()


def _as_text(_logger, _method: str, fields: dict) -> str:
    when, level, logger, request_id, event = (fields.pop(name, "") for name in _FIRST)
    exception = fields.pop("exception", "")
    more = "".join(f" {name}={value}" for name, value in fields.items())
    line = f"{when} {level.upper()} {logger} [{request_id}] {event}{more}"
    return f"{line}\n{exception}" if exception else line


def _renderer(log_format: str):
    return _as_json if log_format == JSON else _as_text
