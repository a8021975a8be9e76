"""What a brand does with its endpoints: adds, changes, pauses, enables, removes them, and gives them new secrets."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.delivery.webhooks import addresses, patterns, signing
from loyalty.delivery.webhooks.errors import AddressNotTaken, TooManyEndpoints
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.resending import redeliver, replay, send_test
from loyalty.delivery.webhooks.selectors import find_endpoint
from loyalty.errors import Invalid
from loyalty.events import log, reading
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_brand

__all__ = [
    "add_endpoint",
    "change_endpoint",
    "enable",
    "pause",
    "redeliver",
    "remove_endpoint",
    "replay",
    "rotate_secret",
    "send_test",
]

ENDPOINTS_MAX = 50
PATTERNS_MAX = 50
DESCRIPTION_MAX = 200
IN_FLIGHT_MAX = 64
IN_FLIGHT_USUAL = 8
KEEP_HOURS_MAX = 24 * 7
FIELDS = ("url", "events", "description", "in_flight_max")
Status = WebhookEndpoint.Status


def add_endpoint(
    principal: Principal,
    brand: Brand | UUID | str | None,
    url: str,
    events: Sequence[str],
    description: str = "",
    *,
    in_flight_max: int = IN_FLIGHT_USUAL,
) -> tuple[WebhookEndpoint, str]:
    """Has the brand's events that fit one of the patterns in `events` sent to `url` from now on, at most
    `in_flight_max` requests at once; answers the endpoint and the secret that signs them, which is shown this once.
    Repeating it adds another one. Refusals, in order of precedence: Invalid (no brand named), NotFound, ScopeMissing,
    Forbidden, Invalid (every mistake at once), AddressNotTaken, TooManyEndpoints."""
    found = find_brand(principal, getattr(brand, "pk", brand))
    principal.require("webhooks.add", found.id)
    given = {"url": url, "events": _unique(events), "description": description, "in_flight_max": in_flight_max}
    _judge(given)
    position, secret = reading.settled_id(), signing.new_secret()
    with transaction.atomic():
        # Two who add at once count one after the other.
        Brand.objects.select_for_update(no_key=True).get(pk=found.pk)
        if WebhookEndpoint.objects.filter(brand=found).exclude(status=Status.REMOVED).count() >= ENDPOINTS_MAX:
            raise TooManyEndpoints(f"A brand has at most {ENDPOINTS_MAX} webhooks.", maximum=ENDPOINTS_MAX)
        made = WebhookEndpoint.objects.create(
            brand=found, secret=secret, position=position, created_by=principal.actor, **given
        )
        _record("webhook.added", made, principal)
    return made, secret


def change_endpoint(principal: Principal, endpoint: Any, changes: Mapping[str, Any]) -> WebhookEndpoint:
    """Changes `url`, `events`, `description` and `in_flight_max`, as far as given; what waits goes to the new address,
    and what did not fit the patterns when it happened is not sent later. Repeating it changes nothing. Refusals, in
    order of precedence: NotFound, ScopeMissing, Forbidden, Invalid (every mistake at once), AddressNotTaken."""
    unknown = changes.keys() - set(FIELDS)
    assert not unknown, f"an endpoint has no {unknown} that could be changed"
    found = find_endpoint(principal, endpoint)
    principal.require("webhooks.change", found.brand_id)
    given = dict(changes)
    if "events" in given:
        given["events"] = _unique(given["events"])
    _judge(given)
    with transaction.atomic():
        locked = _locked(principal, found)
        differing = sorted(name for name, value in given.items() if getattr(locked, name) != value)
        if differing:
            for name in differing:
                setattr(locked, name, given[name])
            locked.save(update_fields=differing)
            _record("webhook.changed", locked, principal, fields=differing)
    return locked


def pause(principal: Principal, endpoint: Any, *, reason: str = "") -> WebhookEndpoint:
    """Sends nothing until it is enabled; what happens meanwhile is sent then. Requests under way are finished.
    Repeating it, and pausing one that is disabled, changes nothing. Refusals, in order of precedence: NotFound,
    ScopeMissing, Forbidden."""
    found = find_endpoint(principal, endpoint)
    principal.require("webhooks.change", found.brand_id)
    with transaction.atomic():
        locked = _locked(principal, found)
        if locked.status == Status.ACTIVE:
            _set_status(locked, Status.PAUSED, reason[:DESCRIPTION_MAX])
            _record("webhook.paused", locked, principal)
    return locked


def enable(principal: Principal, endpoint: Any) -> WebhookEndpoint:
    """Goes on where it stopped, with what waits first, at once. Its failures are forgotten. Repeating it changes
    nothing. Refusals, in order of precedence: NotFound, ScopeMissing, Forbidden."""
    found = find_endpoint(principal, endpoint)
    principal.require("webhooks.change", found.brand_id)
    with transaction.atomic():
        locked = _locked(principal, found)
        if locked.status == Status.ACTIVE:
            return locked
        locked.failures_in_row, locked.failing_since, locked.resting_until = 0, None, None
        _set_status(locked, Status.ACTIVE, "", "failures_in_row", "failing_since", "resting_until")
        now = clock.now()
        late = WebhookDelivery.objects.filter(endpoint=locked, status=WebhookDelivery.Status.WAITING, due_at__gt=now)
        late.update(due_at=now)
        _record("webhook.enabled", locked, principal)
    return locked


def remove_endpoint(principal: Principal, endpoint: Any) -> None:
    """Sends nothing more, and forgets its secrets; what waits is cancelled. It cannot be taken back. Refusals, in order
    of precedence: NotFound (so too when repeated), ScopeMissing, Forbidden."""
    found = find_endpoint(principal, endpoint)
    principal.require("webhooks.remove", found.brand_id)
    with transaction.atomic():
        locked = _locked(principal, found)
        locked.secret = locked.previous_secret = ""
        _set_status(locked, Status.REMOVED, "", "secret", "previous_secret")
        waiting = WebhookDelivery.objects.filter(endpoint=locked, status=WebhookDelivery.Status.WAITING)
        waiting.update(status=WebhookDelivery.Status.CANCELLED, ended_at=clock.now())
        _record("webhook.removed", locked, principal)


def rotate_secret(principal: Principal, endpoint: Any, keep_hours: int = 24) -> str:
    """Gives it a new secret and answers it, this once; for `keep_hours` the one before signs too, so that a receiver
    can change over. Repeating it makes another one, and then only the two newest sign. Refusals, in order of
    precedence: NotFound, ScopeMissing, Forbidden, Invalid."""
    found = find_endpoint(principal, endpoint)
    principal.require("webhooks.rotate", found.brand_id)
    if not 0 <= keep_hours <= KEEP_HOURS_MAX:
        raise Invalid([_wrong("/keep_hours", "out-of-range", f"A whole number from 0 to {KEEP_HOURS_MAX}.")])
    with transaction.atomic():
        locked = _locked(principal, found)
        locked.previous_secret = locked.secret if keep_hours else ""
        locked.previous_until = clock.now() + timedelta(hours=keep_hours) if keep_hours else None
        locked.secret = secret = signing.new_secret()
        locked.save(update_fields=["secret", "previous_secret", "previous_until"])
        _record("webhook.secret_rotated", locked, principal, keep_hours=keep_hours)
    return secret


def _locked(principal: Principal, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """It may have been removed since it was found."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    return locked if locked.status != Status.REMOVED else find_endpoint(principal, locked)


