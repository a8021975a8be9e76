"""The small shapes that the JSON Schema of a rule document is put together from: values by kind, and effects."""

from collections.abc import Iterable
from typing import Any

from loyalty.http.money import exponent
from programs.earning.rules.catalogue import FACTS, LINES, Fact, Kind
from programs.earning.rules.effects import (
    BUNDLE_ITEMS_MAX,
    DAYS_MAX,
    LIVES,
    PER_AMOUNT,
    POINTS_MAX,
    QUANTITY_MAX,
    READERS,
    RECEIVERS,
    STAMPS_MAX,
    TARGETS_MAX,
)
from programs.earning.rules.places import INTEGER_MAX


def obj(members: dict[str, Any], required: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """An object of these members and no others."""
    return more | {
        "type": "object", "properties": members, "required": list(required), "additionalProperties": False,
    }  # fmt: skip


def array(items: dict[str, Any], most: int, least: int = 0, **more: Any) -> dict[str, Any]:
    """An array of so many of these."""
    return more | {"type": "array", "items": items, "minItems": least, "maxItems": most}


def whole(least: int, most: int = INTEGER_MAX, **more: Any) -> dict[str, Any]:
    """A whole number."""
    return more | {"type": "integer", "minimum": least, "maximum": most}


def ref(name: str) -> dict[str, Any]:
    """What is defined under this name."""
    return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}


def money(currency: str) -> dict[str, Any]:
    """An amount of money, a decimal string with no more decimals than the currency has."""
    places = exponent(currency)
    decimals = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return {
        "type": "string",
        "pattern": f"^(0|[1-9][0-9]{{0,14}}){decimals}$",
        "title": f"An amount in {currency}",
        "examples": ["12.50" if places == 2 else "1250"],
    }


def shape(fact: Fact, choices: Iterable[str] | None) -> dict[str, Any]:
    """One value that the fact can be compared with."""
    match fact.kind:
        case Kind.MONEY:
            return ref("money")
        case Kind.INTEGER | Kind.QUANTITY:
            return whole(0)
        case Kind.BOOLEAN:
            return {"type": "boolean"}
    return ref("text") if choices is None else {"enum": sorted(choices)}


def effect(kind: str) -> dict[str, Any]:
    """What a rule can give, by its type."""
    required, optional, _ = READERS[kind]
    members = {name: _member(kind, name) for name in (*required, *optional)}
    return obj({"type": {"const": kind}} | members, ["type", *required])


def _member(kind: str, name: str) -> dict[str, Any]:
    if name == "per":
        return {**ref("money"), "title": "For each full"} if kind == PER_AMOUNT else whole(1, title="For each full")
    if name == "of":
        return _measure((Kind.MONEY,) if kind == PER_AMOUNT else (Kind.QUANTITY, Kind.INTEGER))
    if name in LIVES:
        units = {"days": whole(1, DAYS_MAX)} | ({"months": whole(1, DAYS_MAX)} if name == "expires_after" else {})
        title = "When the points are gone" if name == "expires_after" else "When the points can be spent"
        return obj(units, minProperties=1, maxProperties=1, title=title)
    return {
        "points": whole(1, POINTS_MAX, title="How many points"),
        "to": {"enum": list(RECEIVERS), "title": "Who gets them", "default": "member"},
        "items": array(_item(), BUNDLE_ITEMS_MAX, 1, title="What belongs to a set"),
        "max_sets": whole(1, title="How many sets at most"),
        "factor": {**ref("factor"), "title": "Times how much, above 1"},
        "target": array(
            ref("key"),
            TARGETS_MAX,
            1,
            title="The groups whose points are multiplied",
            description="Of an effect whose limit cuts, what the limit had left before the order is multiplied, "
            "whatever others of the order took of it. A factor that a limit of points can cut is rounded by itself.",
        ),
        "where": {**ref("conditions of lines"), "description": "The lines whose points are multiplied"},
        "reward": ref("key"),
        "badge": ref("key"),
        "card": ref("key"),
        "count": whole(1, STAMPS_MAX, title="How many stamps", default=1),
    }[name]


def _item() -> dict[str, Any]:
    return obj({"sku": ref("text"), "quantity": whole(1, QUANTITY_MAX, default=1)}, ["sku"])


def _measure(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """What points are counted by; facts of lines can be narrowed to some lines."""
    facts = [fact for fact in FACTS.values() if fact.is_measured and fact.kind in kinds]
    narrowed = {"params": obj({"where": ref("conditions of lines")})}
    return {
        "title": "Counted by",
        "anyOf": [
            {
                "title": fact.label,
                **obj({"fact": {"const": fact.name}} | (narrowed if fact.name.startswith(LINES) else {}), ["fact"]),
            }
            for fact in facts
        ],
    }
