"""Purchases under rules: what they give, what limits leave of it, and what comes back of it."""

from datetime import timedelta

import pytest

from loyalty import clock
from programs.activity.models import Purchase
from programs.activity.tests.ruled import campaign_by, fixed, item, leaf, limit, per, rule, rule_by
from programs.activity.tests.tills import balance, earn, give_back
from programs.earning.models import LimitCounter, Referral, Segment, SegmentMember
from programs.membership.models import Tier

pytestmark = pytest.mark.django_db


def lines(answer: dict) -> dict[str, int]:
    return {line["rule_id"]: line["points"] for line in answer["breakdown"]}


def used(owner: str, scope: str = "member") -> list[tuple[int, int]]:
    counters = LimitCounter.objects.filter(owner=owner, scope=scope)
    return list(counters.values_list("points", "times"))


class TestWhatAPurchaseGives:
    def test_each_rule_stands_in_the_breakdown_with_its_version(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(4)), rule("hello", fixed(100), group="bonus"))

        answer = earn(api, "152.00")

        assert answer["points"] == 708
        assert [(line["rule_id"], line["points"], line["version"]) for line in answer["breakdown"]] == [
            ("rate", 608, "1"), ("hello", 100, "1"),
        ]  # fmt: skip

    def test_the_programs_own_rate_stays_beside_the_rules(self, api, beans, ana_beans):
        rule_by(beans, rule("hello", fixed(100), group="bonus"), without_rate=False)

        assert lines(earn(api, "20.00")) == {"base": 20, "hello": 100}

    def test_campaigns_give_beside_the_rules_and_are_named(self, api, beans, ana_beans):
        spring = campaign_by(beans, "spring", rule("s", fixed(7), group="bonus"))

        answer = earn(api, "10.00")

        assert answer["campaign_ids"] == [str(spring.pk)]
        assert [line.get("campaign_id") for line in answer["breakdown"]] == [None, str(spring.pk)]

    def test_lines_are_asked_for_their_labels(self, api, beans, ana_beans):
        red = leaf("line.labels.colour", "equal", "red")
        rule_by(beans, rule("red", per(4, where=red)))

        items = [item("A", "12.00", labels={"colour": "red"}), item("B", "100.00")]

        assert earn(api, "112.00", items=items)["points"] == 48

    def test_the_first_purchase_is_known(self, api, beans, ana_beans):
        rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))

        assert [earn(api, "10.00")["points"] for _ in range(2)] == [200, 0]

    def test_members_of_a_list_are_known(self, api, beans, ana_beans, ben_beans):
        vips = Segment.objects.create(brand=beans.brand, key="vip", name="VIP", kind="list")
        SegmentMember.objects.create(segment=vips, member=ana_beans.member)
        rule_by(beans, rule("vip", fixed(50), conditions=leaf("member.segments", "contains", "vip")))

        assert [earn(api, member=who)["points"] for who in ("ana", "ben")] == [50, 0]

    def test_a_tier_multiplies(self, api, beans, ana_beans):
        Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100, multiplier="1.5")

        assert [lines(earn(api, "100.00")) for _ in range(2)] == [{"base": 100}, {"base": 100, "tier-gold": 50}]

    def test_points_of_different_lives_lie_in_lots_of_their_own(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)), rule("soon", fixed(30, expires_after={"days": 10}), group="bonus"))

        earn(api, "100.00")

        held = balance(api)
        assert held["available"] == 130
        assert [lot["points"] for lot in held["expiring"]] == [30]

    def test_a_birthday_is_known(self, api, beans, ana, ana_beans):
        today = clock.now().date()
        ana.birth_date = today.replace(year=1990, day=min(today.day, 28))
        ana.save()
        rule_by(beans, rule("month", fixed(100), conditions=leaf("member.is_birthday_month", "equal", True)))

        assert earn(api, "1.00")["points"] == 100

    def test_who_brought_the_member_gets_theirs(self, api, beans, ana_beans, ben_beans):
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
        friend, referrer = fixed(150), fixed(300, to="referrer")
        rule_by(beans, rule("brought", friend, referrer, conditions=leaf("member.referred", "equal", True)))

        assert earn(api, "50.00")["points"] == 150
        assert balance(api, "ben")["available"] == 300


