"""Who changes something, from where and why: told to the database beside each statement, where the triggers of
`tracking` keep it with the change. What nobody says is filled in by the process, see `processes`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pghistory
import psycopg
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.module_loading import import_string

from loyalty.history.processes import process_said

PATH_LENGTH_MAX = 200
REASON_LENGTH_MAX = 400
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


@contextmanager
def acting(
    request: HttpRequest | None = None, *, actor: str = "", reason: str = "", via: str = "", with_address: bool = True
) -> Iterator[None]:
    """Within this context every change is kept as done by `actor` ("person:<uuid>", "key:<uuid>", "job:<name>"), for
    `reason`, in `request`. Inside another one it adds to what is said there, until it ends. `with_address` off leaves
    out from where on the network: it is personal, and of no use about members' changes to what is their own. `via` is
    the job ("job:<name>") in which somebody's wish is carried out; a command is told by itself."""
    said = {"actor": actor, "reason": reason.strip()[:REASON_LENGTH_MAX], "via": via}
    if request is not None:
        http = getattr(request, "_request", request)
        said["request_id"] = getattr(http, "request_id", "")
        said["path"] = f"{http.method} {_place_of(http)}"
        said["address"] = address_of(http) if with_address else ""
    said = {name: text.replace("\0", "") for name, text in said.items() if text}
    before: dict = {}
    try:
        with pghistory.context() as context:
            before = dict(context.metadata)
            context.metadata.update(said if before or request is not None else _of_process() | said)
            try:
                yield
            finally:
                context.metadata.clear()
                context.metadata.update(before)
    finally:
        if not before:
            _forget()


def _of_process() -> dict[str, str]:
    """Who acts where nobody says so, and the command that what they say would hide, with who gave it."""
    said = process_said(sys.argv)
    return said | ({"via": said["actor"]} if "os_user" in said else {})


def _forget() -> None:
    """What was said holds to the end of the transaction; where that goes on, it is taken back."""
    open_ = connection.connection if connection.in_atomic_block else None
    if open_ is not None and open_.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
        with connection.cursor() as cursor:
            cursor.execute("set local pghistory.context_metadata to default; set local pghistory.context_id to default")


def _place_of(request: HttpRequest) -> str:
    """The address without what the API's callers name things by: a brand's number for a member is personal."""
    match = request.resolver_match
    return f"/{match.route}" if match else request.path[:PATH_LENGTH_MAX]


def address_of(request: HttpRequest) -> str:
    """The network address that a request came from, as the limits see it too."""
    key = getattr(settings, "RATELIMIT_IP_META_KEY", None)
    return import_string(key)(request) if key else request.META.get("REMOTE_ADDR", "")


class ActingPerson:
    """Middleware: what somebody changes on a page of the portal is kept as theirs. The API says it for itself."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if request.method in _SAFE or request.path_info.startswith("/api/"):
            return self.get_response(request)
        person = getattr(request, "user", None)
        actor = f"person:{person.pk}" if person is not None and person.is_authenticated else "visitor"
        with acting(request, actor=actor):
            return self.get_response(request)
