"""A member claims a reward: what moves, what a repeated request answers, and what is refused."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Posting
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Person
from loyalty.testing.statements import beginnings
from programs.activity.tests.tills import available, balance, deposit, fresh, refusal
from programs.earning.models import Segment, SegmentMember
from programs.membership.models import Membership, Program, Tier
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import PoolCode, Reward, RewardTaken, Voucher

pytestmark = pytest.mark.django_db


def claim(api, code="mug", *, member: str | None = "ana", key=None, **more):
    body = {"idempotency_key": key or fresh("claim")} | ({"member_id": member} if member else {}) | more
    return api.post(f"/api/offers/{code}/claim", body)


def test_a_claim_spends_points_takes_stock_and_answers_the_voucher(api, ana, ana_beans):
    deposit(api, 1000)
    mug = reward(ana_beans.program, "mug", points_cost=300, stock_left=5, voucher_days=30)

    answer = claim(api)

    told = answer.json()
    assert answer.status_code == 201 and answer["Location"] == f"/api/vouchers/{told['id']}"
    assert (told["kind"], told["status"], told["points"], told["reward_id"]) == (
        "personal",
        "claimed",
        300,
        str(mug.pk),
    )
    assert (told["member_id"], told["uses"], told["uses_max"]) == (str(ana.pk), 0, 1)
    voucher = Voucher.objects.get()
    posting = Posting.objects.get(public_id=voucher.posting_id)
    assert (posting.kind, posting.points, posting.data["claimed"]) == ("redeem", -300, "mug")
    assert (available(api), Reward.objects.get().stock_left, RewardTaken.objects.get().count) == (700, 4, 1)
    assert Event.objects.get(type="voucher.claimed").aggregate_id == voucher.pk


def test_a_member_claims_for_themselves_and_for_nobody_else(api, ana_client, ben, ana_beans, ben_beans):
    deposit(api, 500)
    reward(ana_beans.program, "mug", points_cost=300)

    assert claim(ana_client, member=None).status_code == 201
    assert refusal(claim(ana_client, member=str(ben.pk))) == (404, "not-found")
    assert claim(api, member=None).status_code == 400


def test_the_same_request_again_answers_the_voucher_as_it_was_claimed(api, ana_beans):
    deposit(api, 1000)
    mug = reward(ana_beans.program, "mug", points_cost=300, stock_left=1, member_max=1)

    first = claim(api, key="k")
    Voucher.objects.update(status="redeemed", uses=1, redeemed_at=clock.now())
    Reward.objects.filter(pk=mug.pk).update(status="archived", points_cost=5)
    again = claim(api, key="k")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert available(api) == 700


def test_a_free_claim_is_repeated_without_a_second_voucher(api, ana_beans):
    reward(ana_beans.program, "mug")

    first, again = claim(api, key="k"), claim(api, key="k")

    assert again.content == first.content
    assert Voucher.objects.count() == 1 and not Posting.objects.exists()


def test_a_key_that_came_with_something_else_is_refused(api, ana_beans, ben_beans):
    deposit(api, 1000)
    reward(ana_beans.program, "mug", points_cost=300)
    reward(ana_beans.program, "tea")
    claim(api, key="k")
    api.post("/api/members/ana/redeem", {"program_id": "BEANS", "points": 5, "idempotency_key": "r"})

    assert refusal(claim(api, "tea", key="k")) == (422, "idempotency-key-reused")
    assert refusal(claim(api, key="k", member="ben")) == (422, "idempotency-key-reused")
    assert refusal(claim(api, key="r")) == (422, "idempotency-key-reused")
    assert refusal(api.post("/api/offers/mug/claim", {"member_id": "ana"})) == (400, "idempotency-key-required")
    assert Voucher.objects.count() == 1


def test_a_gift_card_holds_its_value_a_donation_is_done_and_a_code_of_somebody_else_is_shown(
    api, as_person, barista, ana_beans
):
    program = ana_beans.program
    reward(program, "card", kind="gift_card", value_minor=2550)
    reward(program, "trees", kind="donation")
    cinema = reward(program, "film", kind="external_code")
    PoolCode.objects.bulk_create(PoolCode(reward=cinema, code=code) for code in ("SEAT-1", "SEAT-2"))

    card, trees, film = (claim(api, code).json() for code in ("card", "trees", "film"))

    assert (card["kind"], card["value"], card["balance"], card["status"]) == ("gift", "25.50", "25.50", "claimed")
    assert (trees["status"], trees["uses"]) == ("redeemed", 1)
    assert film["external_code"] == "SEAT-1"
    barista.posts.update(role="partner")
    partners = claim(as_person(barista), "film").json()
    assert "external_code" not in partners
    assert refusal(claim(api, "film")) == (409, "out-of-stock")


def test_what_stands_against_a_claim_is_told_in_one_order(api, ana, ana_beans, cafe):
    program, now = ana_beans.program, clock.now()
    gold = Tier.objects.create(program=program, code="gold", name="Gold", points_min=10)
    vip = Segment.objects.create(brand=cafe, key="vip", name="VIP")
    mug = reward(
        program, "mug", status="paused", points_cost=50, tiers=["gold"], segments=["vip"], member_max=1, stock_left=0,
        starts_at=now + timedelta(days=1),
    )  # fmt: skip
    RewardTaken.objects.create(reward=mug, member=ana, count=1)

    def then(**change) -> tuple[int, str]:
        Reward.objects.filter(pk=mug.pk).update(**change)
        return refusal(claim(api))

    assert then() == (409, "offer-not-open")
    assert then(status="active") == (409, "offer-not-open")
    assert then(starts_at=None, ends_at=now - timedelta(days=1)) == (409, "offer-not-open")
    assert then(ends_at=None) == (409, "tier-too-low")
    Membership.objects.filter(pk=ana_beans.pk).update(given_tier=gold, given_tier_since=now)
    assert then() == (409, "not-in-segment")
    SegmentMember.objects.create(segment=vip, member=ana)
    assert then() == (409, "member-limit")
    RewardTaken.objects.all().delete()
    assert then() == (409, "out-of-stock")
    assert then(stock_left=5) == (422, "insufficient-points")
    deposit(api, 50)
    assert claim(api).status_code == 201
    assert Reward.objects.get().stock_left == 4


def test_a_segment_by_conditions_is_asked_at_that_moment(api, ana, ana_beans, cafe):
    conditions = {"all": [{"fact": "member.attributes.club", "operator": "equal", "value": "rowing"}]}
    Segment.objects.create(brand=cafe, key="rowers", name="Rowers", kind="dynamic", conditions=conditions)
    reward(ana_beans.program, "mug", segments=["rowers"])

    assert refusal(claim(api)) == (409, "not-in-segment")
    Membership.objects.filter(pk=ana_beans.pk).update(attributes={"club": "rowing"})
    assert claim(api).status_code == 201


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "suspended"}, "membership-suspended"),
        ({"status": "closed"}, "membership-closed"),
        ({"program": "paused"}, "program-not-active"),
    ],
)
def test_the_program_and_the_membership_must_be_active(api, ana_beans, change, code):
    reward(ana_beans.program, "mug")
    if "program" in change:
        Program.objects.update(status=change["program"])
    else:
        Membership.objects.update(**change)

    assert refusal(claim(api)) == (409, code)


def test_who_does_not_take_part_claims_nothing(api, ana, beans):
    reward(beans, "mug")

    assert refusal(claim(api)) == (409, "membership-required")


def test_in_a_cool_down_a_member_claims_nothing(ana_client, ana, ana_beans, cafe):
    reward(ana_beans.program, "mug")
    type(cafe).objects.update(cool_down_hours=24)
    Person.objects.filter(pk=ana.person_id).update(cool_down_from=clock.now())

    assert claim(ana_client, member=None).json()["code"] == "step-up-required"


def test_a_draft_is_nobodys_and_a_strangers_reward_too(ana_client, bistro_api, key_with, ana_beans):
    reward(ana_beans.program, "mug", status="draft")
    reward(ana_beans.program, "tea")

    assert refusal(claim(ana_client, member=None)) == (404, "not-found")
    assert refusal(claim(bistro_api, "tea")) == (404, "not-found")
    assert refusal(claim(key_with("read"), "tea")) == (403, "scope-missing")
    assert claim(key_with("redeem"), "tea").status_code == 201


def test_points_live_on_where_spending_keeps_them(api, ana_beans):
    Program.objects.update(expiry_kind="inactivity", expiry_months=2)
    deposit(api, 1000)
    reward(ana_beans.program, "mug", points_cost=100)
    before = balance(api)["expiring"]

    with clock.at(clock.now() + timedelta(days=20)):
        claim(api)
        after = balance(api)["expiring"]

    assert after[0]["expires_at"] > before[0]["expires_at"]


def test_a_claim_takes_few_round_trips(api, ana_beans):
    deposit(api, 1000)
    reward(ana_beans.program, "mug", points_cost=100, stock_left=5, member_max=5)
    claim(api)

    with CaptureQueriesContext(connection) as told:
        assert claim(api).status_code == 201

    assert len(beginnings(told.captured_queries)) <= 14, "\n".join(beginnings(told.captured_queries, 110))


class TestWhenItBreaksOff:
    """What fails in the middle leaves nothing."""

    def test_nothing_is_left_of_a_claim_that_breaks_off(self, api, ana_beans, monkeypatch):
        from programs.rewards.catalogue import giving

        deposit(api, 1000)
        reward(ana_beans.program, "mug", points_cost=300, stock_left=5)
        taken = giving.take_stock

        def break_off(*args, **more):
            taken(*args, **more)
            raise RuntimeError("the power is gone")

        api.raise_request_exception = False
        with monkeypatch.context() as broken:
            broken.setattr(giving, "take_stock", break_off)
            assert claim(api, key="k").status_code == 500

        assert (available(api), Reward.objects.get().stock_left) == (1000, 5)
        assert not Voucher.objects.exists() and not RewardTaken.objects.exists()
        assert not Event.objects.filter(type="voucher.claimed").exists()
        assert claim(api, key="k").status_code == 201