class TestLimits:
    def test_a_limit_cuts_what_is_over_it(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", "month", points=120)]))

        assert [earn(api, "1.00")["points"] for _ in range(4)] == [50, 50, 20, 0]

    def test_a_batch_keeps_the_limit(self, api, beans, ana_beans, ben_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("program", points=120)]))

        bodies = [
            {"program_id": "BEANS", "member_id": who, "amount": "1.00", "currency": "EUR", "reference": f"r{n}"}
            for n, who in enumerate(["ana", "ben", "ana", "ben"])
        ]
        answers = api.post("/api/transactions/accrue/batch", bodies).json()

        assert [answer["transaction"]["points"] for answer in answers["results"]] == [50, 50, 20, 0]

    def test_limits_do_not_make_a_members_purchases_wait_for_each_other(
        self, api, beans, ana_beans, django_assert_max_num_queries
    ):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", "month", points=220)]))
        earn(api, "1.00")
        one = {"program_id": "BEANS", "member_id": "ana", "amount": "1.00", "currency": "EUR"}

        with django_assert_max_num_queries(6):
            answers = api.post(
                "/api/transactions/accrue/batch", [one | {"reference": f"b{n}"} for n in range(5)]
            ).json()

        assert [answer["transaction"]["points"] for answer in answers["results"]] == [50, 50, 50, 20, 0]

    def test_a_repeated_batch_takes_nothing_from_what_is_new_in_it(self, api, beans, ana_beans, ben_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("program", points=100)]))
        old = {"program_id": "BEANS", "member_id": "ana", "amount": "1.00", "currency": "EUR", "reference": "old"}
        new = old | {"member_id": "ben", "reference": "new"}

        assert earn(api, "1.00", reference="old")["points"] == 50
        answers = api.post("/api/transactions/accrue/batch", [old, new]).json()

        assert [(one["replayed"], one["transaction"]["points"]) for one in answers["results"]] == [
            (True, 50), (False, 50),
        ]  # fmt: skip

    def test_a_repeated_purchase_counts_once(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=120)]))

        for _ in range(3):
            assert earn(api, "1.00", reference="same")["points"] == 50

        assert used("some") == [(50, 1)]

    def test_a_campaign_counts_what_it_gave_to_whom(self, api, beans, ana_beans, ben_beans):
        campaign_by(beans, "spring", rule("s", fixed(40), group="bonus"), budget_points=100)

        assert [earn(api, "1.00", member=who)["points"] - 1 for who in ("ana", "ben", "ana")] == [40, 40, 20]
        assert used("spring", "campaign") == [(100, 3)]
        assert sorted(used("campaign:spring")) == [(40, 1), (60, 2)]

    def test_a_purchase_of_last_month_counts_there(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", "month", points=50)]))
        long_ago = (clock.now() - timedelta(days=40)).isoformat()

        answers = [earn(api, "1.00"), earn(api, "1.00", occurred_at=long_ago), earn(api, "1.00")]

        assert [answer["points"] for answer in answers] == [50, 50, 0]


class TestWhatComesBack:
    def test_limits_get_back_what_was_counted(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=50)]))
        bought = earn(api, "10.00")

        give_back(api, bought["id"], amount="5.00")
        assert used("some") == [(25, 1)]
        give_back(api, bought["id"])

        assert used("some") == [(0, 0)]
        assert earn(api, "10.00")["points"] == 50

    def test_a_gift_for_some_lines_comes_back_with_them(self, api, beans, ana_beans):
        toys = leaf("line.category", "equal", "toys")
        rule_by(beans, rule("rate", per(1)), rule("toys", per(2, where=toys), group="bonus"))
        items = [item("T", "60.00", category="toys"), item("B", "40.00", category="books")]
        bought = earn(api, "100.00", items=items)
        assert bought["points"] == 220

        book = give_back(api, bought["id"], items=[{"sku": "B", "quantity": 1}])
        toy = give_back(api, bought["id"], items=[{"sku": "T", "quantity": 1}])

        assert (book["points"], toy["points"]) == (-40, -180)

    def test_some_rules_keep_what_they_gave(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)), rule("hello", fixed(30), group="bonus", on_return="keep"))
        bought = earn(api, "100.00")

        assert give_back(api, bought["id"])["points"] == -100
        assert balance(api)["available"] == 30

    def test_some_rules_take_all_of_it_once_their_condition_fails(self, api, beans, ana_beans):
        large = leaf("order.net", "greaterThanInclusive", "100.00")
        rule_by(beans, rule("large", fixed(30), conditions=large, on_return="all_if_condition_fails"))
        bought = earn(api, "150.00")

        answers = [give_back(api, bought["id"], amount=amount)["points"] for amount in ("40.00", "20.00", "90.00")]

        assert answers == [0, -30, 0]

    def test_what_was_taken_once_is_not_given_back_to_limits_again(self, api, beans, ana_beans):
        either = {"any": [leaf("order.net", "greaterThanInclusive", "100.00"), leaf("order.net", "lessThan", "50.00")]}
        bounds = [limit("member", points=60)]
        rule_by(
            beans,
            rule("odd", fixed(30), conditions=either, on_return="all_if_condition_fails", limits=bounds),
        )
        first, bought = earn(api, "150.00"), earn(api, "150.00")

        answers = [give_back(api, bought["id"], amount=amount)["points"] for amount in ("60.00", "50.00", "40.00")]

        assert (answers, first["points"], used("odd")) == ([-30, 0, 0], 30, [(30, 1)])

    def test_lots_come_back_each_by_its_own_gift(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)), rule("soon", fixed(30, expires_after={"days": 10}), group="bonus"))
        bought = earn(api, "100.00")

        give_back(api, bought["id"], amount="50.00")

        held = balance(api)
        assert (held["available"], [lot["points"] for lot in held["expiring"]]) == (65, [15])

    def test_who_brought_the_member_gives_back_too(self, api, beans, ana_beans, ben_beans):
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
        capped = [limit("recipient", "year", points=3000)]
        rule_by(beans, rule("brought", fixed(150), fixed(300, to="referrer"), limits=capped))
        bought = earn(api, "50.00")

        give_back(api, bought["id"], amount="25.00")

        assert (balance(api)["available"], balance(api, "ben")["available"]) == (75, 150)
        assert sorted(used("brought", "recipient")) == [(75, 1), (150, 1)]

    def test_later_rules_do_not_change_what_comes_back(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)))
        bought = earn(api, "50.00")
        rule_by(beans, rule("rate", per(2)))

        assert give_back(api, bought["id"])["points"] == -50

    def test_a_reversed_purchase_gives_limits_everything_back(self, api, beans, ana_beans, ben_beans):
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
        rules = [rule("some", fixed(50), fixed(20, to="referrer"), limits=[limit("member", points=50)])]
        rule_by(beans, *rules)
        bought = earn(api, "10.00")

        answer = api.post(f"/api/transactions/{bought['id']}/reverse", {"reason": "a mistake", "idempotency_key": "k"})

        assert answer.status_code == 201
        assert (balance(api)["available"], balance(api, "ben")["available"], used("some")) == (0, 0, [(0, 0)])


