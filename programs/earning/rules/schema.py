"""The JSON Schema of a rule document, made from what the reader goes by: the catalogue of facts, the effects and the
bounds. What a schema cannot tell (that keys are unique, how deep conditions lie) the reader tells."""

from collections.abc import Iterable, Mapping
from typing import Any

from programs.earning.rules import catalogue
from programs.earning.rules.catalogue import EVENT, LINES, ORDER, TRIGGERS, WHOEVER, Fact, Kind
from programs.earning.rules.conditions import CONDITIONS_MAX, VALUES_MAX, Context
from programs.earning.rules.document import (
    CAMPAIGNS_MAX,
    COMBINES,
    EFFECTS_MAX,
    GROUPS_MAX,
    LIMITS_MAX,
    MODES,
    ON_RETURNS,
    PRIORITY_MAX,
    ROUNDINGS,
    RULES_MAX,
    SCHEMA,
    STAGES,
    WEEKDAYS,
)
from programs.earning.rules.effects import ON_EXCEEDS, ORDERS_ONLY, PERIODS, READERS, SCOPES
from programs.earning.rules.schema_parts import array, effect, money, obj, ref, shape, whole

SCHEDULE_WORDS = "Times are those of the program's clock."
NAMES = {
    "reward.grant": "A reward", "badge.award": "A badge", "stamp.add": "Stamps", "points.fixed": "A number of points",
    "points.per_amount": "Points for each full amount", "points.per_unit": "Points for each piece or line",
    "points.per_bundle": "Points for things bought together", "points.multiply": "A factor",
}  # fmt: skip


def document_schema(context: Context) -> dict[str, Any]:
    """The schema (draft 2020-12) of documents that `read_rules` reads for this context."""
    triggers = (*TRIGGERS, *(EVENT + name for name in context.events))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of a loyalty program",
        **obj(
            {
                "schema": {"const": SCHEMA, "title": "Which kind of document this is"},
                "currency": {"const": context.currency, "title": "The program's currency"},
                "timezone": {"const": context.timezone, "title": "The program's time zone"},
                "rounding": {"enum": list(ROUNDINGS), "title": "How a multiplied total is rounded", "default": "down"},
                "groups": array(ref("group"), GROUPS_MAX, 1, title="Groups, which say how rules add up"),
                "campaigns": array(ref("campaign"), CAMPAIGNS_MAX, title="Campaigns"),
                "rules": array(ref("rule"), RULES_MAX, title="Rules"),
            },
            ["rules"],
            description="Read from top to bottom: groups, campaigns, and the rules in them.",
        ),
        "$defs": _definitions(context, triggers),
    }


def _definitions(context: Context, triggers: Iterable[str]) -> dict[str, Any]:
    found = {
        "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$", "title": "A short name"},
        "text": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"},
        "money": money(context.currency),
        "factor": {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$", "examples": ["1.5"]},
        "schedule": _schedule(),
        "limit": _limit(),
        "group": _group(),
        "campaign": _campaign(),
        "rule": _rule(triggers),
        "conditions of lines": _tree(ref("question of lines"), "conditions of lines"),
        "question of lines": {"anyOf": _line_questions(context), "title": "A question about one line of an order"},
    }
    for kind in READERS:
        found[kind] = {"title": NAMES[kind], **effect(kind)}
    for trigger in (WHOEVER, *triggers):
        name = _of(trigger)
        found[name] = _tree(ref(f"question: {name}"), name)
        found[f"question: {name}"] = {"anyOf": [_question(fact, context) for fact in _facts(trigger, context)]}
    return found


def _of(trigger: str) -> str:
    return f"conditions on {trigger}" if trigger else "conditions on a member"


def _facts(trigger: str, context: Context) -> list[Fact]:
    names = catalogue.names(trigger, context.events)
    return [catalogue.find(name, trigger, context.events) for name in names] + [_ATTRIBUTE]


_ATTRIBUTE = Fact(catalogue.ATTRIBUTES, Kind.TEXT, "An attribute of the member")
_LABEL = Fact(catalogue.LABELS, Kind.TEXT, "A label of the line", (ORDER,), "labels")


def _line_questions(context: Context) -> list[dict]:
    return [_question(fact, context) for fact in (*catalogue.LINE_FACTS.values(), _LABEL)]


def _question(fact: Fact, context: Context) -> dict[str, Any]:
    """One leaf: a fact, what is asked of it, and the values that this can be asked with."""
    named = fact.name in (catalogue.ATTRIBUTES, catalogue.LABELS)
    name = {"type": "string", "pattern": f"^{fact.name.replace('.', '[.]')}."} if named else {"const": fact.name}
    one = shape(fact, context.choices.get(fact.choices))
    members = {"fact": name, "operator": {"enum": list(fact.operators)}, "value": {}}
    if fact.name.startswith(LINES):
        members["params"] = obj({"where": ref("conditions of lines")}, title="Which lines")
    return {
        "title": fact.label,
        **obj(members, ["fact", "operator", "value"]),
        "if": {"properties": {"operator": {"enum": ["in", "notIn"]}}},
        "then": {"properties": {"value": array(one, VALUES_MAX, 1)}},
        "else": {"properties": {"value": one}},
    }


