"""Campaigns: who they are for, when they are on, what is counted in them and what bounds them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from programs.earning.rules.deciding import Counter, Used, decide
from programs.earning.rules.tests.orders import ANA, NOON, fixed, leaf, order, per, snapshot, times

IN_ALL = Counter("campaign", "spring", "", "ever", "")
OF_ANA = Counter("member", "campaign:spring", "ana", "ever", "")
RULE = {"effects": [fixed(50)], "group": "bonus", "campaign": "spring"}


def spring(*rules: dict, **campaign):
    return snapshot(*(rules or (RULE,)), campaigns=[{"key": "spring"} | campaign])


def given(rules, happening=None, used=None) -> tuple[int, str]:
    """The points of the first rule, and why it gave none."""
    verdict = decide(rules, happening or order("10.00"), used, explain=True)
    return verdict.points_of(), verdict.refused.get(0, "")


def test_a_rule_of_a_campaign_counts_in_it_and_for_its_member_even_without_a_budget():
    verdict = decide(spring(), order("10.00"))

    assert verdict.used == {IN_ALL: Used(50, 1), OF_ANA: Used(50, 1)}
    assert verdict.gifts[0].counted == ((IN_ALL, 50, 1), (OF_ANA, 50, 1))


def test_each_gift_says_what_it_added_and_a_rule_counts_one_time_whatever_it_gives():
    rule = RULE | {"effects": [fixed(50), fixed(20, to="referrer"), {"type": "badge.award", "badge": "early"}]}
    verdict = decide(spring(rule), order("10.00", member=replace(ANA, referrer_id="ben")))

    assert [(gift.points, gift.counted[0]) for gift in verdict.gifts] == [
        (50, (IN_ALL, 50, 1)),
        (20, (IN_ALL, 20, 0)),
        (1, (IN_ALL, 0, 0)),
    ]
    assert verdict.used[IN_ALL] == Used(70, 1)


@pytest.mark.parametrize(("way", "expected"), [("truncate", 30), ("reject", 0)])
def test_a_budget_bounds_all_rules_of_a_campaign_together(way, expected):
    made = spring(RULE, RULE, budget={"points": 80}, on_exceed=way)
    assert [gift.points for gift in decide(made, order("10.00")).gifts] == [50, 30][: 1 + bool(expected)]
    assert given(spring(budget={"points": 80}, on_exceed=way), used={IN_ALL: Used(50, 1)})[0] == expected


def test_a_budget_of_times_ends_with_the_last():
    made = spring(budget={"times": 3})
    assert given(made, used={IN_ALL: Used(0, 2)}) == (50, "")
    assert given(made, used={IN_ALL: Used(0, 3)}) == (0, "used up: the limit of 3 times for the campaign in all")


@pytest.mark.parametrize("bound", [{"points": 60}, {"times": 1}])
def test_a_member_has_no_more_of_a_campaign_than_its_share(bound):
    made = spring(per_member=bound)
    used = {OF_ANA: Used(60, 1)}
    assert given(made, used=used)[0] == 0
    assert given(made, order("1.00", member=replace(ANA, id="ben")), used)[0] == 50


def test_a_campaign_is_for_its_audience():
    made = spring(audience={"any": [leaf("member.tier", "equal", "gold"), leaf("member.segments", "contains", "vip")]})
    assert given(made) == (0, "not in the campaign's audience")
    assert given(made, order("1.00", member=replace(ANA, tier="gold"))) == (50, "")
    assert given(made, order("1.00", member=replace(ANA, segments=frozenset(["vip"])))) == (50, "")


def test_a_campaign_is_on_by_its_schedule_and_its_rules_by_theirs_besides():
    made = spring(RULE | {"schedule": {"weekdays": ["wed"]}}, schedule={"from": "2026-04-01T00:00"})
    assert given(made) == (50, "")
    assert given(made, order("1.00", at=NOON - timedelta(days=21))) == (0, "the campaign is not on")
    assert given(made, order("1.00", at=NOON + timedelta(days=1))) == (0, "not on at that time")


def test_the_priority_of_a_campaign_goes_before_that_of_its_rules():
    rules = ({"effects": [fixed(1)], "priority": 5}, {"effects": [fixed(2)], "priority": 9, "campaign": "spring"})
    first = {"groups": [{"key": "base", "mode": "first"}]}
    assert decide(snapshot(*rules, campaigns=[{"key": "spring"}], **first), order("1.00")).points_of() == 1
    early = [{"key": "spring", "priority": 4}]
    assert decide(snapshot(*rules, campaigns=early, **first), order("1.00")).points_of() == 2


def test_what_a_multiplier_of_a_campaign_adds_is_counted_in_it():
    made = spring({"effects": [per(1)]}, RULE | {"effects": [times("1.5")], "group": "multiplier"})
    assert decide(made, order("10.00")).used[IN_ALL] == Used(5, 1)
