"""What can be done to a brand's own kinds of event: made, changed, taken away."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.models import Brand
from programs.earning.errors import EventTypeInUse, EventTypeTaken, RulesNotValid
from programs.earning.models import EventType
from programs.earning.rules.catalogue import TRIGGERS, Kind
from programs.earning.usage import is_about_event, programs_where, renew_all

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}\Z")
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
KINDS = tuple(kind.value for kind in Kind)
LABEL_MAX, FIELDS_MAX = 80, 50
RESERVED = (*TRIGGERS, "order.returned")
"""What this platform itself understands."""


@transaction.atomic
def create_event_type(brand: Brand, *, name: str, label: str = "", fields: Any = None, actor: str) -> EventType:
    """Makes a kind of event that the brand's systems may tell and rules may be about; `fields` are its facts by name
    with their kinds. Repeating it is refused for its name. Refusals: Invalid (all mistakes at once), EventTypeTaken."""
    made = EventType(brand=brand, name=name, label=label, fields={} if fields is None else fields)
    errors = []
    if not NAME.match(name):
        errors.append(_wrong("/name", "invalid-format", "1 to 60 small letters, digits, ., - or _."))
    elif name in RESERVED:
        errors.append(_wrong("/name", "reserved", "The platform itself understands this event."))
    _refuse(errors + _mistakes_in(made))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as clash:
        if not EventType.objects.filter(brand=brand, name=name).exists():
            raise
        raise EventTypeTaken(f"There is a kind of event named {name!r}.", pointer="/name") from clash
    _record("event_type.created", made, actor)
    return made


@transaction.atomic
def change_event_type(event_type: EventType, changes: Mapping[str, Any], *, actor: str) -> EventType:
    """Changes `label` and `fields`; what is in force is read anew. Repeating it changes nothing.
    Refusals: Invalid (every mistake at once), EventTypeInUse (rules in force could not go on with these fields)."""
    locked = _lock(event_type)
    before = (locked.label, locked.fields)
    locked.label, locked.fields = changes.get("label", locked.label), changes.get("fields", locked.fields)
    if (locked.label, locked.fields) == before:
        return locked
    _refuse(_mistakes_in(locked))
    locked.save()
    if locked.fields != before[1]:
        try:
            programs = programs_where(locked.brand_id, is_about_event(locked.name))
            renew_all(programs, f"Kind of event {locked.name} changed", actor)
        except RulesNotValid as refusal:
            raise EventTypeInUse("Rules that are in force could not go on with it.", errors=refusal.errors) from None
    _record("event_type.changed", locked, actor)
    return locked


@transaction.atomic
def delete_event_type(event_type: EventType, *, actor: str) -> None:
    """Takes a kind of event away; what was told of it stays. Refusals: EventTypeInUse."""
    locked = _lock(event_type)
    if programs := programs_where(locked.brand_id, is_about_event(locked.name)):
        codes = ", ".join(one.code for one in programs)
        raise EventTypeInUse(f"Rules that are in force are about it: {codes}.")
    _record("event_type.deleted", locked, actor)
    locked.delete()


def _mistakes_in(event_type: EventType) -> list[dict]:
    errors, fields = [], event_type.fields
    if len(event_type.label) > LABEL_MAX or not event_type.label.isprintable():
        errors.append(_wrong("/label", "invalid-length", f"At most {LABEL_MAX} characters that can be seen."))
    if not isinstance(fields, dict) or len(fields) > FIELDS_MAX:
        return [*errors, _wrong("/fields", "invalid-type", f"An object of at most {FIELDS_MAX} fields is wanted.")]
    for name, kind in fields.items():
        pointer = "/fields/" + name.replace("~", "~0").replace("/", "~1")
        if not FIELD.match(name):
            errors.append(_wrong(pointer, "invalid-format", "A field is 1 to 40 small letters, digits or _."))
        if kind not in KINDS:
            errors.append(_wrong(pointer, "invalid-choice", f"One of {', '.join(KINDS)}."))
    return errors


def _lock(event_type: EventType) -> EventType:
    locked = EventType.objects.select_for_update(of=("self",)).filter(pk=event_type.pk).first()
    if locked is None:
        raise NotFound("There is no such kind of event any more.")
    return locked


def _refuse(errors: list[dict]) -> None:
    if errors:
        raise Invalid(errors)


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(type_: str, event_type: EventType, actor: str) -> None:
    data = {"actor": actor, "name": event_type.name}
    log.record(type_, brand_id=event_type.brand_id, aggregate_id=event_type.id, data=data)