def _tree(question: dict, name: str) -> dict[str, Any]:
    """All, any, not, or a question."""
    joined = [
        ("all", obj({"all": array(ref(name), CONDITIONS_MAX, title="All of these hold")}, ["all"])),
        ("any", obj({"any": array(ref(name), CONDITIONS_MAX, 1, title="At least one of these holds")}, ["any"])),
        ("not", obj({"not": ref(name)}, ["not"], title="This does not hold")),
    ]
    schema = question
    for word, inner in reversed(joined):
        schema = {"if": {"required": [word]}, "then": inner, "else": schema}
    return {"type": "object", "title": name.capitalize(), **schema}


def _rule(triggers: Iterable[str]) -> dict[str, Any]:
    members = {
        "key": ref("key"),
        "name": {**ref("text"), "title": "What people call it"},
        "trigger": {"enum": list(triggers), "title": "What must happen"},
        "group": {**ref("key"), "title": "The group it belongs to", "default": "bonus"},
        "priority": whole(0, PRIORITY_MAX, title="Lower ones are tried first", default=0),
        "schedule": ref("schedule"),
        "conditions": {"type": "object", "title": "What must hold"},
        "effects": array(_effects(READERS), EFFECTS_MAX, 1, title="What it gives"),
        "limits": array(ref("limit"), LIMITS_MAX, title="How much it gives at most"),
        "campaign": {**ref("key"), "title": "The campaign it belongs to"},
        "on_return": {"enum": list(ON_RETURNS), "title": "What a return takes back", "default": "proportional"},
        "stop": {"type": "boolean", "title": "No later rule of its group gives, if it gives", "default": False},
    }
    of_trigger = [
        {
            "if": {"properties": {"trigger": {"const": trigger}}, "required": ["trigger"]},
            "then": {"properties": {"conditions": ref(_of(trigger))} | _given(trigger)},
        }
        for trigger in triggers
    ]
    in_campaign = {
        "if": {"properties": {"limits": {"contains": _has("scope", "campaign")}}, "required": ["limits"]},
        "then": {"required": ["campaign"]},
    }
    return {
        "title": "A rule",
        **obj(members, ["key", "name", "trigger", "effects"]),
        "allOf": [*of_trigger, in_campaign],
    }


def _given(trigger: str) -> dict[str, Any]:
    """Nothing is counted or multiplied where nothing is bought."""
    if trigger == ORDER:
        return {}
    kinds = [kind for kind in READERS if kind not in ORDERS_ONLY]
    return {"effects": {"items": {"properties": {"type": {"enum": kinds}}}}}


def _effects(kinds: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(kinds)}},
        "allOf": [{"if": _has("type", kind), "then": ref(kind)} for kind in kinds],
    }


def _has(name: str, value: str) -> dict[str, Any]:
    return {"properties": {name: {"const": value}}, "required": [name]}


def _group() -> dict[str, Any]:
    members = {
        "key": ref("key"),
        "mode": {"enum": list(MODES), "title": "All of its rules give, the first that can, or the best"},
        "stage": {"enum": list(STAGES), "title": "What is multiplied, what is not, and what multiplies"},
        "blocks": array(ref("key"), GROUPS_MAX, title="Groups that give nothing where this one gives"),
        "combine": {"enum": list(COMBINES), "title": "Factors add up, or multiply each other"},
    }
    return {
        "title": "A group of rules",
        **obj(members, ["key"]),
        "if": _has("stage", "multiply"),
        "then": {"properties": {"blocks": {"maxItems": 0}}},
    }


def _campaign() -> dict[str, Any]:
    members = {
        "key": ref("key"),
        "name": {**ref("text"), "title": "What people call it"},
        "budget": obj(_bounds(), title="What it gives in all"),
        "per_member": obj(_bounds(), title="What each member gets of it"),
        "priority": whole(0, PRIORITY_MAX, title="Goes before the priority of its rules"),
        "audience": {**ref(_of(WHOEVER)), "description": "Whom it is for"},
        "schedule": ref("schedule"),
        "on_exceed": {"enum": list(ON_EXCEEDS), "title": "Give what is left, or nothing", "default": "truncate"},
    }
    return {"title": "A campaign", **obj(members, ["key"])}


def _bounds() -> dict[str, Any]:
    return {"points": whole(1, title="Points at most"), "times": whole(1, title="Times at most")}


def _limit() -> dict[str, Any]:
    members = {
        "scope": {"enum": list(SCOPES), "title": "For each member, for each receiver, for the campaign, or in all"},
        "period": {"enum": list(PERIODS), "title": "In which time"},
        **_bounds(),
        "on_exceed": {"enum": list(ON_EXCEEDS), "title": "Give what is left, or nothing", "default": "truncate"},
        "partial": {"type": "boolean", "title": "The same: true gives what is left"},
    }
    return {
        "title": "A limit",
        **obj(members, ["scope", "period"]),
        "oneOf": [{"required": ["points"]}, {"required": ["times"]}],
        "not": {"required": ["on_exceed", "partial"]},
    }


def _schedule() -> dict[str, Any]:
    wall = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}
    hour = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["18:00"]}
    members = {
        "from": {**wall, "title": "From this moment on", "examples": ["2026-05-15T18:00:00"]},
        "to": {**wall, "title": "Until just before this moment"},
        "weekdays": array({"enum": list(WEEKDAYS)}, 7, 1, title="On these days of the week"),
        "hours": obj({"from": hour, "to": hour}, ["from", "to"], title="In these hours; they can pass midnight"),
    }
    return {"title": "When it is on", **obj(members, description=SCHEDULE_WORDS)}
