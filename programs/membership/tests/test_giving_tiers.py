"""Tiers given by hand, protection from going down, and what a brand knows of a member, asked for at the API."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import clock
from loyalty.events.models import Event
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Membership, TierChange
from programs.membership.operations import update_program
from programs.membership.selectors import tiers_of
from programs.membership.validity import TierTerms

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANA = "/api/programs/BEANS/members/ana"
LEVELS = [TierTerms("bronze", "Bronze", 0), TierTerms("silver", "Silver", 100), TierTerms("gold", "Gold", 200)]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def levels(beans, ana_beans):
    with clock.at(NOW):
        update_program(beans, {}, tiers=LEVELS)
        yield


def buy(api, amount, at=NOW):
    with clock.at(at):
        body = {"program_id": "BEANS", "amount": amount, "currency": "EUR", "reference": f"{amount} {at}"}
        assert api.post("/api/members/ana/earn", body).status_code == 201


def tier(at=NOW):
    with clock.at(at):
        found = tiers_of(list(Membership.objects.filter(member__name="Ana")))
    return next(iter(found.values())).code


def codes(response):
    assert response.status_code == 400, response.content
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def log():
    return list(TierChange.objects.order_by("recorded_at").values_list("before", "after", "reason", "note"))


def test_staff_give_a_tier_until_a_day(barista_client, barista):
    answer = barista_client.patch(
        ANA, {"tier": "gold", "tier_until": "2026-12-24T18:00:00+01:00", "reason": "Status match"}
    )

    assert answer.status_code == 200, answer.content
    seen = answer.json()
    assert (seen["tier"], seen["tier_is_given"], seen["tier_until"]) == ("gold", True, "2026-12-24T17:00:00Z")
    assert log() == [("", "bronze", "reached", ""), ("bronze", "gold", "manual", "Status match")]
    change = TierChange.objects.get(after="gold")
    assert (change.actor, change.occurred_at) == (f"person:{barista.id}", NOW)
    assert Event.objects.filter(type="tier.changed").last().data == {
        "before": "bronze", "after": "gold", "reason": "manual", "note": "Status match",
        "actor": f"person:{barista.id}",
    }  # fmt: skip
    end = datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert [tier(end - timedelta(seconds=1)), tier(end)] == ["gold", "bronze"]


def test_a_tier_that_was_given_ends_in_the_log_when_it_ended(barista_client):
    barista_client.patch(ANA, {"tier": "gold", "tier_until": "2026-12-24T17:00:00Z"})

    found = reassess_tiers(at=NOW + timedelta(days=60))

    assert found.downs == 1
    assert log()[-1] == ("gold", "bronze", "lapsed", "")
    assert TierChange.objects.get(before="gold").occurred_at == datetime(2026, 12, 24, 17, tzinfo=UTC)
    membership = Membership.objects.get(member__name="Ana")
    assert (membership.given_tier, membership.given_tier_until) == (None, None)


def test_a_tier_for_good_stays_and_a_higher_one_is_reached_and_lost_above_it(api, barista_client):
    barista_client.patch(ANA, {"tier": "silver"})
    buy(api, "250.00")
    assert tier() == "gold"

    later = NOW + timedelta(days=400)
    reassess_tiers(at=later)

    assert tier(later) == "silver"
    assert [row[:3] for row in log()] == [
        ("", "bronze", "reached"), ("bronze", "silver", "manual"), ("silver", "gold", "reached"),
        ("gold", "silver", "lapsed"),
    ]  # fmt: skip


def test_a_tier_that_was_given_is_taken_back(barista_client):
    barista_client.patch(ANA, {"tier": "gold"})

    answer = barista_client.patch(ANA, {"tier": None, "reason": "By mistake"}).json()

    assert (answer["tier"], answer["tier_is_given"]) == ("bronze", False)
    assert log()[-1] == ("gold", "bronze", "manual", "By mistake")


def test_giving_a_lower_tier_changes_nothing_now(api, barista_client):
    buy(api, "250.00")

    answer = barista_client.patch(ANA, {"tier": "silver"}).json()

    assert (answer["tier"], answer["tier_is_given"]) == ("gold", False)
    assert len(log()) == 1
    assert Event.objects.filter(type="tier.given").get().data["tier"] == "silver"


def test_giving_the_same_again_changes_nothing(barista_client):
    for _ in range(2):
        assert barista_client.patch(ANA, {"tier": "gold"}).status_code == 200

    assert len(log()) == 2
    assert Event.objects.filter(type="tier.given").count() == 1


def test_members_are_listed_by_the_tier_they_have(api, ben_beans):
    api.patch(ANA, {"tier": "gold"})

    def listed(code):
        return [row["name"] for row in api.get(f"/api/programs/BEANS/members?tier={code}").json()["results"]]

    assert (listed("gold"), listed("silver"), listed("none")) == (["Ana"], [], [])


def test_a_protected_member_does_not_go_down_before_it_ends(api, barista_client):
    buy(api, "250.00")

    answer = barista_client.patch(ANA, {"tier_protected_until": "2028-01-01T00:00:00Z", "reason": "On leave"})

    assert answer.json()["tier_protected_until"] == "2028-01-01T00:00:00Z"
    assert Event.objects.get(type="tier.protected").data["reason"] == "On leave"
    end = datetime(2028, 1, 1, tzinfo=UTC)
    assert reassess_tiers(at=end - timedelta(days=9)).downs == 0
    assert [tier(end - timedelta(seconds=1)), tier(end)] == ["gold", "bronze"]


def test_without_protection_the_member_has_what_they_deserve(api, barista_client):
    buy(api, "250.00")
    barista_client.patch(ANA, {"tier_protected_until": "2028-01-01T00:00:00Z"})

    with clock.at(NOW + timedelta(days=400)):
        barista_client.patch(ANA, {"tier_protected_until": None})

    assert log()[-1][:3] == ("gold", "bronze", "manual")


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ({"tier": "diamond"}, ("/tier", "unknown-tier")),
        ({"tier": "gold", "tier_until": "2026-11-21T12:00:00Z"}, ("/tier_until", "out-of-range")),
        ({"tier": None, "tier_until": "2027-11-21T12:00:00Z"}, ("/tier_until", "out-of-range")),
        ({"tier_until": "2027-11-21T12:00:00Z"}, ("/tier_until", "without-tier")),
        ({"tier_protected_until": "2026-11-20T12:00:00Z"}, ("/tier_protected_until", "out-of-range")),
        ({"attributes": {"Shoe Size": "41"}}, ("/attributes/Shoe Size", "invalid-format")),
        ({"attributes": {"shoe_size": "4" * 201}}, ("/attributes/shoe_size", "invalid-length")),
        ({"attributes": {f"n{n}": "" for n in range(51)}}, ("/attributes", "too-many")),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(barista_client, body, mistake):
    assert codes(barista_client.patch(ANA, body)) == [mistake]
    assert TierChange.objects.count() == 0


def test_all_of_a_change_is_done_or_nothing(barista_client):
    assert barista_client.patch(ANA, {"tier": "gold", "attributes": {"?": ""}}).status_code == 400

    assert Membership.objects.get(member__name="Ana").given_tier is None


def test_attributes_are_written_and_the_event_tells_their_names_only(api):
    api.patch(ANA, {"attributes": {"shoe_size": "41", "pet": "cat"}})

    answer = api.patch(ANA, {"attributes": {"shoe_size": "42"}})

    assert answer.json()["attributes"] == {"shoe_size": "42"}
    assert [event.data["fields"] for event in Event.objects.filter(type="membership.updated").order_by("id")] == [
        ["attributes.pet", "attributes.shoe_size"], ["attributes.pet", "attributes.shoe_size"],
    ]  # fmt: skip
    for data in Event.objects.values_list("data", flat=True):
        assert not {"41", "42", "cat"} & {value for value in data.values() if isinstance(value, str)}


def test_members_and_strangers_give_no_tiers(ana_client, bistro_api):
    assert ana_client.patch(ANA.replace("/ana", "/me"), {"tier": "gold"}).status_code == 403
    assert bistro_api.patch(ANA, {"tier": "gold"}).status_code == 404


def test_nobody_gives_themselves_a_tier(ana, cafe, as_person):
    from loyalty.identity.models import Staff

    Staff.objects.create(person=ana.person, brand=cafe, role=Staff.Role.ADMIN)

    answer = as_person(ana.person).patch(ANA, {"tier": "gold"})

    assert (answer.status_code, answer.json()["code"]) == (403, "own-request")


def test_who_has_left_is_given_nothing(api, ana_beans):
    Membership.objects.update(status="closed")

    answer = api.patch(ANA, {"tier": "gold"})

    assert (answer.status_code, answer.json()["code"]) == (409, "membership-closed")
