"""Rewards and stamps that rules give: handed out once, and taken back unless they were used."""

import pytest
from django.db import connection

from loyalty.events.models import Event
from programs.activity.tests.ruled import fixed, rule, rule_by
from programs.activity.tests.tills import earn, give_back
from programs.activity.tests.together import all_at_once
from programs.earning.models import EventType
from programs.membership.enrolment import close
from programs.rewards.issuing import grants
from programs.rewards.issuing.grants import HandedOut, hand_out_grants
from programs.rewards.issuing.models import Grant
from programs.rewards.models import Reward, Voucher
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet

pytestmark = pytest.mark.django_db
MUG = {"type": "reward.grant", "reward": "mug"}
STAMPS = {"type": "stamp.add", "card": "coffee-card", "count": 2}


@pytest.fixture
def mug(beans):
    """One of ten mugs."""
    return Reward.objects.create(program=beans, code="mug", name="Mug", status="active", stock_left=10, voucher_days=30)


@pytest.fixture
def card(beans, mug):
    return StampCard.objects.create(program=beans, code="coffee-card", name="Coffee", stamps_needed=4, reward=mug)


@pytest.fixture
def giving(beans, mug, card):
    """A mug and two stamps with each order; a mug with each review."""
    EventType.objects.create(brand=beans.brand, name="review.written", fields={})
    rule_by(beans, rule("gifts", fixed(5), MUG, STAMPS), rule("review", MUG, trigger="event:review.written"))
    return beans


def told() -> list[tuple]:
    return list(Grant.objects.order_by("id").values_list("kind", "outcome", "reason"))


def reverse(api, transaction_id: str) -> None:
    answer = api.post(
        f"/api/transactions/{transaction_id}/reverse", {"reason": "no"}, HTTP_IDEMPOTENCY_KEY=transaction_id
    )
    assert answer.status_code == 201, answer.content


def test_a_reward_and_stamps_are_given_once(api, giving, mug, ana, ana_beans):
    bought = earn(api, "9.99")

    assert [hand_out_grants() for _ in range(2)] == [HandedOut(given=2), HandedOut()]

    voucher = Voucher.objects.get()
    assert (voucher.member_id, voucher.reward_id, voucher.kind, voucher.status) == (
        ana.pk,
        mug.pk,
        "personal",
        "claimed",
    )
    assert (voucher.expires_at - voucher.issued_at).days == 30
    stamp = Stamp.objects.get()
    assert (stamp.member_id, stamp.count, stamp.source) == (ana.pk, 2, "rule")
    assert stamp.reference == f"grant:{bought['id']}:1"
    assert told() == [("reward", "given", ""), ("stamps", "given", "")]
    assert (Grant.objects.first().voucher_id, Reward.objects.get().stock_left) == (voucher.pk, 9)


def test_an_event_gives_too(api, giving, ana_beans):
    body = {"specversion": "1.0", "id": "1", "source": "/x", "type": "review.written", "subject": "ana", "data": {}}
    assert api.post("/api/events", body).status_code == 201

    assert hand_out_grants() == HandedOut(given=1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"stock_left": 0}, "out-of-stock: There is none of the reward left."),
        ({"status": "archived"}, "reward-not-issuable: The reward is archived."),
        ({"code": "other"}, "not-found: The program has no reward mug."),
    ],
)
def test_what_cannot_be_given_is_refused_and_told(api, giving, ana, ana_beans, change, why):
    Reward.objects.update(**change)
    bought = earn(api, "9.99")

    assert hand_out_grants() == HandedOut(given=1, refused=1)

    assert told() == [("reward", "refused", why), ("stamps", "given", "")]
    event = Event.objects.get(type="grant.refused")
    assert (str(event.aggregate_id), event.member_id) == (bought["id"], ana.pk)
    assert event.data | {"reason": ""} == {
        "kind": "reward", "name": "mug", "count": 1, "rule": "gifts", "code": why.partition(":")[0], "reason": "",
    }  # fmt: skip
    assert (hand_out_grants(), Voucher.objects.count()) == (HandedOut(), 0)


def test_a_card_that_is_not_there_and_a_member_who_left_are_refused(api, giving, card, ana_beans):
    StampCard.objects.filter(pk=card.pk).update(code="other")
    earn(api, "9.99")
    hand_out_grants()
    earn(api, "9.99")
    close(ana_beans)
    hand_out_grants()

    assert [reason.partition(":")[0] for _, _, reason in told()] == [
        "", "not-found", "membership-closed", "membership-closed",
    ]  # fmt: skip


@pytest.mark.parametrize("undo", [reverse, give_back])
def test_what_came_back_wholly_takes_the_unused_with_it(api, giving, ana_beans, undo):
    bought = earn(api, "9.99")
    hand_out_grants()
    undo(api, bought["id"])

    assert hand_out_grants() == HandedOut(taken_back=2)

    voucher, stamp = Voucher.objects.get(), Stamp.objects.get()
    assert (voucher.status, voucher.disabled_reason) == ("disabled", "purchase came back")
    assert (bool(stamp.undone_at), stamp.undone_reason) == (True, "purchase came back")
    assert Reward.objects.get().stock_left == 10
    assert told() == [(kind, "taken_back", "purchase came back") for kind in ("reward", "stamps")]
    assert Event.objects.filter(type="grant.taken_back").count() == 2
    assert hand_out_grants() == HandedOut()


