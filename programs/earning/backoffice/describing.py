"""The catalogue of rules as the builder's drop-downs need it: what can happen, be asked and be given, with its words
and what there is to choose from. Made from the tables that the reader of rules itself goes by."""

from collections.abc import Mapping

from programs.earning.backoffice import judging, wording
from programs.earning.rules import catalogue, document, effects
from programs.earning.rules.catalogue import Fact
from programs.earning.rules.conditions import CONDITIONS_MAX, DEPTH_MAX, Context

CLOSED = ("tiers", "segments")
"""What can be chosen from lists that are known; anything else can also be typed."""


def described(context: Context, names: Mapping[str, Mapping[str, str]], *, zone: str) -> dict:
    """Everything the builder asks the person to choose from. `names` are the words for what can be chosen:
    {"tiers": {"gold": "Gold"}, "events": {"review.written": "A review"}}."""
    events = names.get("events", {})
    return {
        "currency": context.currency,
        "zone": zone,
        "depth": DEPTH_MAX,
        "conditions": CONDITIONS_MAX,
        "triggers": [[name, label] for name, label in wording.triggers().items()]
        + [[catalogue.EVENT + name, events.get(name) or name] for name in sorted(context.events)],
        "facts": [*map(_fact, catalogue.FACTS.values()), *_event_facts(context)],
        "attributes": catalogue.ATTRIBUTES,
        "line_facts": [_fact(fact) for fact in catalogue.LINE_FACTS.values()],
        "labels": catalogue.LABELS,
        "operators": {kind.value: list(operators) for kind, operators in catalogue.OPERATORS.items()},
        "operator_words": {name: wording.operator(name) for name in catalogue.WORDS},
        "choices": {
            kind: [[key, names.get(kind, {}).get(key, key)] for key in _known(context, kind)] for kind in CLOSED
        },
        "effects": [_effect(kind) for kind in effects.READERS],
        "receivers": wording.options(effects.RECEIVERS),
        "scopes": wording.options(effects.SCOPES),
        "periods": wording.options(effects.PERIODS),
        "exceeds": wording.options(effects.ON_EXCEEDS),
        "returns": wording.options(document.ON_RETURNS),
        "weekdays": [[day, wording.weekday(number)] for number, day in enumerate(document.WEEKDAYS)],
        "modes": wording.options(document.MODES),
        "stages": wording.options(document.STAGES),
        "combines": wording.options(document.COMBINES),
        "roundings": wording.options(document.ROUNDINGS),
        "groups": judging.default_groups(),
        "group_names": {key: str(name) for key, name in judging.GROUP_NAMES.items()},
        "words": wording.builder_words(),
    }


def _known(context: Context, kind: str) -> list[str]:
    return sorted(context.choices.get(kind, ()))


def _fact(fact: Fact) -> dict:
    return {
        "name": fact.name, "kind": fact.kind.value, "label": wording.fact(fact), "triggers": list(fact.triggers),
        "choices": fact.choices, "measured": fact.is_measured, "room": wording.room_of(fact.name),
    }  # fmt: skip


def _event_facts(context: Context) -> list[dict]:
    found = []
    for event, fields in sorted(context.events.items()):
        trigger = catalogue.EVENT + event
        for name in sorted(fields):
            fact = catalogue.find(catalogue.EVENT_FACTS + name, trigger, context.events)
            if fact:
                found.append(_fact(fact))
    return found


def _effect(kind: str) -> dict:
    required, optional, _read = effects.READERS[kind]
    return {
        "type": kind, "label": wording.effect(kind), "orders_only": kind in effects.ORDERS_ONLY,
        "fields": [
            {"name": name, "label": wording.effect_field(name), "kind": wording.FIELD_KINDS.get(name, "text"),
             "required": name in required}
            for name in (*required, *optional)
        ],
    }  # fmt: skip


def empty_document() -> dict:
    """Where a first draft begins: no rule, the usual groups."""
    return {"groups": judging.default_groups(), "rules": []}
