"""Putting an end to a voucher, moving it to another program, and giving it another end."""

from datetime import timedelta

import pytest

from ledger.accounts import open_unit
from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events.models import Event
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.rewards.models import Voucher
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.disabling import disable_voucher
from programs.rewards.vouchers.moving import change_voucher
from programs.rewards.vouchers.redeeming import RedeemRequest, redeem_voucher, rollback_redemption


@pytest.fixture
def leaves(cafe) -> Program:
    return Program.objects.create(brand=cafe, unit=open_unit(cafe, name="leaves"), code="LEAVES", name="Leaves")


def test_a_disabled_voucher_says_why_and_when(till, issued):
    voucher = issued()

    for _ in range(2):
        disable_voucher(till, voucher.code, reason="printed wrongly")

    voucher.refresh_from_db()
    assert (voucher.status, voucher.disabled_reason) == ("disabled", "printed wrongly")
    assert voucher.disabled_at is not None
    assert Event.objects.filter(type="voucher.disabled").count() == 1


def test_what_has_ended_by_itself_is_not_disabled(till, issued):
    used, over = issued(), issued(expires_at=clock.now())
    redeem_voucher(till, RedeemRequest(voucher=used.code, key="k"))

    with pytest.raises(errors.VoucherUsedUp):
        disable_voucher(till, used.code)
    with pytest.raises(errors.VoucherExpired):
        disable_voucher(till, over.code)


def test_an_unused_voucher_moves_to_another_program_of_the_brand(till, issued, leaves, beans):
    voucher = issued()

    for _ in range(2):
        change_voucher(till, voucher.code, program_ref="LEAVES")

    assert Voucher.objects.get().program == leaves
    event = Event.objects.get(type="voucher.moved")
    assert (event.data["from_program_id"], event.data["to_program_id"]) == (str(beans.pk), str(leaves.pk))


def test_a_used_voucher_stays_also_when_its_use_was_taken_back(till, issued, leaves):
    voucher = issued(uses_max=2)
    redeem_voucher(till, RedeemRequest(voucher=voucher.code, key="k"))

    with pytest.raises(errors.VoucherInUse):
        change_voucher(till, voucher.code, program_ref="LEAVES")
    rollback_redemption(till, voucher.code, key="b")
    with pytest.raises(errors.VoucherInUse):
        change_voucher(till, voucher.code, program_ref="LEAVES")


def test_it_does_not_move_to_another_brands_program_or_an_archived_one(till, issued, leaves, bistro):
    voucher = issued()
    Program.objects.create(brand=bistro, unit=open_unit(bistro, name="x"), code="OTHER", name="x")
    leaves.status = "archived"
    leaves.save()

    with pytest.raises(NotFound):
        change_voucher(till, voucher.code, program_ref="OTHER")
    with pytest.raises(ProgramArchived):
        change_voucher(till, voucher.code, program_ref="LEAVES")


def test_one_for_an_occasion_does_not_move_to_where_there_is_one(till, issued, leaves, ana):
    voucher = issued("birthday", member=ana, occasion="birthday 2026")
    twin = issued("birthday", member=ana, occasion="birthday 2027")
    Voucher.objects.filter(pk=twin.pk).update(program=leaves, occasion="birthday 2026")

    with pytest.raises(errors.AlreadyGiven):
        change_voucher(till, voucher.code, program_ref="LEAVES")


def test_a_voucher_gets_another_end(till, issued):
    now = clock.now()
    voucher = issued(expires_at=now + timedelta(days=1))

    changed = change_voucher(till, voucher.code, expires_at=now + timedelta(days=30))

    assert changed.expires_at == now + timedelta(days=30)
    assert change_voucher(till, voucher.code, expires_at=None).expires_at is None
    with pytest.raises(Invalid):
        change_voucher(till, voucher.code, expires_at=now)


def test_the_end_of_what_has_ended_stays(till, issued):
    over = issued(expires_at=clock.now())

    with pytest.raises(errors.VoucherExpired):
        change_voucher(till, over.code, expires_at=clock.now() + timedelta(days=1))
