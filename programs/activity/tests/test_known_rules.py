"""Rules with known answers, worked out by others: entered as a brand enters them, bought under as a till tells it."""

import pytest

from loyalty.testing.clients import with_key
from programs.activity.tests.published import given, publish, run_campaign, why
from programs.activity.tests.ruled import fixed, item, leaf, per, rule
from programs.activity.tests.tills import balance, earn, give_back
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db

BASKET = [
    item("SKU123", "12.00", labels={"colour": "red"}),
    item("SKU000", "100.00", labels={"colour": "blue"}),
    item("SKU0001", "40.00", category="delivery"),
]
RED, BLUE, ORANGE = (leaf("line.labels.colour", "equal", colour) for colour in ("red", "blue", "orange"))
ONE_GROUP = [{"key": "base", "stage": "base"}]
FOUR = rule("four", per(4))


def has(sku: str) -> dict:
    """The order has a line of it."""
    where = leaf("line.sku", "equal", sku)
    return leaf("lines.count", "greaterThanInclusive", 1) | {"params": {"where": where}}


def times(key: str, factor: str, where: dict | None = None) -> dict:
    effect = {"type": "points.multiply", "factor": factor, "target": ["base"]}
    return rule(key, effect | ({"where": where} if where else {}), group="multiplier")


def large(amount: str) -> dict:
    return rule("four", per(4), conditions=leaf("order.net", "greaterThanInclusive", amount))


@pytest.mark.parametrize(
    ("rules", "points"),
    [
        pytest.param([FOUR], 608, id="4 a unit"),
        pytest.param([rule("four", per(4, where={"not": RED}))], 560, id="lines labelled red left out"),
        pytest.param([rule("four", per(4, where=RED))], 48, id="only lines labelled red"),
        pytest.param([rule("ten", per(10)), FOUR], 2128, id="two rules add up"),
        pytest.param([FOUR, rule("sku", fixed(100), conditions=has("SKU123"))], 708, id="fixed for a product"),
        pytest.param([FOUR, times("x3", "3", leaf("line.sku", "equal", "SKU123"))], 704, id="three times on a product"),
        pytest.param([FOUR, times("red", "3", RED), times("blue", "6", BLUE)], 2704, id="times by label"),
        pytest.param([FOUR, times("blue", "2", BLUE), times("orange", "3", ORANGE)], 1008, id="no such line"),
        pytest.param(
            [
                FOUR, rule("ten", per(10)), times("red", "3", RED), times("blue", "5", BLUE),
                rule("sku", fixed(200), conditions=has("SKU000"), group="bonus"),
            ],
            8264, id="fixed points are not multiplied",
        ),
        pytest.param([large("100.00")], 608, id="a minimum that is reached"),
        pytest.param([large("300.00")], 0, id="a minimum that is not"),
    ],
)  # fmt: skip
def test_an_order_of_three_lines(api, ana_beans, rules, points):
    publish(api, *rules)

    assert earn(api, "152.00", items=BASKET)["points"] == points


def test_a_rule_says_that_none_comes_after_it(api, ana_beans):
    rules = [rule("one", per(1), priority=1), rule("stop", per(1), priority=2, stop=True)]
    publish(api, *rules, rule("ten", per(10), priority=3))

    bought = earn(api, "152.00", items=BASKET)

    assert given(bought) == {"one": 152, "stop": 152}
    assert why(api, bought)["ten"]["reason"] == "'stop' came first"


def test_the_first_purchase_is_worth_more(api, ana_beans):
    publish(api, rule("first", fixed(56), conditions=leaf("member.orders_before", "equal", 0)))

    assert [earn(api, "152.00", items=BASKET)["points"] for _ in range(2)] == [56, 0]


class TestRoundingAndStacking:
    def test_each_rule_rounds_down_by_itself(self, api, ana_beans):
        publish(api, rule("one", per(1, "1.00")), rule("two", per(1, "2.00")))

        assert given(earn(api, "19.99")) == {"one": 19, "two": 9}

    def test_what_does_not_stack_is_given_alone(self, api, ana_beans):
        groups = [{"key": "alone", "stage": "bonus", "mode": "first", "blocks": ["base"]}, *ONE_GROUP]
        rates = [rule("one", per(1, "1.00")), rule("two", per(1, "2.00"))]
        publish(api, *rates, rule("alone", fixed(100), group="alone"), groups=groups)

        bought = earn(api, "19.99")

        assert (bought["points"], given(bought)) == (100, {"alone": 100})
        assert why(api, bought)["one"]["reason"] == "blocked by 'alone'"

    def test_of_those_of_which_the_best_counts_the_best_is_given(self, api, ana_beans):
        groups = [{"key": "base", "stage": "base", "mode": "best"}]
        publish(api, rule("one", per(1, "1.00")), rule("two", per(1, "2.00")), rule("fixed", fixed(100)), groups=groups)

        assert given(earn(api, "19.99")) == {"fixed": 100}

    def test_a_multiplier_doubles_what_was_rounded_down(self, api, ana_beans):
        publish(api, rule("one", per(1, "1.00")), times("x2", "2"))

        assert earn(api, "19.99")["points"] == 38

    def test_each_full_ten_gives_a_point(self, api, ana_beans):
        publish(api, rule("ten", per(1, "10.00")))

        assert earn(api, "105.00")["points"] == 10


class TestBudgets:
    @pytest.mark.parametrize(("on_exceed", "points"), [("truncate", 30), ("reject", 0)])
    def test_what_is_left_of_a_budget_is_given_or_nothing(self, api, ana_beans, on_exceed, points):
        budget = {"scope": "campaign", "period": "ever", "points": 130, "on_exceed": on_exceed}
        run_campaign(api, "spring", rule("s", per(1, "2.00"), group="bonus", limits=[budget]))
        earn(api, "200.00")

        bought = earn(api, "100.00")

        assert given(bought).get("s", 0) == points
        reason = why(api, bought)["s"]["reason"]
        if points:
            assert "cut from 50 to 30" in reason
        else:
            assert "50" in reason and "30" in reason

    def test_a_campaigns_own_budget_gives_the_rest(self, api, ana_beans):
        run_campaign(api, "spring", rule("s", fixed(50), group="bonus"), budget_points=80)

        assert [given(earn(api, "1.00")).get("s", 0) for _ in range(3)] == [50, 30, 0]


@pytest.mark.django_db(transaction=True)
def test_two_uses_at_the_same_moment_never_pass_the_budget(api, cafe_key, ana_beans):
    run_campaign(api, "spring", rule("s", per(1), group="bonus"), budget_points=1000)
    assert given(earn(api, "900.00"))["s"] == 900

    bought = all_at_once(2, lambda n: earn(with_key(cafe_key), "100.00"))

    assert sorted(given(each).get("s", 0) for each in bought) == [0, 100]


def test_a_return_follows_the_rule_that_gave_the_points(api, ana_beans):
    publish(api, rule("rate", per(1)))
    bought = earn(api, "50.00")
    publish(api, rule("rate", per(2)))

    assert give_back(api, bought["id"])["points"] == -50
    assert balance(api)["available"] == 0
