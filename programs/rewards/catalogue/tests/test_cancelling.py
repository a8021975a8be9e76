"""A claim that is undone: what comes back, to where, and what cannot be undone any more."""

from datetime import timedelta

import pytest

from ledger.models import Lot
from loyalty import clock
from programs.activity.tests.tills import available, balance, deposit, fresh, refusal
from programs.membership.models import Program
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.catalogue.tests.test_claiming import claim
from programs.rewards.models import PoolCode, Reward, RewardTaken, Voucher

pytestmark = pytest.mark.django_db


def cancel(api, voucher: dict, *, key=None, **more):
    return api.post(f"/api/vouchers/{voucher['id']}/cancel", {"idempotency_key": key or fresh("cancel")} | more)


def lots() -> list[tuple]:
    return list(Lot.objects.order_by("id").values_list("remaining", "expires_at"))


def test_points_go_back_to_their_lots_with_their_first_expiry(api, ana_beans):
    for months in (1, 3, None):
        Program.objects.update(expiry_months=months)
        deposit(api, 100)
    reward(ana_beans.program, "mug", points_cost=250, stock_left=2, member_max=1)
    before, held = lots(), balance(api)
    voucher = claim(api).json()
    assert available(api) == 50

    answer = cancel(api, voucher, reason="Claimed by mistake")

    assert (answer.status_code, answer.json()["status"]) == (200, "disabled")
    assert lots() == before and balance(api) | {"lifetime_redeemed": 0} == held | {"lifetime_redeemed": 0}
    assert (Reward.objects.get().stock_left, RewardTaken.objects.get().count) == (2, 0)
    kept = Voucher.objects.get()
    assert kept.disabled_reason == "Claim cancelled: Claimed by mistake" and kept.cancelled_at
    assert claim(api).status_code == 201


def test_cancelled_again_nothing_more_comes_back(api, ana_beans):
    deposit(api, 100)
    reward(ana_beans.program, "mug", points_cost=60, stock_left=2)
    voucher = claim(api).json()

    first, again, other = (cancel(api, voucher, key=key) for key in ("a", "a", "b"))

    assert first.content == again.content == other.content
    assert [one.get("Idempotent-Replayed") for one in (first, again, other)] == [None, "true", "true"]
    assert (available(api), Reward.objects.get().stock_left) == (100, 2)


def test_the_first_answer_to_a_claim_stays_after_it_was_cancelled(api, ana_beans):
    reward(ana_beans.program, "mug")
    first = claim(api, key="k")
    cancel(api, first.json())

    assert claim(api, key="k").content == first.content


def test_a_free_claim_gives_stock_back_and_moves_no_points(api, ana_beans):
    reward(ana_beans.program, "mug", stock_left=1)

    cancel(api, claim(api).json())

    assert Reward.objects.get().stock_left == 1 and not Lot.objects.exists()


def test_a_code_of_somebody_else_stays_spent(api, ana_beans):
    cinema = reward(ana_beans.program, "cinema", kind="external_code")
    PoolCode.objects.create(reward=cinema, code="SEAT-1")

    cancel(api, claim(api, "cinema").json())

    assert refusal(claim(api, "cinema")) == (409, "out-of-stock")


@pytest.mark.parametrize("change", [{"uses": 1, "status": "redeemed"}, {"uses": 1, "uses_max": 2}, {"expires_at": 1}])
def test_what_was_used_or_has_ended_is_not_cancelled(api, ana_beans, change):
    deposit(api, 100)
    reward(ana_beans.program, "mug", points_cost=60)
    voucher = claim(api).json()
    if "expires_at" in change:
        change = {"expires_at": clock.now() - timedelta(seconds=1)}
    Voucher.objects.update(**change)

    assert refusal(cancel(api, voucher)) == (409, "claim-not-cancellable")
    assert available(api) == 40


def test_a_voucher_that_was_not_claimed_and_one_that_was_disabled_are_not_cancelled(api, ana, ana_beans):
    deposit(api, 100)
    mug = reward(ana_beans.program, "mug", points_cost=60, stock_left=5)
    given = Voucher.objects.create(
        brand=ana_beans.program.brand, program=ana_beans.program, reward=mug, member=ana, code="GIVEN", created_by="x"
    )
    disabled = claim(api).json()
    Voucher.objects.filter(pk=disabled["id"]).update(status="disabled", disabled_reason="Claim cancelled: not really")

    assert refusal(cancel(api, {"id": given.pk})) == (409, "claim-not-cancellable")
    assert refusal(cancel(api, disabled)) == (409, "claim-not-cancellable")
    assert available(api) == 40


def test_members_and_partners_cancel_nothing_and_strangers_see_nothing(
    api, ana_client, barista_client, bistro_api, barista, ana_beans
):
    reward(ana_beans.program, "mug")
    voucher = claim(api).json()

    assert refusal(cancel(ana_client, voucher)) == (403, "forbidden")
    assert refusal(cancel(bistro_api, voucher)) == (404, "not-found")
    assert refusal(api.post(f"/api/vouchers/{voucher['id']}/cancel", {})) == (400, "idempotency-key-required")
    assert cancel(barista_client, voucher).status_code == 200


def test_what_paid_for_a_voucher_is_not_reversed_by_itself(api, ana_beans):
    deposit(api, 100)
    reward(ana_beans.program, "mug", points_cost=60)
    voucher = claim(api).json()
    spent = Voucher.objects.get(pk=voucher["id"]).posting_id

    answer = api.post(f"/api/transactions/{spent}/reverse", {"reason": "x", "idempotency_key": "r"})

    assert refusal(answer) == (409, "paid-for-voucher")
    assert available(api) == 40 and Voucher.objects.get().status == "claimed"
