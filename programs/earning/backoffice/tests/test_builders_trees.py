"""Whatever the builder can make by its drop-downs alone, the reader of rules takes."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from programs.earning.backoffice.describing import described
from programs.earning.backoffice.judging import judge
from programs.earning.rules.conditions import Context

CONTEXT = Context(
    currency="EUR",
    timezone="Europe/Paris",
    events={"review.written": {"text_length": "integer", "verified_purchase": "boolean", "worth": "money"}},
    choices={"tiers": frozenset({"silver", "gold"}), "segments": frozenset({"vip"})},
)
SHOWN = json.loads(json.dumps(described(CONTEXT, {}, zone="Europe/Paris")))
WORD = st.text("abcxyz0189", min_size=1, max_size=8)
WHOLE = st.integers(1, 10_000)
VALUES = {
    "money": st.decimals("0.01", "9999.99", places=2).map(str), "integer": WHOLE, "quantity": WHOLE,
    "boolean": st.booleans(), "text": WORD, "list": WORD,
}  # fmt: skip


def values_of(fact: dict):
    known = [key for key, _words in SHOWN["choices"].get(fact["choices"], [])]
    return st.sampled_from(known) if known else VALUES[fact["kind"]]


@st.composite
def leaves(draw, facts: list[dict], prefix: str):
    fact = draw(st.sampled_from(facts))
    if draw(st.integers(0, 9)) == 0:
        fact = {"name": prefix + draw(WORD), "kind": "text", "choices": ""}
    operator = draw(st.sampled_from(SHOWN["operators"][fact["kind"]]))
    value = draw(values_of(fact))
    if operator in ("in", "notIn"):
        value = [value, *draw(st.lists(values_of(fact), max_size=3))]
    leaf = {"fact": fact["name"], "operator": operator, "value": value}
    if fact["name"].startswith("lines.") and draw(st.booleans()):
        leaf["params"] = {"where": draw(trees(SHOWN["line_facts"], SHOWN["labels"], 3))}
    return leaf


@st.composite
def trees(draw, facts: list[dict], prefix: str, depth: int):
    """A tree as deep as the builder makes one: it offers no group where no leaf could stand in it."""
    kind = draw(st.sampled_from(("leaf", "leaf", "all", "any", "not"))) if depth > 1 else "leaf"
    if kind == "leaf":
        return draw(leaves(facts, prefix))
    if kind == "not":
        return {"not": draw(trees(facts, prefix, depth - 1))}
    return {kind: draw(st.lists(trees(facts, prefix, depth - 1), min_size=1, max_size=3))}


@st.composite
def effects(draw, is_order: bool, group: dict):
    wants = group.get("stage") == "multiply"
    kinds = [
        one["type"] for one in SHOWN["effects"]
        if (one["type"] == "points.multiply") == wants and (is_order or not one["orders_only"])
    ]  # fmt: skip
    chosen = draw(st.sampled_from(kinds))
    found = next(one for one in SHOWN["effects"] if one["type"] == chosen)
    made = {"type": found["type"]}
    for field in found["fields"]:
        if field["required"] or (field["kind"] != "life" and draw(st.booleans())):
            made[field["name"]] = draw(field_values(field, found["type"]))
    return made


def field_values(field: dict, kind: str):
    measured = ["money"] if kind == "points.per_amount" else ["quantity", "integer"]
    facts = [one["name"] for one in SHOWN["facts"] if one["measured"] and one["kind"] in measured]
    bases = [one["key"] for one in SHOWN["groups"] if one["stage"] != "multiply"]
    return {
        "integer": st.integers(1, 100),
        "per": VALUES["money"] if kind == "points.per_amount" else WHOLE,
        "receiver": st.sampled_from([key for key, _words in SHOWN["receivers"]]),
        "measure": st.sampled_from(facts).map(lambda name: {"fact": name}),
        "factor": st.sampled_from(("1.5", "2", "1.25")),
        "groups": st.lists(st.sampled_from(bases), min_size=1, unique=True),
        "where": trees(SHOWN["line_facts"], SHOWN["labels"], 3),
        "bundle": st.lists(st.builds(dict, sku=WORD, quantity=st.integers(1, 9)), min_size=1, max_size=3,
                           unique_by=lambda item: item["sku"]),
    }.get(field["kind"], WORD)  # fmt: skip


@st.composite
def rules(draw):
    trigger = draw(st.sampled_from([name for name, _words in SHOWN["triggers"]]))
    groups = [one for one in SHOWN["groups"] if trigger == "order.paid" or one["stage"] != "multiply"]
    group = draw(st.sampled_from(groups))
    facts = [one for one in SHOWN["facts"] if not one["triggers"] or trigger in one["triggers"]]
    made = {"key": "rule", "name": "New rule", "trigger": trigger, "group": group["key"]}
    made["effects"] = draw(st.lists(effects(trigger == "order.paid", group), min_size=1, max_size=2))
    made["conditions"] = draw(trees(facts, SHOWN["attributes"], SHOWN["depth"]))
    made["limits"] = draw(st.lists(limits(), max_size=2))
    return made


def limits():
    scopes = [key for key, _words in SHOWN["scopes"] if key != "campaign"]
    return st.builds(
        lambda scope, period, unit, most: {"scope": scope, "period": period, unit: most},
        st.sampled_from(scopes), st.sampled_from([key for key, _words in SHOWN["periods"]]),
        st.sampled_from(("points", "times")), WHOLE,
    )  # fmt: skip


@given(rules())
@settings(max_examples=300, deadline=None)
def test_any_rule_that_the_builder_can_make_is_read_and_told(rule):
    judged = judge({"groups": SHOWN["groups"], "rules": [rule]}, CONTEXT)

    assert judged.errors == []
    assert judged.sentences[0]
