"""A member's badges can be read, each once; they are told of, and stay."""

import pytest

from loyalty.events.models import Event
from programs.activity.member_page.timeline import timeline
from programs.activity.tests.ruled import fixed, rule, rule_by
from programs.activity.tests.tills import earn, give_back
from programs.rewards.issuing.grants import HandedOut, hand_out_grants

pytestmark = pytest.mark.django_db

BADGES = "/api/members/ana/badges"


def badge(code: str) -> dict:
    return {"type": "badge.award", "badge": code}


@pytest.fixture
def giving(beans):
    """A badge with each order, and another one with a large order."""
    large = {"fact": "order.net", "operator": "greaterThanInclusive", "value": "50.00"}
    rule_by(
        beans,
        rule("each", fixed(5), badge("regular")),
        rule("large", badge("big-spender"), conditions={"all": [large]}),
    )
    return beans


def seen(client, address: str = BADGES) -> list[tuple]:
    return [(row["badge"], row["program_code"], row["times"]) for row in client.get(address).json()["results"]]


def test_a_member_has_the_badges_that_rules_award(api, giving, ana_beans, ana_client):
    earn(api, "10.00")
    assert seen(api) == [("regular", "BEANS", 1)]
    bought = earn(api, "60.00")

    assert (
        seen(api)
        == seen(ana_client, "/api/members/me/badges")
        == [("big-spender", "BEANS", 1), ("regular", "BEANS", 2)]
    )
    newest = api.get(BADGES).json()["results"][0]
    assert newest["first_awarded_at"] == newest["last_awarded_at"] == bought["occurred_at"]


def test_they_are_paged(api, giving, ana_beans):
    earn(api, "60.00")
    first = api.get(f"{BADGES}?page_size=1").json()
    second = api.get(first["next"]).json()

    assert [row["badge"] for row in first["results"] + second["results"]] == ["big-spender", "regular"]
    assert (second["next"], seen(api, second["previous"])) == (None, [("big-spender", "BEANS", 1)])


def test_another_brand_sees_nobody_and_another_program_none(api, bistro_api, giving, ana_beans):
    earn(api, "10.00")

    assert bistro_api.get(BADGES).status_code == 404
    assert api.get(f"{BADGES}?program_id=NONE").status_code == 404
    assert seen(api, f"{BADGES}?program_id=BEANS") == [("regular", "BEANS", 1)]


def test_the_time_line_tells_of_it(api, giving, ana, ana_beans, cafe):
    earn(api, "10.00")
    hand_out_grants()

    newest = timeline(ana.pk, [ana_beans], {cafe.pk}, kind="rewards").moments
    assert [(one.title, one.details) for one in newest] == [("Badge awarded", ["regular"])]


def test_a_badge_is_told_of_once_and_stays_when_the_purchase_comes_back(api, giving, ana, ana_beans):
    bought = earn(api, "10.00")
    assert [hand_out_grants() for _ in range(2)] == [HandedOut(given=1), HandedOut()]
    give_back(api, bought["id"], amount="10.00")
    hand_out_grants()

    (told,) = Event.objects.filter(type="badge.awarded")
    assert (told.member_id, told.data["name"], told.data["rule"]) == (ana.pk, "regular", "each")
    assert not Event.objects.filter(type="grant.taken_back").exists()
    assert seen(api) == [("regular", "BEANS", 1)]
