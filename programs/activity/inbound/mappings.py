"""What can be done to the meanings of other systems' events: made, changed, taken away, tried out."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.http.parsers import at
from loyalty.identity.models import Brand
from programs.activity.happenings import OWN
from programs.activity.inbound.errors import EventMappingTaken
from programs.activity.inbound.models import EventMapping, EventSource
from programs.activity.inbound.parts import DEFAULT_PARTS
from programs.activity.inbound.pointers import POINTER_MAX, is_pointer
from programs.earning.event_types.operations import FIELD, NAME
from programs.earning.models import EventType
from programs.membership.models import Program

ALTERNATIVES_MAX = 5
FACTS_MAX = 50
PURCHASE_FACT = re.compile(r"(label\.[A-Za-z0-9_.-]{1,60}|[a-z][a-z0-9_]{0,39})\Z")
CHANGEABLE = ("act", "program", "event_type", "parts", "facts", "is_active")
Act = EventMapping.Act


@transaction.atomic
def create_mapping(
    brand: Brand,
    *,
    type: str,
    act: str,
    source: EventSource | None = None,
    program: Program | None = None,
    event_type: str = "",
    parts: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    is_active: bool = True,
    actor: str,
) -> EventMapping:
    """Says what events of a type mean from now on, from one source or from any; those that came before are as they
    were. Repeating it is refused. Refusals, in order of precedence: Invalid (every mistake at its place),
    EventMappingTaken."""
    made = EventMapping(
        brand=brand, type=type, act=act, source=source, program=program, event_type=event_type, parts=parts or {},
        facts=facts or {}, is_active=is_active,
    )  # fmt: skip
    refuse_mistakes(made)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as clash:
        if "event_mapping_is_unique" not in str(clash):
            raise
        raise EventMappingTaken(pointer="/type") from clash
    _record("event_mapping.created", made, actor)
    return made


@transaction.atomic
def change_mapping(mapping: EventMapping, changes: Mapping[str, Any], *, actor: str) -> EventMapping:
    """Changes what it means, not what it is about. Repeating it changes nothing. Refusals: Invalid (every mistake at
    its place)."""
    locked = _lock(mapping)
    changed = {name: value for name, value in changes.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    for name, value in changed.items():
        setattr(locked, name, value)
    refuse_mistakes(locked)
    locked.save(update_fields=[*changed, "updated_at"])
    _record("event_mapping.changed", locked, actor)
    return locked


@transaction.atomic
def delete_mapping(mapping: EventMapping, *, actor: str) -> None:
    """Takes it away: the type means from now on what it usually means, or nothing. Repeating it is a 404 at the
    door."""
    locked = _lock(mapping)
    _record("event_mapping.deleted", locked, actor)
    locked.delete()


def refuse_mistakes(mapping: EventMapping) -> None:
    """Refusals: Invalid, with every mistake of the mapping at its place."""
    if mistakes := mistakes_in(mapping):
        raise Invalid(mistakes)


def mistakes_in(mapping: EventMapping) -> list[dict]:
    """What is wrong with it, each with a pointer into the mapping."""
    errors = []
    if mapping.type in OWN:
        errors.append(_wrong("/type", "reserved", f"{mapping.type} is told by the system itself."))
    if not 1 <= len(mapping.type) <= 120 or not mapping.type.isprintable():
        errors.append(_wrong("/type", "invalid-length", "1 to 120 characters that can be seen."))
    if mapping.act not in Act.values:
        return [*errors, _wrong("/act", "invalid-choice", f"One of {', '.join(Act.values)}.")]
    for name, owner in (("program", mapping.program), ("source", mapping.source)):
        if owner is not None and owner.brand_id != mapping.brand_id:
            errors.append(_wrong(f"/{name}_id", "not-found", f"There is no such {name}."))
    return [*errors, *_mistakes_in_event_type(mapping), *_mistakes_in_parts(mapping), *_mistakes_in_facts(mapping)]


def _mistakes_in_event_type(mapping: EventMapping) -> list[dict]:
    if mapping.act != Act.TRIGGER:
        detail = "Only what rules are asked about is a kind of event."
        return [_wrong("/event_type", "not-for-this-act", detail)] if mapping.event_type else []
    name = mapping.event_type or mapping.type
    pointer = "/event_type" if mapping.event_type else "/type"
    if not NAME.match(name) or name in OWN:
        return [_wrong(pointer, "invalid-format", "A kind of event is 1 to 60 small letters, digits, ., - or _.")]
    is_known = EventType.objects.filter(brand=mapping.brand_id, name=name).exists()
    if not is_known and not Program.objects.filter(brand=mapping.brand_id, pending_until=name).exists():
        return [_wrong(pointer, "unknown-event-type", f"There is no kind of event {name}: make it first.")]
    return []


def _mistakes_in_parts(mapping: EventMapping) -> list[dict]:
    if not isinstance(mapping.parts, dict):
        return [_wrong("/parts", "invalid-type", "An object is wanted here.")]
    allowed, errors = DEFAULT_PARTS.get(mapping.act, {}), []
    for name, where in mapping.parts.items():
        pointer = at("/parts", name)
        if name not in allowed:
            said = f"One of {', '.join(allowed)}." if allowed else "This act has no parts."
            errors.append(_wrong(pointer, "unknown-part", said))
            continue
        pointers = where if isinstance(where, list) else [where]
        if not 1 <= len(pointers) <= ALTERNATIVES_MAX:
            errors.append(_wrong(pointer, "invalid-length", f"1 to {ALTERNATIVES_MAX} pointers."))
        for n, one in enumerate(pointers):
            if not is_pointer(one):
                errors.append(_no_pointer(f"{pointer}/{n}" if isinstance(where, list) else pointer))
    return errors


def _mistakes_in_facts(mapping: EventMapping) -> list[dict]:
    if not isinstance(mapping.facts, dict) or len(mapping.facts) > FACTS_MAX:
        return [_wrong("/facts", "invalid-type", f"An object of at most {FACTS_MAX} facts is wanted here.")]
    if mapping.facts and mapping.act not in (Act.EARN, Act.TRIGGER):
        return [_wrong("/facts", "not-for-this-act", "Rules are asked about purchases and kinds of event only.")]
    pattern, errors = FIELD if mapping.act == Act.TRIGGER else PURCHASE_FACT, []
    for name, where in mapping.facts.items():
        if not pattern.match(name):
            errors.append(_wrong(at("/facts", name), "invalid-format", "A fact is 1 to 40 small letters, digits or _."))
        if not is_pointer(where):
            errors.append(_no_pointer(at("/facts", name)))
    return errors


def _no_pointer(pointer: str) -> dict:
    detail = f'A JSON pointer of at most {POINTER_MAX} characters is wanted here, like "/data/total".'
    return _wrong(pointer, "invalid-pointer", detail)


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _lock(mapping: EventMapping) -> EventMapping:
    rows = EventMapping.objects.select_for_update(of=("self",)).select_related("source", "program")
    locked = rows.filter(pk=mapping.pk).first()
    if locked is None:
        raise NotFound("There is no such mapping any more.")
    return locked


def _record(type_: str, mapping: EventMapping, actor: str) -> None:
    data = {"actor": actor, "type": mapping.type, "act": str(mapping.act)}
    program_id: UUID | None = mapping.program_id
    log.record(type_, brand_id=mapping.brand_id, aggregate_id=mapping.id, program_id=program_id, data=data)
