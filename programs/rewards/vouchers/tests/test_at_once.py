"""Many tills at the same moment: no more uses than there are, and one use for one key."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from loyalty import clock
from loyalty.errors import LoyaltyError
from programs.activity.tests.together import all_at_once
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.qr.models import UsedToken
from programs.rewards.vouchers.redeeming import RedeemRequest, redeem_voucher, rollback_redemption

pytestmark = pytest.mark.django_db(transaction=True)


def tried(till, voucher, key, **said) -> str:
    """What comes of one try: "redeemed", or the refusal's code."""
    try:
        redeem_voucher(till, RedeemRequest(voucher=voucher.code, key=key, **said))
    except LoyaltyError as refusal:
        return refusal.code
    return "redeemed"


def test_of_five_redemptions_of_a_code_with_three_uses_three_succeed(till, issued):
    voucher = issued("generic", code="THREE", uses_max=3)

    outcomes = all_at_once(5, lambda n: tried(till, voucher, f"k-{n}"))

    assert sorted(outcomes) == ["redeemed"] * 3 + ["voucher-used-up"] * 2
    assert (Voucher.objects.get().uses, VoucherUse.objects.count()) == (3, 3)


def test_of_eight_tills_with_eight_keys_one_redeems_a_voucher(till, issued):
    voucher = issued()

    outcomes = all_at_once(8, lambda n: tried(till, voucher, f"k-{n}"))

    assert sorted(outcomes) == ["redeemed"] + ["voucher-used-up"] * 7


def test_of_eight_tills_with_one_token_one_redeems(till, issued):
    voucher = issued(uses_max=8)
    token = SimpleNamespace(token_id="t", expires_at=clock.now() + timedelta(minutes=1))

    outcomes = all_at_once(8, lambda n: tried(till, voucher, f"k-{n}", token=token))

    assert sorted(outcomes) == ["redeemed"] + ["token-used"] * 7
    assert (Voucher.objects.get().uses, UsedToken.objects.count()) == (1, 1)


def test_the_same_key_eight_times_is_one_use_with_one_answer(till, issued):
    voucher = issued(uses_max=8)

    answers = all_at_once(8, lambda n: redeem_voucher(till, RedeemRequest(voucher=voucher.code, key="k")))

    assert {(one.use_id, one.voucher.uses, one.voucher.redeemed_at) for one in answers} == {
        (VoucherUse.objects.get().pk, 1, Voucher.objects.get().redeemed_at)
    }
    assert sorted(one.is_replayed for one in answers) == [False] + [True] * 7


def test_a_member_uses_it_once_at_eight_tills(till, issued, ana):
    voucher = issued("generic", code="ONCE", uses_max=None, member_uses_max=1)

    outcomes = all_at_once(8, lambda n: tried(till, voucher, f"k-{n}", member="ana"))

    assert sorted(outcomes) == ["member-used-up"] * 7 + ["redeemed"]


def test_a_gift_card_never_pays_more_than_it_holds(till, issued):
    card = issued("gift", value_minor=1_000, terms={"kind": "gift_card"})

    all_at_once(8, lambda n: tried(till, card, f"k-{n}", amount_minor=300, currency="EUR"))

    paid = VoucherUse.objects.values_list("discount_minor", flat=True)
    assert sorted(paid) == [100, 300, 300, 300]
    assert Voucher.objects.get().balance_minor == 0


def test_a_use_is_taken_back_once_by_eight_who_ask(till, issued):
    voucher = issued(uses_max=2)
    uses = [redeem_voucher(till, RedeemRequest(voucher=voucher.code, key=f"k-{n}")).use_id for n in range(2)]

    all_at_once(8, lambda n: rollback_redemption(till, voucher.code, key=f"b-{n}", use_id=uses[0]))

    assert Voucher.objects.get().uses == 1
