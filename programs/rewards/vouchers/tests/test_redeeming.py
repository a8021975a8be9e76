"""Redeeming: once, with one answer for one key, and each thing that stands against it by its own code."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events.models import Event
from loyalty.identity.models import BrandMember, Location
from programs.membership.errors import MembershipSuspended, ProgramNotActive
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.qr.models import UsedToken
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.codes import shown
from programs.rewards.vouchers.discounts import Line
from programs.rewards.vouchers.redeeming import Order, RedeemRequest, redeem_voucher, validate_voucher


def asked(voucher, key="k-1", **said) -> RedeemRequest:
    return RedeemRequest(voucher=str(said.pop("ref", voucher.code)), key=key, **said)


def token(name="t-1"):
    return SimpleNamespace(token_id=name, expires_at=clock.now() + timedelta(seconds=60))


def test_a_voucher_is_redeemed_once(till, issued):
    voucher = issued()

    done = redeem_voucher(till, asked(voucher))

    voucher.refresh_from_db()
    assert (voucher.status, voucher.uses, voucher.redeemed_at) == ("redeemed", 1, done.voucher.redeemed_at)
    assert (done.discount_minor, done.is_replayed, done.voucher.status) == (0, False, "redeemed")
    with pytest.raises(errors.VoucherUsedUp):
        redeem_voucher(till, asked(voucher, "k-2"))


def test_it_is_found_as_people_read_it(till, issued):
    voucher = issued()

    assert redeem_voucher(till, asked(voucher, ref=shown(voucher.code).lower())).voucher.pk == voucher.pk


def test_the_same_key_answers_the_first_answer_whatever_happened_since(till, issued):
    voucher = issued(uses_max=3)
    first = redeem_voucher(till, asked(voucher))
    redeem_voucher(till, asked(voucher, "k-2"))
    Voucher.objects.filter(pk=voucher.pk).update(expires_at=clock.now())

    again = redeem_voucher(till, asked(voucher))

    assert again.is_replayed
    assert (again.use_id, again.voucher.uses, again.voucher.expires_at) == (first.use_id, 1, None)
    assert again.voucher.redeemed_at == first.voucher.redeemed_at
    assert VoucherUse.objects.count() == 2


def test_the_same_key_for_something_else_is_refused(till, issued):
    voucher, other = issued(uses_max=2), issued()
    redeem_voucher(till, asked(voucher, reference="r-1"))

    with pytest.raises(KeyReused):
        redeem_voucher(till, asked(voucher, reference="r-2"))
    with pytest.raises(KeyReused):
        redeem_voucher(till, asked(other))
    other.refresh_from_db()
    assert other.uses == 0


def test_a_redemption_of_a_key_costs_two_round_trips(till, amount_off, canal, ana):
    voucher = amount_off(500, member=ana)
    order = Order.of_amount(2_000, "EUR")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        redeem_voucher(
            till, asked(voucher, order=order, location_id="canal", member="ana", reference="r", token=token())
        )

    assert len(queries) == 2


def test_use_voucher_token_and_event_are_written_together(till, amount_off, canal, ana, beans):
    voucher = amount_off(500, member=ana)

    done = redeem_voucher(
        till, asked(voucher, order=Order.of_amount(2_000, "EUR"), location_id="canal", reference="r-7", token=token())
    )

    use = VoucherUse.objects.get()
    assert (use.pk, use.voucher, use.member, use.location, use.reference) == (done.use_id, voucher, ana, canal, "r-7")
    assert (use.order_minor, use.discount_minor, use.currency, use.token_id) == (2_000, 500, "EUR", "t-1")
    used = UsedToken.objects.get()
    assert (used.token_id, used.purpose, used.subject, used.key) == ("t-1", "voucher", str(voucher.pk), use.key)
    event = Event.objects.get(type="voucher.redeemed")
    assert (event.aggregate_id, event.sequence, event.member_id, event.program_id) == (voucher.pk, 2, ana.pk, beans.pk)
    assert event.data["discount_minor"] == 500
    assert voucher.code not in str(event.data)


def test_a_token_is_used_once(till, issued):
    voucher = issued(uses_max=5)
    redeem_voucher(till, asked(voucher, token=token()))

    with pytest.raises(errors.TokenUsed):
        redeem_voucher(till, asked(voucher, "k-2", token=token()))

    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_that_its_token_was_used_is_said_before_that_the_voucher_is_used_up(till, issued):
    voucher = issued()
    redeem_voucher(till, asked(voucher, token=token()))

    with pytest.raises(errors.TokenUsed):
        redeem_voucher(till, asked(voucher, "k-2", token=token()))


def test_a_voucher_that_has_not_begun(till, issued):
    voucher = issued(starts_at=clock.now() + timedelta(days=1))

    with pytest.raises(errors.VoucherNotStarted):
        redeem_voucher(till, asked(voucher))


def test_a_voucher_whose_time_is_over_whether_or_not_the_sweep_has_been(till, issued):
    voucher = issued(expires_at=clock.now())

    with pytest.raises(errors.VoucherExpired):
        redeem_voucher(till, asked(voucher))


def test_off_line_it_is_judged_as_of_then(till, issued):
    now = clock.now()
    voucher, swept = issued(expires_at=now), issued(expires_at=now, uses_max=2)
    Voucher.objects.filter(pk=swept.pk).update(status="expired", expired_at=now)
    then = now - timedelta(hours=1)

    redeem_voucher(till, asked(voucher, "k-1", at=then, is_offline=True))
    redeem_voucher(till, asked(swept, "k-2", at=then, is_offline=True))

    assert [Voucher.objects.get(pk=one.pk).status for one in (voucher, swept)] == ["redeemed", "expired"]
    with pytest.raises(errors.VoucherExpired):
        redeem_voucher(till, asked(swept, "k-3", at=now, is_offline=True))
    redeem_voucher(till, asked(swept, "k-4", at=then, is_offline=True))
    swept.refresh_from_db()
    assert (swept.status, swept.uses) == ("redeemed", 2)


def test_a_disabled_voucher(till, issued):
    voucher = issued()
    Voucher.objects.filter(pk=voucher.pk).update(status="disabled")

    with pytest.raises(errors.VoucherDisabled):
        redeem_voucher(till, asked(voucher))


def test_a_program_that_is_not_active(till, issued, beans):
    voucher = issued()
    beans.status = "paused"
    beans.save()

    with pytest.raises(ProgramNotActive):
        redeem_voucher(till, asked(voucher))


def test_somebody_elses_voucher(till, issued, ana, ben):
    voucher = issued("personal", member=ana)

    with pytest.raises(errors.WrongMember):
        redeem_voucher(till, asked(voucher, member="ben"))
    with pytest.raises(NotFound):
        redeem_voucher(till, asked(voucher, member="nobody"))
    assert redeem_voucher(till, asked(voucher, member=str(ana.pk))).member_id == ana.pk


def test_a_suspended_member(till, issued, ana, ana_beans):
    ana_beans.status = "suspended"
    ana_beans.save()

    with pytest.raises(MembershipSuspended):
        redeem_voucher(till, asked(issued("personal", member=ana)))


def test_a_code_for_all_that_each_member_can_use_once(till, issued, ana, ben):
    voucher = issued("generic", code="SUMMER", uses_max=None, member_uses_max=1)

    with pytest.raises(errors.MemberNeeded):
        redeem_voucher(till, asked(voucher))
    redeem_voucher(till, asked(voucher, member="ana"))
    redeem_voucher(till, asked(voucher, "k-2", member="ben"))
    with pytest.raises(errors.MemberUsedUp):
        redeem_voucher(till, asked(voucher, "k-3", member="ana"))


def test_locations_of_the_terms(till, issued, canal, square, bistro):
    voucher = issued(terms={"locations": ["canal"]})

    with pytest.raises(errors.WrongLocation):
        redeem_voucher(till, asked(voucher))
    with pytest.raises(errors.WrongLocation):
        redeem_voucher(till, asked(voucher, location_id="square"))
    with pytest.raises(Invalid):
        redeem_voucher(till, asked(voucher, location_id="nowhere"))
    strange = Location.objects.create(brand=bistro, code="terrace", name="Terrace")
    for ref in ("terrace", str(strange.pk)):
        with pytest.raises(Invalid):
            redeem_voucher(till, asked(voucher, location_id=ref))
    assert redeem_voucher(till, asked(voucher, location_id=str(canal.pk))).location.code == "canal"


def test_an_order_in_another_currency(till, amount_off):
    with pytest.raises(errors.CurrencyMismatch):
        redeem_voucher(till, asked(amount_off(500), order=Order.of_amount(1_000, "USD")))


def test_a_discount_needs_an_order(till, amount_off):
    with pytest.raises(errors.OrderNeeded):
        redeem_voucher(till, asked(amount_off(500)))


def test_an_order_that_is_too_small(till, issued):
    terms = {"kind": "discount", "discount_kind": "amount", "value_minor": 500, "order_minor_min": 2_000}

    with pytest.raises(errors.OrderTooSmall) as refusal:
        redeem_voucher(till, asked(issued(terms=terms), order=Order.of_amount(1_999, "EUR")))
    assert refusal.value.facts == {"least": "20.00", "amount": "19.99"}


def test_a_voucher_is_not_spent_on_nothing(till, issued):
    terms = {"kind": "discount", "discount_kind": "percent", "percent": "10.00", "skus": ["tea"]}
    voucher = issued(terms=terms)

    with pytest.raises(errors.NothingToTakeOff):
        redeem_voucher(till, asked(voucher, order=Order("EUR", [Line(500, 1, "coffee")])))
    voucher.refresh_from_db()
    assert voucher.uses == 0


def test_a_gift_card_is_used_bit_by_bit(till, issued):
    card = issued("gift", value_minor=2_500, terms={"kind": "gift_card"})

    first = redeem_voucher(till, asked(card, "k-1", order=Order.of_amount(1_000, "EUR")))
    second = redeem_voucher(till, asked(card, "k-2", order=Order.of_amount(5_000, "EUR"), amount_minor=200))
    last = redeem_voucher(till, asked(card, "k-3", amount_minor=9_999, currency="EUR"))

    assert [(one.discount_minor, one.balance_after_minor) for one in (first, second, last)] == [
        (1_000, 1_500),
        (200, 1_300),
        (1_300, 0),
    ]
    assert [one.voucher.status for one in (first, second, last)] == ["issued", "issued", "redeemed"]
    with pytest.raises(errors.VoucherUsedUp):
        redeem_voucher(till, asked(card, "k-4", amount_minor=1, currency="EUR"))


def test_validating_moves_nothing_and_says_what_it_would_take_off_or_why_not(till, amount_off):
    voucher = amount_off(500)

    good = validate_voucher(till, asked(voucher, "", order=Order.of_amount(2_000, "EUR")))
    bad = validate_voucher(till, asked(voucher, "", order=Order.of_amount(2_000, "USD")))

    assert (good.discount_minor, good.refusal) == (500, None)
    assert bad.refusal.code == "currency-mismatch"
    voucher.refresh_from_db()
    assert (voucher.uses, VoucherUse.objects.count()) == (0, 0)


def test_another_brands_voucher_is_not_there(till, issued, bistro):
    voucher = issued()
    stranger = type(till)(kind="key", id=till.id, actor="key:x", brands={bistro.id: "key"}, scopes=till.scopes)

    for ref in (voucher.code, str(voucher.pk)):
        with pytest.raises(NotFound):
            redeem_voucher(stranger, asked(voucher, ref=ref))


def test_a_member_of_the_brand_is_named_by_the_brands_own_number(till, issued, cafe, ana):
    BrandMember.objects.filter(member=ana).update(external_id="no. 7")

    assert redeem_voucher(till, asked(issued(), member="no. 7")).member_id == ana.pk
