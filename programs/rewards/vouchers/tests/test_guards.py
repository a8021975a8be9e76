"""The states of a voucher are guarded in the database: what Python would never write is refused there too."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty import clock
from programs.rewards.vouchers.redeeming import RedeemRequest, redeem_voucher


def refused(voucher, change: str) -> str:
    """The constraint that refuses the raw change; "" where it is taken."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update programs_voucher set {change} where id = %s", [voucher.pk])
    except IntegrityError as error:
        return error.__cause__.diag.constraint_name
    return ""


@pytest.mark.parametrize(
    ("status", "change", "constraint"),
    [
        ("issued", "status = 'claimed'", ""),
        ("issued", "status = 'redeemed', uses = 1", ""),
        ("issued", "status = 'redeemed'", "voucher_states_follow"),
        ("issued", "uses = 2", "voucher_uses_are_bounded"),
        ("issued", "code = 'OTHER'", "voucher_stays_what_it_is"),
        ("claimed", "status = 'issued'", "voucher_states_follow"),
        ("claimed", "status = 'disabled'", ""),
        ("expired", "status = 'issued'", "voucher_ends_once"),
        ("expired", "status = 'redeemed'", "voucher_ends_once"),
        ("expired", "status = 'disabled'", "voucher_ends_once"),
        ("expired", "status = 'redeemed', uses = 1", ""),
        ("disabled", "status = 'issued'", "voucher_ends_once"),
        ("disabled", "status = 'redeemed', uses = 1", "voucher_ends_once"),
        ("disabled", "uses = 1", "voucher_ends_once"),
    ],
)
def test_which_state_follows_which(issued, status, change, constraint):
    voucher = issued()
    refused(voucher, f"status = '{status}'") if status != "issued" else None

    assert refused(voucher, change) == constraint


def test_what_was_redeemed_is_open_again_only_when_a_use_is_taken_back(till, issued):
    voucher = issued()
    redeem_voucher(till, RedeemRequest(voucher=voucher.code, key="k"))

    assert refused(voucher, "status = 'issued'") == "voucher_states_follow"
    assert refused(voucher, "status = 'expired'") == "voucher_states_follow"
    assert refused(voucher, "status = 'issued', uses = 0") == ""


def test_a_balance_stays_within_what_the_card_held(issued):
    card = issued("gift", value_minor=1_000, terms={"kind": "gift_card"})

    assert refused(card, "balance_minor = -1") == "voucher_balance_is_bounded"
    assert refused(card, "balance_minor = 1001") == "voucher_balance_is_bounded"
    assert refused(card, "status = 'expired', expired_at = now()") == ""
    assert refused(card, "balance_minor = 0") == "voucher_ends_once"


def test_vouchers_and_their_uses_are_not_removed(till, issued):
    voucher = issued(expires_at=clock.now() + timedelta(days=1))
    redeem_voucher(till, RedeemRequest(voucher=voucher.code, key="k"))

    for table, constraint in (("voucheruse", "voucher_use_is_kept"), ("voucher", "voucher_is_kept")):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"delete from programs_{table}")
        assert refusal.value.__cause__.diag.constraint_name == constraint
