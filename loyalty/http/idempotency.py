"""Same key, same effect once: reading a request's key and fingerprint, and the record of first answers for requests
that change state outside the ledger. The ledger keeps the keys of what moves points itself."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps

import msgspec
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http import parsers
from loyalty.http.models import IdempotencyRecord
from loyalty.http.problems import as_refusal
from loyalty.http.refusals import TryAgain

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
KEY_LENGTH_MAX = 255
WAIT_MILLISECONDS = 3_000


class KeyRequired(LoyaltyError):
    """This request moves points: give it an idempotency key."""

    code = "idempotency-key-required"
    status = 400


class KeyReused(LoyaltyError):
    """The idempotency key was used for another request."""

    code = "idempotency-key-reused"
    status = 422


class KeyInFlight(LoyaltyError):
    """The first request with this idempotency key is still running."""

    code = "idempotency-key-in-flight"
    status = 409


def given_key(request, body_key: str | None = None) -> str | None:
    """The key in the header, else the one in the body, else None. Invalid: empty, too long, or with control
    characters."""
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    key = body_key if header is None else header.strip()
    if key is None:
        return None
    pointer = "/idempotency_key" if header is None else ""
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        detail = f"An idempotency key has 1 to {KEY_LENGTH_MAX} characters."
        raise Invalid([{"pointer": pointer, "code": "invalid-length", "detail": detail}])
    if not key.isprintable():
        detail = "An idempotency key has no control characters."
        raise Invalid([{"pointer": pointer, "code": "forbidden-character", "detail": detail}])
    return key


def idempotency_key(request, body_key: str | None = None, fallback: str | None = None) -> str:
    """The key of a request that must have one: header, else body, else `fallback` (say, a purchase's reference).
    Refusals in order: Invalid, KeyRequired."""
    key = given_key(request, body_key) or fallback
    if not key:
        raise KeyRequired(f"Give an {HEADER} header or an idempotency_key in the body.")
    return key


def fingerprint(request) -> bytes:
    """SHA-256 of method, path, caller and body; two bodies that differ in spaces or in the order of fields are one."""
    body = msgspec.json.encode(parsers.body(request), order="sorted")
    actor = getattr(request.user, "actor", "")
    return hashlib.sha256(f"{request.method}\n{request.path}\n{actor}\n".encode() + body).digest()


def idempotent(handler):
    """For POST handlers that change state outside the ledger: with a key, the effect and its answer are written in
    one transaction, and the same request again gets the same bytes. Without a key (or for callers nobody knows) it
    just runs. An answer of 4xx or 5xx leaves no trace. Refusals in order: Invalid, KeyReused, KeyInFlight."""

    @wraps(handler)
    def handle(view, request, *args, **kwargs):
        return answer_once(request, given_key(request), lambda: handler(view, request, *args, **kwargs))

    handle.idempotent = True
    return handle


def answer_once(request, key: str | None, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """What `answer` answers, kept under the caller's key together with its effect, or what was kept there before;
    without a key, or for callers nobody knows, it is just asked. Refusals in order: KeyReused, KeyInFlight."""
    actor = getattr(request.user, "actor", "")
    if key is None or not actor:
        return answer()
    print_ = fingerprint(request)
    with transaction.atomic():
        record_id = _claim(actor, key, print_)
        if record_id is None:
            return _replay(actor, key, print_)
        response = answer()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(record_id, response)
        return response


def forget_keys(*, before: datetime, limit: int = 10_000) -> int:
    """Remove records made before that instant, at most `limit` of them; says how many. Safe to repeat."""
    old = IdempotencyRecord.objects.filter(created_at__lt=before).order_by("id").values("id")[:limit]
    return IdempotencyRecord.objects.filter(id__in=old).delete()[0]


_CLAIM = """
insert into loyalty_idempotencyrecord (actor, key, fingerprint, location)
select %s, %s, %s, '' from set_config('lock_timeout', %s, true)
on conflict (actor, key) do nothing
returning id
"""


def _claim(actor: str, key: str, print_: bytes) -> int | None:
    """The id of the new record, or None when there is one. A twin that still runs is waited for, but not for long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [actor, key, print_, str(WAIT_MILLISECONDS)])
            row = cursor.fetchone()
    except OperationalError as error:
        if isinstance(as_refusal(error), TryAgain):
            raise KeyInFlight(retry_after=1) from None
        raise
    return row[0] if row else None


def _keep(record_id: int, response: HttpResponse) -> None:
    IdempotencyRecord.objects.filter(id=record_id).update(
        status=response.status_code, body=response.content, location=response.headers.get("Location", "")
    )


def _replay(actor: str, key: str, print_: bytes) -> HttpResponse:
    record = IdempotencyRecord.objects.get(actor=actor, key=key)
    if bytes(record.fingerprint) != print_:
        raise KeyReused(f"The key {key!r} was used for another request.")
    response = HttpResponse(bytes(record.body), status=record.status, content_type="application/json")
    for name, value in {"Cache-Control": "no-store", **REPLAYED}.items():
        response.headers[name] = value
    if record.location:
        response.headers["Location"] = record.location
    return response
