"""Limits: whose they are, what they leave, and what is told of it."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from programs.earning.rules.deciding import Counter, Used, decide
from programs.earning.rules.needing import reads_lines
from programs.earning.rules.tests.orders import ANA, fixed, leaf, limit, line, order, per, sku, snapshot, times

BEN = replace(ANA, referrer_id="ben")
BOTH = [fixed(150), fixed(300, to="referrer")]


def each(verdict) -> list[tuple[str, int]]:
    return [(gift.receiver, gift.points) for gift in verdict.gifts]


def test_a_referrer_who_is_not_there_gets_and_counts_nothing():
    made = snapshot({"effects": BOTH, "limits": [limit("recipient", points=100), limit("recipient", times=1)]})
    verdict = decide(made, order("1.00"))
    assert each(verdict) == [("member", 100)]
    assert [counter.subject for counter in verdict.used] == ["ana"]
    alone = snapshot({"effects": [fixed(300, to="referrer")], "limits": [limit("member", times=1)]})
    assert decide(alone, order("1.00"), explain=True).refused == {0: "worth nothing here"}
    assert decide(alone, order("1.00")).used == {}


def test_a_limit_of_the_member_counts_what_its_referrer_gets():
    made = snapshot({"effects": BOTH, "limits": [limit("member", points=400)]})
    verdict = decide(made, order("1.00", member=BEN))
    assert each(verdict) == [("member", 150), ("referrer", 250)]
    assert verdict.used == {Counter("member", "r0", "ana", "ever", ""): Used(400, 1)}


@pytest.mark.parametrize("bound", [{"times": 1}, {"points": 300}, {"points": 300, "on_exceed": "reject"}])
def test_a_receiver_who_has_had_enough_takes_nothing_from_the_other(bound):
    made = snapshot({"effects": BOTH, "limits": [limit("recipient", **bound)]})
    used = {Counter("recipient", "r0", "ben", "ever", ""): Used(300, 1)}
    assert each(decide(made, order("1.00", member=BEN), used)) == [("member", 150)]
    used = {Counter("recipient", "r0", "ana", "ever", ""): Used(300, 1)}
    assert each(decide(made, order("1.00", member=BEN), used)) == [("referrer", 300)]


def test_a_limit_that_rejects_takes_the_whole_rule():
    made = snapshot({"effects": [fixed(10), fixed(20)], "limits": [limit("member", points=25, on_exceed="reject")]})
    verdict = decide(made, order("1.00"), explain=True)
    assert verdict.gifts == () and verdict.used == {}
    assert verdict.refused == {0: "20 points were due: the limit of 25 points for a member in all"}


@pytest.mark.parametrize("turned", [False, True])
def test_limits_that_cut_go_before_those_that_reject_whatever_their_order(turned):
    cut, whole = limit("member", points=5), limit("program", points=8, on_exceed="reject")
    made = snapshot({"effects": [fixed(20)], "limits": [whole, cut] if turned else [cut, whole]})
    assert decide(made, order("1.00")).points_of() == 5


@pytest.mark.parametrize(
    ("period", "before", "after"),
    [
        ("day", datetime(2026, 4, 15, 22, 59, tzinfo=UTC), datetime(2026, 4, 15, 23, 0, tzinfo=UTC)),
        ("week", datetime(2026, 4, 19, 22, 59, tzinfo=UTC), datetime(2026, 4, 19, 23, 0, tzinfo=UTC)),
        ("month", datetime(2026, 4, 30, 22, 59, tzinfo=UTC), datetime(2026, 4, 30, 23, 0, tzinfo=UTC)),
        ("year", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_periods_begin_by_the_programs_calendar(period, before, after):
    made = snapshot({"effects": [fixed(5)], "limits": [limit("member", period, times=1)]})
    used = decide(made, order("1.00", at=before)).used
    assert decide(made, order("1.00", at=before), used).points_of() == 0
    assert decide(made, order("1.00", at=after), used).points_of() == 5


def test_two_rules_of_a_campaign_share_its_counter_within_one_order():
    rule = {"effects": [fixed(30)], "campaign": "spring", "limits": [limit("campaign", points=40)]}
    made = snapshot(rule, rule, campaigns=[{"key": "spring"}])
    assert [gift.points for gift in decide(made, order("1.00")).gifts] == [30, 10]


def test_a_limit_of_the_campaign_in_one_rule_bounds_all_its_rules():
    first = {"effects": [fixed(30)], "campaign": "spring", "limits": [limit("campaign", "day", points=40)]}
    made = snapshot(first, {"effects": [fixed(30)], "campaign": "spring"}, campaigns=[{"key": "spring"}])
    verdict = decide(made, order("1.00"))
    assert [gift.points for gift in verdict.gifts] == [30, 10]
    assert verdict.used == {
        Counter("campaign", "spring", "", "day", "2026-04-15"): Used(40, 2),
        Counter("campaign", "spring", "", "ever", ""): Used(40, 2),
        Counter("member", "campaign:spring", "ana", "ever", ""): Used(40, 2),
    }


def test_the_best_of_a_group_is_the_best_after_its_limits():
    groups = [{"key": "base", "mode": "best"}]
    made = snapshot({"effects": [fixed(90)], "limits": [limit("member", points=100)]}, {"effects": [fixed(50)]},
                    groups=groups)  # fmt: skip
    first = decide(made, order("1.00"), explain=True)
    assert (first.points_of(), first.refused) == (90, {1: "'Rule 0' gives more"})
    second = decide(made, order("1.00"), first.used, explain=True)
    assert (second.points_of(), second.refused, second.used) == (50, {0: "'Rule 1' gives more"}, {})


def test_what_others_of_an_order_take_from_a_limit_is_multiplied_none_the_less():
    campaigns = [{"key": "spring", "budget": {"points": 60}}]
    made = snapshot(
        {"effects": [fixed(50)], "campaign": "spring", "conditions": leaf("lines.count", "equal", 1, sku("B"))},
        {"effects": [per(9)], "campaign": "spring"},
        {"effects": [times("3")], "group": "multiplier"},
        campaigns=campaigns,
    )
    alone, both = order("", line("A", "8.00")), order("", line("A", "8.00"), line("B", "0.00"))
    # Of 72 points 60 are within the budget, and those are doubled, whether or not 50 go to the other rule.
    assert [gift.points for gift in decide(made, alone).gifts] == [60, 120]
    assert [gift.points for gift in decide(made, both).gifts] == [50, 10, 120]
    used = {Counter("campaign", "spring", "", "ever", ""): Used(55, 1)}
    assert [gift.points for gift in decide(made, alone, used).gifts] == [5, 10]


def test_a_factor_that_a_limit_can_cut_is_rounded_by_itself():
    capped = {"effects": [times("1.05")], "group": "multiplier", "limits": [limit("member", points=9)]}
    free = {"effects": [times("1.05")], "group": "multiplier"}
    assert decide(snapshot({"effects": [per(1)]}, free, free), order("10.00")).points_of() == 11
    assert decide(snapshot({"effects": [per(1)]}, capped, free), order("10.00")).points_of() == 10


@pytest.mark.parametrize("combine", ["add", "compound"])
def test_what_a_limit_cuts_from_a_multiplier_is_not_rounded_or_multiplied_later(combine):
    groups = [{"key": "base", "stage": "base"}, {"key": "m", "stage": "multiply", "combine": combine}]
    cut = {"effects": [times("1.5")], "group": "m", "limits": [limit("member", points=2)]}
    made = snapshot({"effects": [per(1)]}, cut, {"effects": [times("1.5")], "group": "m"}, groups=groups)
    # 19 points: 9.5 more are cut to 2; the second adds half of 19, or of 21 where factors compound.
    assert [gift.points for gift in decide(made, order("19.00")).gifts] == [19, 2, {"add": 9, "compound": 10}[combine]]


def test_a_multiplier_that_is_refused_leaves_no_part_of_a_point_behind():
    refused = {"effects": [times("1.05")], "group": "multiplier", "limits": [limit("member", times=1)]}
    made = snapshot({"effects": [per(1)]}, refused, {"effects": [times("1.05")], "group": "multiplier"})
    used = {Counter("member", "r1", "ana", "ever", ""): Used(1, 1)}
    assert [gift.points for gift in decide(made, order("10.00")).gifts] == [10, 1]
    assert [gift.points for gift in decide(made, order("10.00"), used).gifts] == [10]


def test_where_only_the_first_factor_gives_one_that_gives_nothing_leaves_no_part_of_a_point_to_the_next():
    groups = [{"key": "base", "stage": "base"}, {"key": "m", "stage": "multiply", "mode": "first"}]
    factor = {"effects": [times("1.05")], "group": "m"}
    rules = ({"effects": [per(1)]}, factor, factor)
    assert decide(snapshot(*rules, groups=groups), order("10.00")).points_of() == 10
    groups[1]["mode"] = "all"
    assert decide(snapshot(*rules, groups=groups), order("10.00")).points_of() == 11


def test_of_the_best_of_some_factors_only_the_best_compounds():
    groups = [
        {"key": "base", "stage": "base"},
        {"key": "m", "stage": "multiply", "mode": "best"},
        {"key": "n", "stage": "multiply", "combine": "compound"},
    ]
    factors = [{"effects": [times(factor)], "group": "m"} for factor in ("1.2", "1.5", "1.05")]
    made = snapshot({"effects": [per(1)]}, *factors, {"effects": [times("1.5")], "group": "n"}, groups=groups)
    assert [gift.points for gift in decide(made, order("10.00")).gifts] == [10, 5, 7]


def test_a_rule_of_two_factors_that_is_refused_compounds_nothing():
    groups = [{"key": "base", "stage": "base"}, {"key": "m", "stage": "multiply", "combine": "compound"}]
    whole = [limit("member", points=7, on_exceed="reject")]
    refused = {"effects": [times("1.5"), times("1.5")], "group": "m", "limits": whole}
    made = snapshot({"effects": [per(1)]}, refused, {"effects": [times("1.5")], "group": "m"}, groups=groups)
    assert [gift.points for gift in decide(made, order("10.00")).gifts] == [10, 5]


def test_factors_on_different_groups_do_not_compound_each_other():
    groups = [
        {"key": "base", "stage": "base"},
        {"key": "extra", "stage": "base"},
        {"key": "m", "stage": "multiply", "combine": "compound"},
    ]
    made = snapshot(
        {"effects": [per(1)]},
        {"effects": [per(1)], "group": "extra"},
        {"effects": [times("3")], "group": "m"},
        {"effects": [times("2", None, "extra")], "group": "m"},
        groups=groups,
    )
    assert [gift.points for gift in decide(made, order("10.00")).gifts] == [10, 10, 20, 10]


def test_a_gift_says_on_which_lines_it_was_counted():
    lines = [line("A", "10.00"), line("B", "20.00"), line("A", "5.00")]
    bundle = {"type": "points.per_bundle", "points": 3, "items": [{"sku": "A", "quantity": 2}]}
    made = snapshot(
        {"effects": [per(1), per(1, where=sku("A"))]},
        {"effects": [bundle, fixed(1)], "conditions": leaf("lines.count", "equal", 1, sku("B"))},
        {"effects": [times("2"), times("2", sku("B"))], "group": "multiplier"},
    )
    assert [gift.lines for gift in decide(made, order("", *lines)).gifts] == [None, (0, 2), (0, 2), None, None, (1,)]


def test_every_counter_that_can_be_read_is_named_before():
    once = {"effects": [fixed(1)], "limits": [limit("member", times=1)]}
    made = snapshot(
        {"effects": BOTH, "limits": [limit("recipient", "year", points=500), limit("program", times=9)]},
        {"effects": [fixed(1)], "campaign": "spring", "conditions": leaf("member.tier", "equal", "gold")},
        once | {"conditions": leaf("order.channel", "equal", "app")},
        once | {"schedule": {"to": "2026-01-01T00:00"}},
        campaigns=[{"key": "spring", "budget": {"points": 10}}],
    )
    assert made.counters(order("1.00", member=BEN)) == {
        Counter("recipient", "r0", "ana", "year", "2026-01-01"),
        Counter("recipient", "r0", "ben", "year", "2026-01-01"),
        Counter("program", "r0", "", "ever", ""),
        Counter("campaign", "spring", "", "ever", ""),
    }


def test_a_rule_set_says_whether_it_looks_at_lines():
    bundle = {"type": "points.per_bundle", "points": 3, "items": [{"sku": "A"}]}
    for rule in (
        {"effects": [fixed(1)], "conditions": {"not": leaf("lines.count", "equal", 1)}},
        {"effects": [per(1, where=sku("A"))]},
        {"effects": [bundle]},
        {"effects": [times("2", sku("A"))], "group": "multiplier"},
    ):
        assert reads_lines(snapshot(rule).rules)
    assert not reads_lines(snapshot({"effects": [per(1)], "conditions": leaf("order.net", "equal", "1.00")}).rules)


def test_a_snapshot_says_what_has_to_be_looked_up():
    tier, seg = leaf("member.tier", "equal", "gold"), leaf("member.segments", "contains", "vip")
    assert snapshot({"effects": [per(1)]}).needs == frozenset()
    assert snapshot({"effects": [per(1)], "conditions": {"not": {"any": [tier, seg]}}}).needs == {"tier", "segments"}
    assert snapshot({"effects": [fixed(1, to="referrer")], "trigger": "member.joined"}).needs == {
        "referral",
        "trigger:member.joined",
    }
    attribute = leaf("member.attributes.city", "equal", "Rome")
    audience = {"campaigns": [{"key": "c", "audience": attribute}]}
    assert snapshot({"effects": [fixed(1)], "campaign": "c"}, **audience).needs == {"attributes", "counters"}
    facts = {"birthday": "member.is_birthday_month", "orders": "member.orders_before", "referral": "member.referred"}
    for need, fact in facts.items():
        value = 0 if need == "orders" else True
        assert snapshot({"effects": [fixed(1)], "conditions": leaf(fact, "equal", value)}).needs == {need}
