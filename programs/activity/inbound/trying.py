"""What an event would do by a mapping that is not in force yet: done, looked at and taken back."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError
from loyalty.ids import uuid7
from programs.activity.inbound.acting import Coming, Missing, carry_out
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.mappings import refuse_mistakes
from programs.activity.inbound.meanings import Act, Meaning, meaning_of, with_usual_parts
from programs.activity.inbound.models import EventMapping
from programs.activity.inbound.pointers import MISSING, first
from programs.activity.records import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What would happen: `status` as that of an event. `parts` are those that were found, by name with where they stand
    and what they say."""

    status: str
    reason: str = ""
    detail: str = ""
    errors: list[dict] = field(default_factory=list)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    memberships: int = 0


def try_mapping(mapping: EventMapping, sample: Told) -> Tried:
    """What would come of the event by this mapping, saved or not; nothing stays of it. The sample is taken for an event
    of its own, whatever its id. Repeating it tells the same. Refusals: Invalid (mistakes of the mapping)."""
    refuse_mistakes(mapping)
    usual = meaning_of(mapping.brand_id, sample.type, sender=mapping.source, program=sample.program)
    program = None if sample.program else mapping.program_id
    programs = tuple(one for one in _programs(mapping, sample, usual) if program in (None, one.id))
    own = Meaning(
        act=str(mapping.act), event_type=mapping.event_type or mapping.type, parts=mapping.parts, facts=mapping.facts,
        is_own=True,
    )  # fmt: skip
    meaning = with_usual_parts(own, programs)
    document = sample.document()
    found = {
        name: {"pointer": pointer, "value": value}
        for name, where in meaning.parts.items()
        if not name.startswith("item.")
        for value, pointer in [first(document, [where] if isinstance(where, str) else where)]
        if value is not MISSING
    }
    facts = {name: value for name, at in mapping.facts.items() if (value := first(document, [at])[0]) is not MISSING}
    seen = Tried(status="ignored", parts=found, facts=facts)
    return seen if mapping.act == Act.IGNORE else _tried(mapping, sample, meaning, seen)


def _programs(mapping: EventMapping, sample: Told, usual: Meaning):
    """Those in which it may count by the new mapping, which may name another than the one in force."""
    if sample.program or not mapping.program_id:
        return usual.programs
    return meaning_of(mapping.brand_id, sample.type, program=str(mapping.program_id)).programs


def _tried(mapping: EventMapping, sample: Told, meaning: Meaning, seen: Tried) -> Tried:
    coming = Coming(
        brand_id=mapping.brand_id,
        told=replace(sample, id=str(uuid7())),
        meaning=meaning,
        at=sample.time or clock.now(),
        actor="system:try",
        location_id=mapping.source.location_id if mapping.source else "",
    )
    try:
        with transaction.atomic():
            done = carry_out(coming)
            transaction.set_rollback(True)
    except Missing as missing:
        return replace(seen, status="waiting", reason=missing.refusal.code, detail=missing.refusal.detail)
    except LoyaltyError as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else []
        return replace(seen, status="failed", reason=refusal.code, detail=refusal.detail, errors=errors)
    return replace(seen, status="done", recorded=done.recorded, memberships=len(done.membership_ids))