def _set_status(endpoint: WebhookEndpoint, status: str, reason: str, *more: str) -> None:
    endpoint.status, endpoint.status_reason, endpoint.status_at = status, reason, clock.now()
    endpoint.save(update_fields=["status", "status_reason", "status_at", *more])


def _judge(given: Mapping[str, Any]) -> None:
    errors = []
    if "events" in given:
        errors += _mistakes_in_events(given["events"])
    if "description" in given and not _is_line(given["description"]):
        errors.append(_wrong("/description", "invalid-length", f"At most {DESCRIPTION_MAX} characters on one line."))
    if "in_flight_max" in given and not 1 <= given["in_flight_max"] <= IN_FLIGHT_MAX:
        errors.append(_wrong("/in_flight_max", "out-of-range", f"A whole number from 1 to {IN_FLIGHT_MAX}."))
    if errors:
        raise Invalid(errors)
    if "url" in given and (mistake := addresses.mistake_in(given["url"])):
        raise AddressNotTaken(mistake, pointer="/url")


def _mistakes_in_events(events: Sequence[str]) -> list[dict]:
    if not 1 <= len(events) <= PATTERNS_MAX:
        return [_wrong("/events", "invalid-length", f"1 to {PATTERNS_MAX} names of events.")]
    known = patterns.types_known()
    found = [(index, patterns.mistake_in(pattern, known)) for index, pattern in enumerate(events)]
    return [_wrong(f"/events/{index}", "unknown-event", mistake) for index, mistake in found if mistake]


def _is_line(text: str) -> bool:
    return len(text) <= DESCRIPTION_MAX and (not text or text.isprintable())


def _unique(events: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(events))


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(type: str, endpoint: WebhookEndpoint, principal: Principal, **facts: Any) -> None:
    data = {"actor": principal.actor, "endpoint_id": str(endpoint.id), **facts}
    log.record(type, brand_id=endpoint.brand_id, aggregate_id=endpoint.id, data=data)