def test_what_was_reversed_is_no_order_before(api, beans, ana_beans):
    rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))
    mistaken = earn(api, "10.00")

    api.post(f"/api/transactions/{mistaken['id']}/reverse", {"reason": "a mistake", "idempotency_key": "k"})

    assert earn(api, "10.00")["points"] == 200


def test_what_was_decided_on_is_kept(api, beans, ana_beans):
    rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))
    earn(api, "10.00")
    earn(api, "10.00")

    first, second = Purchase.objects.order_by("recorded_at")

    assert (first.edition, first.facts["member"], first.gifts) == (1, {}, None)
    assert second.facts["member"] == {"orders_before": 1, "spend_before_minor": 1000}


def test_rules_with_limits_take_no_more_round_trips_than_the_rate(
    api, beans, ana_beans, ben_beans, django_assert_max_num_queries
):
    Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
    first = leaf("member.orders_before", "greaterThan", 0)
    Segment.objects.create(brand=beans.brand, key="vip", name="VIP", kind="list")
    vip = {"not": leaf("member.segments", "contains", "vip")}
    rule_by(
        beans,
        rule("rate", per(1)),
        rule(
            "some", fixed(5), fixed(3, to="referrer"), limits=[limit("member", "month", points=1000)], conditions=first
        ),
        rule("other", fixed(7), conditions=vip, limits=[limit("program", points=10_000)]),
    )
    campaign_by(beans, "spring", rule("s", fixed(1), group="bonus"), budget_points=100)
    earn(api)

    with django_assert_max_num_queries(2):
        assert earn(api)["points"] == 113
