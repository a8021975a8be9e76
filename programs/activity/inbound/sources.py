"""What can be done to the systems that send events: entered, changed, their secrets exchanged."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.models import Brand
from programs.activity.inbound.adapters import WHSEC
from programs.activity.inbound.errors import EventSourceTaken, SecretRequired
from programs.activity.inbound.models import EventSource
from programs.membership.models import Program

SECRET_BYTES = 32
CHANGING_OVER = timedelta(hours=24)
CHANGING_OVER_MAX = timedelta(days=7)
CHANGEABLE = ("name", "location_id", "address", "is_active")


@transaction.atomic
def create_source(
    brand: Brand,
    *,
    name: str,
    kind: str = EventSource.Kind.CLOUDEVENTS,
    program: Program | None = None,
    location_id: str = "",
    address: str = "",
    secret: str = "",
    actor: str,
) -> tuple[EventSource, str]:
    """Enters a system that signs what it sends; answers it with its secret, which is not shown again. One that sends
    CloudEvents is given a secret, unless it has one; a shop's has to be told. Repeating it is refused for the name.
    Refusals, in order of precedence: NotFound (a program of another brand), SecretRequired, EventSourceTaken."""
    _check_program(brand.id, program)
    secret = _secret_for(kind, secret)
    made = EventSource(
        brand=brand, name=name.strip(), kind=kind, program=program, location_id=location_id, address=address,
        secret=secret,
    )  # fmt: skip
    _save(made, force_insert=True)
    _record("event_source.created", made, actor)
    return made, secret


@transaction.atomic
def change_source(source: EventSource, changes: Mapping[str, Any], *, actor: str) -> EventSource:
    """Changes name, program, location, address, and whether what it sends is taken. Repeating it changes nothing.
    Refusals, in order of precedence: NotFound (a program of another brand), EventSourceTaken."""
    locked = _lock(source)
    if "program" in changes:
        _check_program(locked.brand_id, changes["program"])
    changed = {name: value for name, value in changes.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    for name, value in changed.items():
        setattr(locked, name, value)
    _save(locked, update_fields=[*changed, "updated_at"])
    _record("event_source.changed", locked, actor)
    return locked


@transaction.atomic
def rotate_secret(
    source: EventSource, *, secret: str = "", keep: timedelta = CHANGING_OVER, actor: str
) -> tuple[EventSource, str]:
    """Gives the source a new secret, shown this once; the one before is taken for a while (24 hours) too. Repeating it
    gives another one. Refusals, in order of precedence: Invalid (kept too long), SecretRequired."""
    if not timedelta(0) <= keep <= CHANGING_OVER_MAX:
        detail = f"The secret before is kept for {CHANGING_OVER_MAX.days} days at most."
        raise Invalid([{"pointer": "/keep_seconds", "code": "out-of-range", "detail": detail}])
    locked = _lock(source)
    fresh = _secret_for(locked.kind, secret)
    locked.previous_secret, locked.previous_until = locked.secret, clock.now() + keep
    locked.secret = fresh
    locked.save(update_fields=["secret", "previous_secret", "previous_until", "updated_at"])
    _record("event_source.rotated", locked, actor)
    return locked, fresh


def _secret_for(kind: str, secret: str) -> str:
    if secret:
        return secret
    if kind != EventSource.Kind.CLOUDEVENTS:
        raise SecretRequired(pointer="/secret")
    return WHSEC + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _check_program(brand_id: UUID, program: Program | None) -> None:
    if program is not None and program.brand_id != brand_id:
        raise NotFound("There is no such program, or it is not yours to see.", pointer="/program_id")


def _save(source: EventSource, **how) -> None:
    try:
        with transaction.atomic():
            source.save(**how)
    except IntegrityError as clash:
        if "event_source_name_is_unique" not in str(clash):
            raise
        raise EventSourceTaken(f"There is a source named {source.name!r}.", pointer="/name") from clash


def _lock(source: EventSource) -> EventSource:
    return EventSource.objects.select_for_update(of=("self",)).select_related("program").get(pk=source.pk)


def _record(type_: str, source: EventSource, actor: str) -> None:
    data = {"actor": actor, "name": source.name, "kind": str(source.kind)}
    log.record(type_, brand_id=source.brand_id, aggregate_id=source.id, program_id=source.program_id, data=data)
