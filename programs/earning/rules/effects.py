"""Reading what a rule does: the closed list of effects, and limits."""

from collections.abc import Callable, Mapping

from programs.earning.rules.catalogue import FACTS, ORDER, Kind
from programs.earning.rules.conditions import Conditions
from programs.earning.rules.model import Bundled, Effect, Life, Limit, Measure
from programs.earning.rules.places import Place

POINTS_MAX = 1_000_000_000
BUNDLE_ITEMS_MAX = 20
FACTOR_MAX = 100
TARGETS_MAX = 20
QUANTITY_MAX = 1000
STAMPS_MAX = 100
DAYS_MAX = 3660
RECEIVERS = ("member", "referrer")
SCOPES = ("member", "recipient", "campaign", "program")
ON_EXCEEDS = ("truncate", "reject")
PERIODS = ("day", "week", "month", "year", "ever")
LIVES = ("expires_after", "pending_for")
NET = Measure(fact=FACTS["order.net"])
FIXED, PER_AMOUNT, PER_UNIT = "points.fixed", "points.per_amount", "points.per_unit"
PER_BUNDLE, MULTIPLY = "points.per_bundle", "points.multiply"
OF_POINTS = frozenset([FIXED, PER_AMOUNT, PER_UNIT, PER_BUNDLE, MULTIPLY])


def read_effect(place: Place, conditions: Conditions, groups: frozenset[str]) -> Effect | None:
    """One effect; `groups` are those whose points can be multiplied."""
    if not isinstance(place.value, dict) or "type" not in place.value:
        place.members(("type",))
        return None
    kind = place.at("type").choice(READERS, "effect")
    if kind is None:
        return None
    required, optional, read = READERS[kind]
    members = place.members(("type", *required), optional)
    if members is None or not set(required) <= members.keys():
        return None
    if kind in ORDERS_ONLY and conditions.trigger != ORDER:
        return place.at("type").wrong("not_for_trigger", f"{kind} counts what was bought; nothing is bought here.")
    life = _life(members)
    given = read(members, conditions, groups)
    return None if given is None else Effect(type=kind, life=life, **given)


def read_limit(place: Place, *, has_campaign: bool) -> Limit | None:
    """One limit, of points or of times in a period."""
    members = place.members(("scope", "period"), ("points", "times", "on_exceed", "partial"))
    if members is None or not {"scope", "period"} <= members.keys():
        return None
    scope, period = members["scope"].choice(SCOPES, "scope"), members["period"].choice(PERIODS, "period")
    if scope == "campaign" and not has_campaign:
        members["scope"].wrong("no_campaign", "The rule belongs to no campaign.")
    amounts = {name: members[name].integer(least=1) for name in ("points", "times") if name in members}
    if len(amounts) != 1:
        return place.wrong("one_of_two", "A limit is either of 'points' or of 'times'.")
    truncate = _truncates(place, members)
    if None in (scope, period, truncate, *amounts.values()):
        return None
    return Limit(scope=scope, period=period, truncate=truncate, **amounts)


def _truncates(place: Place, members: Mapping[str, Place]) -> bool | None:
    if "on_exceed" in members and "partial" in members:
        return place.wrong("one_of_two", "'partial' says the same as 'on_exceed'; give one of them.")
    if "partial" in members:
        return members["partial"].boolean()
    if "on_exceed" not in members:
        return True
    word = members["on_exceed"].choice(ON_EXCEEDS, "way")
    return None if word is None else word == "truncate"


def _life(members: Mapping[str, Place]) -> Life:
    given: dict[str, int | None] = {}
    for name, units in (("expires_after", ("months", "days")), ("pending_for", ("days",))):
        inner = members[name].members((), units) if name in members else {}
        if name in members and inner is not None and len(inner) != 1:
            members[name].wrong("one_of_two", f"One of {' and '.join(units)} is wanted here.")
            inner = None
        for unit, place in (inner or {}).items():
            given[f"{'expiry' if name == 'expires_after' else 'pending'}_{unit}"] = place.integer(
                least=1, most=DAYS_MAX
            )
    return Life(**given)


def _points(members: Mapping[str, Place]) -> int | None:
    return members["points"].integer(least=1, most=POINTS_MAX)


def _receiver(members: Mapping[str, Place]) -> str | None:
    return members["to"].choice(RECEIVERS, "receiver") if "to" in members else "member"


def _fixed(members, conditions, groups) -> dict | None:
    points, to = _points(members), _receiver(members)
    return None if None in (points, to) else {"points": points, "to": to}


def _per_amount(members, conditions: Conditions, groups) -> dict | None:
    points, per = _points(members), members["per"].money(conditions.context.currency, least_minor=1)
    of = conditions.measure(members["of"], (Kind.MONEY,)) if "of" in members else NET
    return None if None in (points, per, of) else {"points": points, "per": per, "of": of}


def _per_unit(members, conditions: Conditions, groups) -> dict | None:
    points, per = _points(members), members["per"].integer(least=1) if "per" in members else 1
    of = conditions.measure(members["of"], (Kind.QUANTITY, Kind.INTEGER))
    return None if None in (points, per, of) else {"points": points, "per": per, "of": of}


def _per_bundle(members, conditions, groups) -> dict | None:
    points = _points(members)
    most = members["max_sets"].integer(least=1) if "max_sets" in members else None
    items = [_bundled(place) for place in members["items"].elements(most=BUNDLE_ITEMS_MAX, least=1)]
    skus = [item.sku for item in items if item]
    if len(set(skus)) < len(skus):
        return members["items"].wrong("twice", "A SKU stands here twice.")
    return None if points is None or not items or None in items else {
        "points": points, "max_sets": most, "items": tuple(items),
    }  # fmt: skip


def _bundled(place: Place) -> Bundled | None:
    members = place.members(("sku",), ("quantity",))
    if members is None or "sku" not in members:
        return None
    sku = members["sku"].text()
    quantity = members["quantity"].integer(least=1, most=QUANTITY_MAX) if "quantity" in members else 1
    return None if None in (sku, quantity) else Bundled(sku=sku, quantity=quantity)


def _multiply(members, conditions: Conditions, groups: frozenset[str]) -> dict | None:
    factor = members["factor"].fraction(above=1, most=FACTOR_MAX)
    target = [place.choice(groups, "group") for place in members["target"].elements(most=TARGETS_MAX, least=1)]
    where = conditions.where(members["where"]) if "where" in members else None
    return None if factor is None or not target or None in target else {
        "factor": factor, "target": tuple(dict.fromkeys(target)), "where": where,
    }  # fmt: skip


def _named(name: str) -> Callable:
    def read(members, conditions, groups) -> dict | None:
        code = members[name].key()
        count = members["count"].integer(least=1, most=STAMPS_MAX) if "count" in members else 1
        return None if None in (code, count) else {"code": code, "points": count}

    return read


READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable]] = {
    FIXED: (("points",), ("to", *LIVES), _fixed),
    PER_AMOUNT: (("points", "per"), ("of", *LIVES), _per_amount),
    PER_UNIT: (("points", "of"), ("per", *LIVES), _per_unit),
    PER_BUNDLE: (("points", "items"), ("max_sets", *LIVES), _per_bundle),
    MULTIPLY: (("factor", "target"), ("where", *LIVES), _multiply),
    "reward.grant": (("reward",), (), _named("reward")),
    "badge.award": (("badge",), (), _named("badge")),
    "stamp.add": (("card",), ("count",), _named("card")),
}
ORDERS_ONLY = (PER_AMOUNT, PER_UNIT, PER_BUNDLE, MULTIPLY)
