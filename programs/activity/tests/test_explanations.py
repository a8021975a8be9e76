"""Why this many points: what fired and how, what did not and why, as it was then."""

import pytest

from programs.activity.tests.ruled import campaign_by, fixed, leaf, limit, per, rule, rule_by
from programs.activity.tests.tills import earn, purchase, refusal
from programs.earning.models import RuleSet
from programs.earning.tests.rules import NOBODY

pytestmark = pytest.mark.django_db


def why(api, transaction_id: str) -> dict[str, dict]:
    answer = api.get(f"/api/transactions/{transaction_id}/explanation")
    assert answer.status_code == 200, answer.content
    return {told["rule_id"]: told for told in answer.json()["rules"]}


def preview(api, amount: str = "100.00", **more):
    body = purchase(amount, member_id="ana") | more
    return api.post("/api/transactions/preview", body)


def test_what_fired_is_told_with_its_sum_and_version(api, beans, ana_beans):
    rule_by(beans, rule("rate", per(4)))

    told = why(api, earn(api, "152.00")["id"])["rate"]

    assert (told["fired"], told["points"], told["version"]) == (True, 608, "1")
    assert told["reason"] == "152 x 4 points: 152.00 EUR is 152 full times 1.00"


def test_what_did_not_fire_is_told_with_the_first_reason_and_the_leaves(api, beans, ana_beans):
    rule_by(beans, rule("large", fixed(50), conditions=leaf("order.net", "greaterThanInclusive", "250.00")))

    told = why(api, earn(api, "249.99")["id"])["large"]

    assert (told["fired"], told["points"]) == (False, 0)
    assert told["reason"]
    assert told["conditions"] == {
        "label": "Order total", "held": False, "wanted": "is at least 250.00", "actual": "249.99",
    }  # fmt: skip


def test_it_stays_true_when_rules_and_limits_have_moved_on(api, beans, ana_beans):
    rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=70)]))
    first, second = earn(api)["id"], earn(api)["id"]
    before = why(api, first), why(api, second)
    rule_by(beans, rule("other", fixed(1)))
    earn(api)

    assert (why(api, first), why(api, second)) == before
    assert [told["some"]["points"] for told in before] == [50, 20]


def test_what_is_explained_is_what_was_given(api, beans, ana_beans):
    bounds = [limit("member", points=120)]
    rule_by(beans, rule("rate", per(1)), rule("some", fixed(50), group="bonus", limits=bounds))
    campaign_by(beans, "spring", rule("s", fixed(30), group="bonus"), budget_points=70)

    for answer in [earn(api, "10.00") for _ in range(4)]:
        fired = {key: told["points"] for key, told in why(api, answer["id"]).items() if told["fired"]}
        assert fired == {line["rule_id"]: line["points"] for line in answer["breakdown"]}


def test_a_purchase_by_the_rate_alone_has_no_rules_to_tell(api, ana_beans):
    bought = earn(api, "10.00")

    answer = api.get(f"/api/transactions/{bought['id']}/explanation").json()

    assert (answer["rules"], answer["total"], answer["breakdown"]) == ([], 10, bought["breakdown"])


class TestPreview:
    def test_tells_what_would_fire_and_what_not(self, api, beans, ana_beans):
        large = leaf("order.net", "greaterThanInclusive", "250.00")
        rule_by(beans, rule("rate", per(1)), rule("large", fixed(50), group="bonus", conditions=large))

        answer = preview(api).json()

        assert (answer["points"], {one["rule_id"]: one["fired"] for one in answer["rules"]}) == (
            100, {"rate": True, "large": False},
        )  # fmt: skip

    def test_lets_a_draft_decide(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)))
        earn(api)
        first = rule("first", fixed(70), conditions=leaf("member.orders_before", "equal", 1))
        RuleSet.objects.create(program=beans, version=2, document={"rules": [first]}, created_by=NOBODY)

        assert preview(api, ruleset_version=2).json()["points"] == 70
        assert preview(api).json()["points"] == 100

    def test_refuses_a_draft_with_mistakes_and_one_that_is_not_there(self, api, beans, ana_beans):
        wrong = rule("wrong", fixed(-1))
        RuleSet.objects.create(program=beans, version=1, document={"rules": [wrong]}, created_by=NOBODY)

        assert refusal(preview(api, ruleset_version=1))[0] == 400
        assert refusal(preview(api, ruleset_version=9)) == (404, "not-found")
