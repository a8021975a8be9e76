"""The most expensive document that is read is decided in bounded work; what would cost more is refused. Work is counted
in calls and in lines looked at, so that no clock decides the test."""

import json
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loyalty.errors import Invalid
from programs.earning.rules.costing import COST_MAX, costs
from programs.earning.rules.deciding import decide
from programs.earning.rules.document import BYTES_MAX, read_rules
from programs.earning.rules.happening import slices
from programs.earning.rules.tests.orders import CONTEXT, complete, fixed, leaf, order, per, sku, snapshot, times
from programs.earning.rules.worst import worst_case, worst_document, worst_order

CALLS_MAX = 80_000


class Counted(tuple):
    """Lines that count how often one of them is looked at."""

    looked_at = 0

    def __iter__(self):
        for one in super().__iter__():
            Counted.looked_at += 1
            yield one


def calls_of(work) -> int:
    count = 0

    def hear(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(hear)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def refused(document) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read_rules(document, CONTEXT)
    return {one["pointer"]: one["code"] for one in refusal.value.errors}


def asked(count: int, fact: str, value, *, distinct: bool = True) -> list[dict]:
    """Rules that ask a fact of so many different sets of lines."""
    leaves = [leaf(fact, "equal", value, leaf("line.quantity", "lessThan", n if distinct else 1)) for n in range(count)]
    parts = [leaves[n : n + 50] for n in range(0, count, 50)]
    return [complete({"effects": [fixed(1)], "conditions": {"any": part}}, n) for n, part in enumerate(parts)]


def test_the_worst_document_is_near_what_is_allowed_and_all_of_it_is_asked():
    made, happening = worst_case()
    assert COST_MAX * 0.9 < sum(steps for _, steps in costs(made.rules)) <= COST_MAX
    assert 100_000 < len(json.dumps(worst_document(), separators=(",", ":"))) <= BYTES_MAX
    assert len(happening.purchase.items) == 1000
    verdict = decide(made, happening, explain=True)
    assert {gift.rule.key for gift in verdict.gifts} >= {"bundles-0", "rates", "factors"}
    assert set(verdict.refused.values()) == {"its conditions do not hold"}


def test_the_worst_document_is_decided_in_bounded_work():
    made, happening = worst_case()
    lines = Counted(happening.purchase.items)
    happening = replace(happening, purchase=replace(happening.purchase, items=lines))
    Counted.looked_at = 0
    assert calls_of(lambda: decide(made, happening)) < CALLS_MAX
    # Each line once for each of its facts and labels that is asked, and once for the bundles; not once a question.
    assert Counted.looked_at <= 1000 * (4 + 4 + 1)


def test_what_would_take_too_long_is_refused_at_the_rule_that_is_too_much():
    assert refused({"rules": asked(1500, "lines.amount", "1.00")}) == {"/rules/18": "too_costly"}
    read_rules({"rules": asked(1500, "lines.amount", "1.00", distinct=False)}, CONTEXT)
    read_rules({"rules": asked(1500, "lines.count", 1)}, CONTEXT)


def test_a_document_that_was_in_force_is_read_however_costly_it_is():
    rules = asked(1500, "lines.amount", "1.00")
    assert len(read_rules({"rules": rules}, CONTEXT, is_bounded=False).rules) == 30


def test_factors_for_some_lines_cost_as_often_as_there_are_rates():
    rates = [per(1, where=leaf("line.quantity", "lessThan", n)) for n in range(20)]
    factors = [times("2", sku(f"S{n}")) for n in range(20)]
    many = [complete({"effects": rates}, n) for n in range(3)]
    many += [complete({"effects": factors, "group": "multiplier"}, 3 + n) for n in range(2)]
    assert refused({"rules": many}) == {"/rules/3": "too_costly"}
    assert refused({"rules": [complete(one, n) for n, one in enumerate(reversed(many))]}).popitem()[1] == "too_costly"


def test_every_label_that_is_asked_costs():
    labels = [leaf("lines.count", "equal", 0, leaf(f"line.labels.k{n}", "equal", "x")) for n in range(40)]
    rule = complete({"effects": [fixed(1)], "conditions": {"all": labels}}, 0)
    assert refused({"rules": [rule]}) == {"/rules/0": "too_costly"}
    rule["conditions"]["all"] = labels[:20] * 2
    read_rules({"rules": [rule]}, CONTEXT)


def test_a_document_is_bounded_in_size():
    rules = [complete({"effects": [fixed(1)], "name": "x" * 200}, n) for n in range(900)]
    assert refused({"rules": rules}) == {"": "too_large"}
    assert len(read_rules({"rules": rules}, CONTEXT, is_bounded=False).rules) == 900


AMOUNTS = st.lists(st.integers(0, 1 << 43), min_size=1, max_size=80)
WEIGHTS = st.lists(
    st.integers(0, 50) | st.decimals("0.001", "99", places=3) | st.just(Decimal("1E+1")), min_size=1, max_size=80
)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(AMOUNTS | WEIGHTS, st.data())
def test_sums_by_digits_are_sums(values, data):
    mask = data.draw(st.integers(0, (1 << len(values)) - 1))
    assert slices(values)(mask) == sum(value for place, value in enumerate(values) if mask >> place & 1)


def test_a_large_order_is_summed_like_a_small_one():
    conditions = [leaf("lines.amount", "greaterThan", "1.00", leaf("line.quantity", "equal", n + 1)) for n in range(50)]
    effects = [per(1, "100.00", where=leaf("line.quantity", "greaterThan", n)) for n in range(0, 1000, 50)]
    made = snapshot({"effects": [fixed(1)], "conditions": {"all": conditions}}, {"effects": effects})
    items = worst_order().purchase.items
    expected = [sum(one.amount_minor for one in items if one.quantity > n) // 10_000 for n in range(0, 1000, 50)]
    assert [gift.points for gift in decide(made, order("", *items)).gifts] == [1, *expected]
