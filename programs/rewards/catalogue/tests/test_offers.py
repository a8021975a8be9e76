"""What a member may claim now, and why not the rest, in few questions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from programs.activity.tests.tills import deposit, refusal
from programs.earning.models import Segment, SegmentMember
from programs.membership.models import Membership, Program, Tier
from programs.membership.operations import create_program
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import PoolCode, RewardTaken, StockHold

pytestmark = pytest.mark.django_db


def offers(client, **asked) -> list[dict]:
    answer = client.get("/api/offers/available", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def reasons(client, **asked) -> dict[str, str | None]:
    return {one["reward"]["code"]: one["reason"] for one in offers(client, all="true", **asked)}


def fill(program, ana, ben, cafe) -> None:
    """A reward for each reason."""
    now = clock.now()
    Tier.objects.create(program=program, code="gold", name="Gold", points_min=10_000)
    vip = Segment.objects.create(brand=cafe, key="vip", name="VIP")
    SegmentMember.objects.create(segment=vip, member=ben)
    new = {"all": [{"fact": "member.days_since_joining", "operator": "lessThan", "value": 5}]}
    Segment.objects.create(brand=cafe, key="new", name="New", kind="dynamic", conditions=new)
    reward(program, "plain")
    reward(program, "cheap", points_cost=100)
    reward(program, "dear", points_cost=501)
    reward(program, "later", starts_at=now + timedelta(days=1))
    reward(program, "over", ends_at=now - timedelta(days=1))
    reward(program, "gold", tiers=["gold"])
    reward(program, "vip", segments=["vip"])
    reward(program, "new", segments=["new", "vip"])
    reward(program, "gone", stock_left=0)
    held = reward(program, "held", stock_left=1)
    StockHold.objects.create(reward=held, member=ben, expires_at=now + timedelta(minutes=5))
    once = reward(program, "once", member_max=1)
    RewardTaken.objects.create(reward=once, member=ana, count=1)
    reward(program, "draft", status="draft")
    pool = reward(program, "pool", kind="external_code")
    PoolCode.objects.create(reward=pool, code="A")
    reward(program, "empty", kind="external_code")


def test_only_what_can_be_claimed_is_offered(api, ana_client, ana, ben, cafe, ana_beans):
    deposit(api, 500)
    fill(ana_beans.program, ana, ben, cafe)

    assert {one["reward"]["code"] for one in offers(ana_client)} == {"plain", "cheap", "new", "pool"}
    assert offers(api, member_id="ana")[0]["is_available"]


def test_of_the_rest_it_is_told_why_not(api, ana_client, ana, ben, cafe, ana_beans):
    deposit(api, 500)
    fill(ana_beans.program, ana, ben, cafe)

    assert reasons(ana_client) == {
        "plain": None, "cheap": None, "new": None, "pool": None,
        "dear": "insufficient-points", "later": "offer-not-open", "over": "offer-not-open", "gold": "tier-too-low",
        "vip": "not-in-segment", "gone": "out-of-stock", "held": "out-of-stock", "once": "member-limit",
        "empty": "out-of-stock",
    }  # fmt: skip
    dear = next(one for one in offers(api, member_id="ana", all="true") if one["reward"]["code"] == "dear")
    assert (dear["points_missing"], dear["reason_text"]) == (1, "1 more points are needed.")


def test_the_tier_is_the_one_that_the_member_has_now(api, ana_client, ana, ben, cafe, ana_beans):
    fill(ana_beans.program, ana, ben, cafe)
    gold = Tier.objects.get()

    assert reasons(ana_client)["gold"] == "tier-too-low"
    Membership.objects.update(given_tier=gold, given_tier_since=clock.now() - timedelta(days=1))
    assert reasons(ana_client)["gold"] is None


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_a_membership_that_is_not_active_is_told(api, ana_beans, state):
    reward(ana_beans.program, "mug")
    Membership.objects.update(status=state)

    assert offers(api, member_id="ana") == []
    assert reasons(api, member_id="ana") == {"mug": f"membership-{state}"}


def test_a_program_open_to_all_is_offered_to_join(ana_client, api, ana, beans):
    reward(beans, "mug")

    assert reasons(ana_client) == reasons(api, member_id="ana") == {}
    Program.objects.update(is_community=True)
    assert reasons(ana_client) == reasons(api, member_id="ana") == {"mug": "membership-required"}


def test_the_questions_are_as_many_for_two_rewards_as_for_sixty(api, ana, ben, cafe, ana_beans):
    deposit(api, 500)
    fill(ana_beans.program, ana, ben, cafe)

    def asked() -> int:
        with CaptureQueriesContext(connection) as told:
            offers(api, member_id="ana", all="true")
        return len(told)

    asked()
    few = asked()
    for n in range(50):
        reward(ana_beans.program, f"more-{n}", points_cost=n, segments=["new"], tiers=["gold"] if n % 2 else [])

    assert asked() == few <= 9


def test_offers_come_in_pages_and_are_not_sent_twice(ana_client, ana_beans):
    for n in range(5):
        reward(ana_beans.program, f"mug-{n}", position=n // 2)

    first = ana_client.get("/api/offers/available?page_size=2")
    codes, pages = [], first.json()
    while True:
        codes += [one["reward"]["code"] for one in pages["results"]]
        if not pages["next"]:
            break
        pages = ana_client.get(pages["next"]).json()

    assert codes == ["mug-1", "mug-0", "mug-3", "mug-2", "mug-4"]
    back = ana_client.get(pages["previous"]).json()
    assert [one["reward"]["code"] for one in back["results"]] == ["mug-3", "mug-2"]
    assert ana_client.get("/api/offers/available?page_size=2", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert ana_client.get("/api/offers/available?cursor=W2ZhbHNlLFsiYSIsImIiXV0").status_code == 400


def test_a_brand_asks_of_its_members_and_its_programs_only(api, bistro_api, ana, ana_beans, bistro):
    reward(ana_beans.program, "mug")
    reward(create_program(bistro, code="STEAKS", name="Steaks", is_community=True), "steak")

    assert reasons(api, member_id="ana") == {"mug": None}
    assert refusal(bistro_api.get("/api/offers/available?member_id=ana")) == (404, "not-found")
    assert refusal(api.get("/api/offers/available?member_id=ana&program_id=STEAKS")) == (404, "not-found")
    assert api.get("/api/offers/available").status_code == 400


def test_offers_are_told_in_the_members_language(ana_client, ana_beans):
    reward(ana_beans.program, "mug", name="Mug", translations={"nl": {"name": "Mok"}})

    answer = ana_client.get("/api/offers/available", HTTP_ACCEPT_LANGUAGE="nl-NL")

    assert answer.json()["results"][0]["reward"]["name"] == "Mok" and answer["Content-Language"] == "nl"
