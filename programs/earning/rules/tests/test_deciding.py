"""What orders give: known answers, then what holds for any."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from msgspec.structs import replace

from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.deciding import Counter, Used, decide
from programs.earning.rules.document import read_rules
from programs.earning.rules.happening import Happening
from programs.earning.rules.tests.orders import (
    ANA,
    CONTEXT,
    NOON,
    colour,
    fixed,
    leaf,
    line,
    order,
    per,
    sku,
    snapshot,
    times,
)  # fmt: skip

THREE = (
    line("SKU123", "12.00", colour="red"),
    line("SKU000", "100.00", colour="blue"),
    line("SKU0001", "40.00", category="delivery"),
)
MULTIPLY = {"group": "multiplier"}


def points(rules: Snapshot, happening: Happening, used=None) -> int:
    return decide(rules, happening, used).points_of()


def of(*rules: dict, **more) -> int:
    return points(snapshot(*rules, **more), order("", *THREE))


class TestOneOrderOfThreeLines:
    def test_each_unit_of_money_counts(self):
        assert of({"effects": [per(4)]}) == 608

    def test_some_lines_are_left_out_or_count_alone(self):
        not_red = {"not": colour("red")}
        assert of({"effects": [per(4, where=not_red)]}) == 560
        assert of({"effects": [per(4, where=colour("red"))]}) == 48

    def test_two_rules_add_up(self):
        assert of({"effects": [per(10)]}, {"effects": [per(4)]}) == 2128

    def test_a_fixed_gift_for_what_was_bought(self):
        bought = leaf("lines.count", "greaterThanInclusive", 1, sku("SKU123"))
        assert of({"effects": [fixed(100)], "conditions": bought}, {"effects": [per(4)]}) == 708

    def test_some_lines_count_more(self):
        assert of({"effects": [per(4)]}, {"effects": [times("3", sku("SKU123"))]} | MULTIPLY) == 704
        red, blue = ({"effects": [times(f, colour(c))]} | MULTIPLY for f, c in (("3", "red"), ("6", "blue")))
        assert of({"effects": [per(4)]}, red, blue) == 2704

    def test_a_factor_on_lines_that_are_not_there_adds_nothing(self):
        blue, orange = ({"effects": [times(f, colour(c))]} | MULTIPLY for f, c in (("2", "blue"), ("3", "orange")))
        assert of({"effects": [per(4)]}, blue, orange) == 1008

    def test_fixed_points_are_not_multiplied(self):
        bought = leaf("lines.count", "greaterThanInclusive", 1, sku("SKU000"))
        red, blue = ({"effects": [times(f, colour(c))]} | MULTIPLY for f, c in (("3", "red"), ("5", "blue")))
        rules = ({"effects": [per(4)]}, {"effects": [per(10)]}, {"effects": [fixed(200)], "conditions": bought})
        assert of(*rules, red, blue) == 8264

    @pytest.mark.parametrize(("least", "expected"), [("100.00", 608), ("300.00", 0)])
    def test_a_minimum_order(self, least, expected):
        assert of({"effects": [per(4)], "conditions": leaf("order.net", "greaterThanInclusive", least)}) == expected

    def test_a_rule_can_end_its_group(self):
        assert of({"effects": [per(1)]}, {"effects": [per(1)], "stop": True}, {"effects": [per(10)]}) == 304


class TestRounding:
    def test_each_rule_rounds_down_by_itself(self):
        assert points(snapshot({"effects": [per(1)]}, {"effects": [per(1, "2.00")]}), order("19.99")) == 28

    def test_what_does_not_stack_stands_alone(self):
        groups = [{"key": "base", "stage": "base"}, {"key": "alone", "mode": "first", "blocks": ["base"]}]
        rules = ({"effects": [per(1)]}, {"effects": [per(1, "2.00")]}, {"effects": [fixed(100)], "group": "alone"})
        assert points(snapshot(*rules, groups=groups), order("19.99")) == 100

    def test_a_multiplied_total(self):
        assert points(snapshot({"effects": [per(1)]}, {"effects": [times("2")]} | MULTIPLY), order("19.99")) == 38

    def test_a_rate(self):
        assert points(snapshot({"effects": [per(1, "10.00")]}), order("105.00")) == 10

    @pytest.mark.parametrize(("way", "expected"), [("down", 22), ("half_up", 23), ("up", 23)])
    def test_multipliers_are_rounded_together_as_the_program_says(self, way, expected):
        rules = ({"effects": [per(1)]}, *({"effects": [times(f)]} | MULTIPLY for f in ("1.1", "1.09")))
        assert points(snapshot(*rules, rounding=way), order("19.00")) == expected

    def test_factors_add_up_unless_they_compound(self):
        rules = ({"effects": [per(1)]}, *({"effects": [times(f)], "group": "m"} for f in ("2", "1.1")))
        groups = [{"key": "base", "stage": "base"}, {"key": "m", "stage": "multiply"}]
        assert points(snapshot(*rules, groups=groups), order("100.00")) == 210
        groups[1]["combine"] = "compound"
        assert points(snapshot(*rules, groups=groups), order("100.00")) == 220


@pytest.fixture(scope="module")
def twelve() -> Snapshot:
    path = Path(settings.BASE_DIR).parent / "shared" / "cases" / "rules12.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return Snapshot(read_rules(json.loads(path.read_text()), CONTEXT), 1)


def gifts(rules: Snapshot, happening: Happening, used=None) -> dict[str, int]:
    return {gift.rule.key: gift.points for gift in decide(rules, happening, used).gifts}


class TestTheTwelveRules:
    @pytest.mark.parametrize(("amount", "expected"), [("349.00", 15), ("99.99", 0), ("100.00", 5)])
    def test_01_a_rate(self, twelve, amount, expected):
        assert gifts(twelve, order(amount, at=NOON.replace(month=8))).get("01-base", 0) == expected

    def test_02_triple_on_toys(self, twelve):
        bought = order("", line("T", "250.00", category="toys"), line("X", "99.00"), at=NOON.replace(month=8))
        assert gifts(twelve, bought) == {"01-base": 15, "02-toys-x3": 20}

    def test_03_double_at_the_weekend_by_the_programs_clock(self, twelve):
        gold = replace(ANA, tier="gold")
        monday_there = datetime(2026, 8, 16, 23, 30, tzinfo=UTC)
        assert gifts(twelve, order("200.00", member=gold, at=monday_there)) == {"01-base": 10}
        assert gifts(twelve, order("200.00", member=gold, at=monday_there.replace(hour=22)))["03-gold-weekend-x2"] == 10
        assert gifts(twelve, order("200.00", at=monday_there.replace(hour=22))) == {"01-base": 10}

    def test_04_a_birthday_once_a_year(self, twelve):
        verdict = decide(twelve, order("10.00", member=replace(ANA, is_birthday_month=True)))
        assert verdict.points_of() == 100
        assert points(twelve, order("10.00", member=replace(ANA, is_birthday_month=True)), verdict.used) == 0
        next_year = order("10.00", member=replace(ANA, is_birthday_month=True), at=NOON.replace(year=2027))
        assert points(twelve, next_year, verdict.used) == 100

    def test_05_the_first_purchase(self, twelve):
        assert gifts(twelve, order("10.00", member=replace(ANA, orders_before=0))) == {"05-first-purchase": 200}

    def test_06_a_referral_pays_both_and_the_referrer_up_to_a_limit(self, twelve):
        friend = replace(ANA, orders_before=0, referrer_id="ben")
        verdict = decide(twelve, order("50.00", member=friend))
        assert [(g.points, g.receiver) for g in verdict.gifts if g.rule.key == "06-referral"] == [
            (150, "member"), (300, "referrer"),
        ]  # fmt: skip
        so_far = {Counter("recipient", "06-referral", "ben", "year", "2026-01-01"): Used(2900, 10)}
        assert decide(twelve, order("50.00", member=friend), so_far).points_of("referrer") == 100
        assert decide(twelve, order("49.99", member=friend)).points_of("referrer") == 0

    @pytest.mark.parametrize(("amount", "expected"), [("250.00", 50), ("249.99", 0)])
    def test_07_a_minimum_in_the_app(self, twelve, amount, expected):
        assert gifts(twelve, order(amount, channel="app")).get("07-min-spend", 0) == expected
        assert "07-min-spend" not in gifts(twelve, order(amount, channel="web"))

    def test_08_coffees_up_to_a_limit(self, twelve):
        so_far = {Counter("member", "08-coffee-capped", "ana", "month", "2026-04-01"): Used(37, 18)}
        verdict = decide(twelve, order("", line("C", "9.00", category="coffee", quantity=3)), so_far)
        (gift,) = verdict.gifts
        assert (gift.points, gift.cut) == (3, 3)
        assert gift.reason.endswith("cut from 6 to 3 by the limit of 40 points for a member a month")

    def test_09_extra_until_the_budget_is_gone(self, twelve):
        spring = order("2000.00", at=NOON)
        assert gifts(twelve, spring) == {"01-base": 100, "09-spring-budget": 10}
        so_far = {Counter("campaign", "spring", "", "ever", ""): Used(99_996, 9)}
        assert gifts(twelve, spring, so_far)["09-spring-budget"] == 4

    def test_10_an_exclusive_night_blocks_all_else_but_the_base(self, twelve):
        night, vip = datetime(2026, 5, 15, 19, tzinfo=UTC), replace(ANA, segments=frozenset(["vip"]), orders_before=0)
        bought = order("300.00", member=vip, at=night, channel="app")
        assert gifts(twelve, bought) == {"10-vip-night": 500, "01-base": 15}
        refused = decide(twelve, bought, explain=True).refused
        assert refused[6] == "blocked by 'VIP night: 500 points instead of every other promotion'"
        assert "10-vip-night" not in gifts(
            twelve, replace(bought, purchase=replace(bought.purchase, source="marketplace"))
        )

    def test_11_a_bundle(self, twelve):
        bought = order(
            "", line("CAM-1", "400.00", quantity=4), line("LENS-1", "90.00", quantity=9), at=NOON.replace(month=8)
        )
        assert gifts(twelve, bought)["11-bundle"] == 150

    def test_12_reviews_three_a_month(self, twelve):
        def review(length, *, verified=True):
            event = {"text_length": length, "verified_purchase": verified}
            return Happening(at=NOON, member=ANA, trigger="event:review.written", event=event)

        assert gifts(twelve, review(50)) == {"12-review": 20}
        assert gifts(twelve, review(49)) == gifts(twelve, review(80, verified=False)) == {}
        so_far = {Counter("member", "12-review", "ana", "month", "2026-04-01"): Used(60, 3)}
        assert gifts(twelve, review(50), so_far) == {}


@pytest.mark.parametrize(("way", "expected"), [("truncate", 30), ("reject", 0)])
def test_a_budget_that_does_not_last(way, expected):
    limit = {"scope": "program", "period": "ever", "points": 100, "on_exceed": way}
    rules = snapshot({"effects": [fixed(50)], "limits": [limit]})
    used = {Counter("program", "r0", "", "ever", ""): Used(70, 2)}
    verdict = decide(rules, order("1.00"), used, explain=True)
    assert verdict.points_of() == expected
    said = verdict.gifts[0].reason if verdict.gifts else verdict.refused[0]
    assert "50" in said and "the limit of 100 points for the program in all" in said


@pytest.mark.parametrize(
    ("day", "hour", "is_on"),
    [(17, 21, False), (17, 22, True), (18, 1, True), (18, 2, False), (17, 1, False), (18, 22, False)],
)
def test_hours_that_pass_midnight_belong_to_the_day_on_which_they_begin(day, hour, is_on):
    night = {"weekdays": ["fri"], "hours": {"from": "22:00", "to": "02:00"}}
    rules = snapshot({"effects": [fixed(1)], "schedule": night}, context=dataclasses.replace(CONTEXT, timezone="UTC"))
    assert points(rules, order("1.00", at=datetime(2026, 4, day, hour, tzinfo=UTC))) == is_on


def test_hours_follow_the_programs_clock_through_a_change_to_summer_time():
    early = {"hours": {"from": "02:00", "to": "04:00"}}
    rules = snapshot({"effects": [fixed(1)], "schedule": early})
    told = [points(rules, order("1.00", at=datetime(2026, 3, 29, hour, tzinfo=UTC))) for hour in range(4)]
    assert told == [0, 1, 1, 0]


@pytest.mark.parametrize("turned", [False, True])
def test_a_group_goes_before_those_that_it_blocks_wherever_it_stands(turned):
    groups = [{"key": "a", "blocks": ["b"]}, {"key": "b", "blocks": ["base"]}, {"key": "base", "stage": "base"}]
    rules = ({"effects": [fixed(1)]}, {"effects": [fixed(10)], "group": "a"}, {"effects": [fixed(100)], "group": "b"})
    assert points(snapshot(*rules, groups=groups[::-1] if turned else groups), order("1.00")) == 11


def test_groups_that_block_each_other_go_by_the_order_of_the_document():
    groups = [{"key": "b", "blocks": ["a"]}, {"key": "a", "blocks": ["b"]}]
    rules = ({"effects": [fixed(10)], "group": "a"}, {"effects": [fixed(100)], "group": "b"})
    assert points(snapshot(*rules, groups=groups), order("1.00")) == 100
    assert points(snapshot(*rules, groups=groups[::-1]), order("1.00")) == 10


def test_what_did_not_hold_is_told_before_what_blocked_it():
    groups = [{"key": "a", "blocks": ["base"]}, {"key": "base"}]
    rules = ({"effects": [fixed(1)], "conditions": leaf("order.channel", "equal", "app")}, {"effects": [fixed(1)]},
             {"effects": [fixed(1)], "group": "a"})  # fmt: skip
    refused = decide(snapshot(*rules, groups=groups), order("1.00"), explain=True).refused
    assert refused == {0: "its conditions do not hold", 1: "blocked by 'Rule 2'"}
