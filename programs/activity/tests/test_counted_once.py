"""What limits count is given back as often as it was counted, whatever the way in which a purchase comes back."""

import pytest
from django.db import connection

from programs.activity.happenings import EventRequest, record_events
from programs.activity.models import Purchase
from programs.activity.operations import PurchaseRequest, record_purchases
from programs.activity.places import Names
from programs.activity.tests.ruled import campaign_by, fixed, item, leaf, limit, per, rule, rule_by
from programs.activity.tests.test_what_comes_back import REVERSAL, both_ways, undo, used
from programs.activity.tests.tills import available, earn, give_back, pointers
from programs.earning.models import EventType, Referral
from programs.membership.models import Program, Tier, TierChange

pytestmark = pytest.mark.django_db
LARGE = leaf("order.net", "greaterThanInclusive", "100.00")


def test_what_went_with_its_condition_is_not_given_back_again_by_a_reversal(api, beans, ana_beans):
    bounds = [limit("member", points=90), limit("member", "day", times=3)]
    way = {"conditions": LARGE, "on_return": "all_if_condition_fails", "limits": bounds}
    rule_by(beans, rule("large", fixed(30), **way))
    first, _ = earn(api, "150.00"), earn(api, "150.00")

    give_back(api, first["id"], amount="60.00")
    undo(api, first, REVERSAL)

    assert used("large") == [(30, 1), (30, 1)]


def test_what_a_rule_kept_at_a_return_is_given_back_whole_by_a_reversal(api, beans, ana_beans):
    rule_by(beans, rule("kept", fixed(30), on_return="keep", limits=[limit("member", points=90)]))
    bought = earn(api, "100.00")

    give_back(api, bought["id"], amount="50.00")
    assert used("kept") == [(30, 1)]
    undo(api, bought, REVERSAL)

    assert (used("kept"), available(api)) == ([(0, 0)], 0)


@pytest.mark.parametrize("first", ["T", "B"])
def test_a_rules_time_is_given_back_when_nothing_of_it_is_left(api, beans, ana_beans, first):
    toys, books = (per(1, where=leaf("line.category", "equal", word)) for word in ("toys", "books"))
    rule_by(beans, rule("both", toys, books, limits=[limit("member", times=1)]))
    bought = earn(api, "100.00", items=[item("T", "60.00", category="toys"), item("B", "40.00", category="books")])
    assert bought["points"] == 100

    give_back(api, bought["id"], items=[{"sku": first, "quantity": 1}])
    assert (used("both")[0][1], earn(api, "10.00")["points"]) == (1, 0)
    give_back(api, bought["id"])

    assert used("both") == [(0, 0)]


@both_ways
def test_whoever_brought_the_buyer_moves_in_the_tiers_too(api, beans, ana_beans, ben_beans, way):
    for code, points in (("bronze", 0), ("gold", 100)):
        Tier.objects.create(program=beans, code=code, name=code, points_min=points)
    Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
    rule_by(beans, rule("brought", fixed(1), fixed(100, to="referrer")))

    bought = earn(api, "10.00")
    ben_beans.refresh_from_db()
    assert ben_beans.tier.code == "gold"
    undo(api, bought, way)

    changes = TierChange.objects.filter(membership=ben_beans).order_by("recorded_at")
    assert list(changes.values_list("after", flat=True)) == ["gold", "bronze"]


class TestEvents:
    @pytest.fixture(autouse=True)
    def _reviews(self, cafe, beans):
        EventType.objects.create(brand=cafe, name="review.written", fields={"stars": "integer"})
        campaign_by(
            beans, "spring", rule("review", fixed(60), trigger="event:review.written", group="bonus"), budget_points=120
        )

    def test_one_told_again_takes_nothing_from_the_others(self, importer, beans, ana_beans, ben_beans):
        asked = [
            EventRequest(names=Names("BEANS", who), type="review.written", source="/r", reference=who)
            for who in ("ana", "ben")
        ]

        assert [one.posted.points for one in record_events(importer, asked[:1])] == [60]
        assert [one.posted.points for one in record_events(importer, asked)] == [60, 60]

    def test_long_names_of_sources_and_events_have_their_room(self, api, ana_beans):
        told = {"specversion": "1.0", "type": "review.written", "subject": "ana", "source": "/" + "s" * 199}

        answers = [api.post("/api/events", told | {"id": f"{n}" * 200}) for n in (1, 2, 1)]

        assert [answer.status_code for answer in answers] == [201] * 3, answers[0].content
        assert available(api) == 120

    def test_a_source_that_looks_like_part_of_an_id_is_another_one(self, api, ana_beans):
        told = {"specversion": "1.0", "type": "review.written", "subject": "ana"}

        for source, number in (("/a:b", "c"), ("/a", "b:c")):
            assert api.post("/api/events", told | {"source": source, "id": number}).status_code == 201

        assert available(api) == 120


def test_many_purchases_of_one_member_are_each_looked_up_twice_at_most(importer, beans, ana_beans):
    rule_by(beans, rule("first", fixed(5), conditions=leaf("member.orders_before", "lessThan", 3)))
    asked = []

    def watch(execute, sql, params, many, context):
        if "programs_places" in sql:
            asked.append(len(params[0]) if isinstance(params[0], list) else 1)
        return execute(sql, params, many, context)

    requests = [
        PurchaseRequest(names=Names("BEANS", "ana"), amount_minor=100, currency="EUR", reference=f"r-{n}")
        for n in range(12)
    ]
    with connection.execute_wrapper(watch):
        recorded = record_purchases(importer, requests)

    assert [one.posted.points for one in recorded] == [5] * 3 + [0] * 9
    assert sum(asked) <= 24


def test_after_a_purchase_of_nothing_was_reversed_the_next_is_the_first(api, beans, ana_beans):
    rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))
    free = earn(api, "0.00")
    assert (free["points"], earn(api, "0.00")["points"]) == (200, 0)

    for bought in Purchase.objects.filter(member=ana_beans.member):
        undo(api, {"id": str(bought.id)}, REVERSAL)

    assert earn(api, "1.00")["points"] == 200


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_a_return_in_times_to_come_lets_nothing_lapse(api, beans, ana_beans, at):
    Program.objects.filter(pk=beans.pk).update(expiry_months=12)
    bought = earn(api, "100.00")

    answer = api.post(
        f"/api/transactions/{bought['id']}/return", {"reference": "r", "amount": "1.00", "occurred_at": at}
    )

    assert pointers(answer) == ["/occurred_at"]
    assert available(api) == 100


def test_what_is_refused_takes_nothing_of_a_budget_from_the_others(importer, beans, ana_beans, ben_beans):
    campaign_by(beans, "spring", rule("s", fixed(60), group="bonus"), budget_points=120)

    def bought(who: str, key: str, reference: str) -> PurchaseRequest:
        return PurchaseRequest(names=Names("BEANS", who), amount_minor=1, currency="EUR", reference=reference, key=key)

    assert record_purchases(importer, [bought("ana", "k1", "r1")])[0].posted.points == 60
    again, other = record_purchases(importer, [bought("ana", "k2", "r1"), bought("ben", "k3", "r2")])

    assert (again.code, other.posted.points) == ("duplicate-reference", 60)
