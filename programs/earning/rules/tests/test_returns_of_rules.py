"""Whether a rule's conditions hold of what is left of a purchase."""

from datetime import timedelta

from programs.earning.rules.deciding import still_holds
from programs.earning.rules.tests.orders import NOON, fixed, leaf, line, order, sku, snapshot

BOTH = {"all": [leaf("order.net", "greaterThanInclusive", "50.00"), leaf("lines.count", "equal", 1, sku("A"))]}


def test_conditions_are_asked_of_what_is_left_whatever_time_and_limits_say():
    made = snapshot(
        {"effects": [fixed(9)], "conditions": BOTH, "schedule": {"to": "2026-05-01T00:00"}, "campaign": "spring",
         "limits": [{"scope": "member", "period": "ever", "times": 1}]},
        campaigns=[{"key": "spring", "audience": leaf("member.tier", "equal", "gold")}],
    )  # fmt: skip
    late = NOON + timedelta(days=365)
    assert still_holds(made, "r0", order("", line("A", "50.00"), at=late))
    assert not still_holds(made, "r0", order("", line("A", "49.00"), at=late))
    assert not still_holds(made, "r0", order("", line("B", "50.00")))


def test_a_rule_that_is_not_there_holds_no_more():
    assert not still_holds(snapshot(), "r0", order("50.00"))
