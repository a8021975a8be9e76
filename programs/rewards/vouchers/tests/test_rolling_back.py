"""Taking a use back: the voucher can be used again, and the same request again answers the same."""

from datetime import timedelta

import pytest

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events.models import Event
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.disabling import disable_voucher
from programs.rewards.vouchers.redeeming import Order, RedeemRequest, redeem_voucher, rollback_redemption


def redeem(till, voucher, key="k-1", **said):
    return redeem_voucher(till, RedeemRequest(voucher=voucher.code, key=key, **said))


def test_a_use_is_taken_back_and_the_voucher_is_usable_again(till, issued):
    voucher = issued()
    redeem(till, voucher)

    back = rollback_redemption(till, voucher.code, key="b-1", reason="payment failed")

    voucher.refresh_from_db()
    assert (voucher.status, voucher.uses, voucher.redeemed_at) == ("issued", 0, None)
    assert (back.voucher.status, back.voucher.uses, back.is_replayed) == ("issued", 0, False)
    assert redeem(till, voucher, "k-2").voucher.status == "redeemed"


def test_what_a_member_claimed_is_claimed_again(till, issued, ana):
    voucher = issued("personal", member=ana, status="claimed")
    redeem(till, voucher)

    assert rollback_redemption(till, voucher.code, key="b-1").voucher.status == "claimed"


def test_the_same_key_answers_the_first_answer(till, issued):
    voucher = issued(uses_max=3)
    redeem(till, voucher)
    redeem(till, voucher, "k-2")
    first = rollback_redemption(till, voucher.code, key="b-1")
    redeem(till, voucher, "k-3")

    again = rollback_redemption(till, voucher.code, key="b-1")

    assert (again.is_replayed, again.use.pk, again.voucher.uses) == (True, first.use.pk, 1)
    assert Voucher.objects.get().uses == 2
    with pytest.raises(KeyReused):
        rollback_redemption(till, voucher.code, key="b-1", reason="another")


def test_a_use_is_taken_back_once_by_whatever_key(till, issued):
    voucher = issued(uses_max=2)
    one, _ = redeem(till, voucher), redeem(till, voucher, "k-2")
    rollback_redemption(till, voucher.code, key="b-1", use_id=one.use_id)

    again = rollback_redemption(till, voucher.code, key="b-2", use_id=one.use_id)

    assert (again.is_replayed, Voucher.objects.get().uses) == (True, 1)
    assert Event.objects.filter(type="voucher.rolled_back").count() == 1


def test_the_last_use_goes_first(till, issued):
    voucher = issued(uses_max=3)
    uses = [redeem(till, voucher, f"k-{n}").use_id for n in range(3)]

    taken = [rollback_redemption(till, voucher.code, key=f"b-{n}").use.pk for n in range(3)]

    assert taken == uses[::-1]
    with pytest.raises(errors.NotRedeemed):
        rollback_redemption(till, voucher.code, key="b-4")


def test_a_use_of_another_voucher_is_not_there(till, issued):
    voucher, other = issued(), issued()
    done = redeem(till, other)

    with pytest.raises(NotFound):
        rollback_redemption(till, voucher.code, key="b-1", use_id=done.use_id)


def test_a_gift_card_holds_again_what_it_paid(till, issued):
    card = issued("gift", value_minor=1_000, terms={"kind": "gift_card"})
    for n, paid in enumerate((300, 700)):
        redeem(till, card, f"k-{n}", order=Order.of_amount(paid, "EUR"))

    back = rollback_redemption(till, card.code, key="b-1")

    card.refresh_from_db()
    assert (back.voucher.balance_minor, card.balance_minor, card.status, card.uses) == (700, 700, "issued", 1)


def test_a_gift_card_that_expired_since_gets_its_balance_but_not_its_time(till, issued):
    card = issued("gift", value_minor=1_000, terms={"kind": "gift_card"}, expires_at=clock.now() + timedelta(days=1))
    redeem(till, card, order=Order.of_amount(300, "EUR"))
    Voucher.objects.filter(pk=card.pk).update(status="expired")

    rollback_redemption(till, card.code, key="b-1")

    card.refresh_from_db()
    assert (card.status, card.balance_minor, card.uses) == ("expired", 1_000, 0)


def test_of_a_disabled_voucher_only_the_use_is_marked(till, issued):
    voucher = issued(uses_max=2)
    redeem(till, voucher)
    disable_voucher(till, voucher.code, reason="lost")

    rollback_redemption(till, voucher.code, key="b-1")

    voucher.refresh_from_db()
    assert (voucher.status, voucher.uses) == ("disabled", 1)
    assert VoucherUse.objects.get().rolled_back_at is not None


def test_its_members_use_counts_no_more(till, issued, ana):
    voucher = issued("generic", code="SUMMER", uses_max=None, member_uses_max=1)
    redeem(till, voucher, member="ana")
    rollback_redemption(till, voucher.code, key="b-1")

    assert redeem(till, voucher, "k-2", member="ana").voucher.uses == 1