def test_what_comes_back_in_parts_is_taken_back_with_the_last(api, giving, ana_beans):
    bought = earn(api, "9.99")
    hand_out_grants()
    give_back(api, bought["id"], amount="9.98")
    assert hand_out_grants() == HandedOut(unchanged=2)
    give_back(api, bought["id"])

    assert hand_out_grants() == HandedOut(taken_back=2)


def test_what_came_back_before_it_was_handed_out_gives_nothing(api, giving, ana_beans):
    reverse(api, earn(api, "9.99")["id"])

    assert hand_out_grants() == HandedOut(taken_back=2)
    assert (Voucher.objects.count(), Stamp.objects.count()) == (0, 0)


def test_an_event_that_is_reversed_takes_its_gift_back(api, giving, ana_beans):
    body = {"specversion": "1.0", "id": "1", "source": "/x", "type": "review.written", "subject": "ana", "data": {}}
    answer = api.post("/api/events", body).json()
    hand_out_grants()
    reverse(api, answer["transactions"][0]["id"])

    assert hand_out_grants() == HandedOut(taken_back=1)
    assert Voucher.objects.get().status == "disabled"


def test_what_was_used_stays(api, giving, ana_beans):
    first, second = earn(api, "9.99"), earn(api, "9.99")
    hand_out_grants()
    Voucher.objects.update(status="redeemed", uses=1)
    StampSheet.objects.update(status="used")
    for bought in (first, second):
        reverse(api, bought["id"])

    assert hand_out_grants() == HandedOut(unchanged=4)
    assert set(told()) == {
        ("reward", "given", "voucher-in-use: The voucher has been used; it stays where it is."),
        ("stamps", "given", "stamp-spent: A sheet that the stamps are on has been turned into a voucher."),
    }
    assert set(Voucher.objects.values_list("status", flat=True)) == {"redeemed"}


def test_ended_in_the_middle_and_done_again_each_is_given_once(api, giving, ana_beans, monkeypatch):
    for _ in range(3):
        earn(api, "9.99")
    settle, calls = grants._settle, []

    def killed(grant_id):
        calls.append(grant_id)
        if len(calls) == 4:
            raise SystemExit
        return settle(grant_id)

    monkeypatch.setattr(grants, "_settle", killed)
    with pytest.raises(SystemExit):
        hand_out_grants()
    hand_out_grants()

    assert (Voucher.objects.count(), Stamp.objects.count()) == (3, 3)


def test_one_that_fails_keeps_nobody_from_theirs(api, giving, ana_beans, monkeypatch):
    for _ in range(2):
        earn(api, "9.99")
    give, first = grants.give_reward, Grant.objects.order_by("id").first()

    def failing(reward, member, **more):
        if Grant.objects.get(pk=first.pk).done == 0 and not Voucher.objects.exists() and not failing.failed:
            failing.failed = True
            raise RuntimeError("a fault of ours")
        return give(reward, member, **more)

    failing.failed = False
    monkeypatch.setattr(grants, "give_reward", failing)

    assert hand_out_grants() == HandedOut(given=3)
    assert hand_out_grants() == HandedOut(given=1)


@pytest.mark.django_db(transaction=True)
def test_by_four_at_once_each_is_given_once_and_taken_back_once(api, giving, ana_beans):
    bought = [earn(api, "9.99") for _ in range(8)]

    done = all_at_once(4, lambda n: hand_out_grants())
    assert (sum(one.given for one in done), Voucher.objects.count(), Stamp.objects.count()) == (16, 8, 8)
    assert Reward.objects.get().stock_left == 2
    for one in bought[:4]:
        reverse(api, one["id"])
    done = all_at_once(4, lambda n: hand_out_grants())

    assert (sum(one.taken_back for one in done), Reward.objects.get().stock_left) == (8, 6)
    assert Voucher.objects.filter(status="disabled").count() == 4


@pytest.mark.django_db(transaction=True)
def test_handed_out_while_purchases_come_back_nothing_is_left_of_them(api, giving, ana_beans):
    bought = [earn(api, "9.99") for _ in range(6)]

    def act(n: int) -> None:
        try:
            if n % 2:
                hand_out_grants()
            else:
                for one in bought[n // 2 :: 2]:
                    reverse(api, one["id"])
        finally:
            connection.close()

    all_at_once(4, act)
    hand_out_grants()

    assert set(Grant.objects.values_list("outcome", flat=True)) == {"taken_back"}
    assert not Voucher.objects.exclude(status="disabled").exists()
    assert (Stamp.objects.filter(undone_at=None).count(), Reward.objects.get().stock_left) == (0, 10)
