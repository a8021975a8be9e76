"""At the counter: what a code is worth is shown, redeemed in two clicks, once, and undone for a while."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from loyalty import clock
from programs.membership.operations import create_program
from programs.rewards.backoffice.counter_forms import RedeemForm
from programs.rewards.backoffice.tests.pages import ACTOR, at
from programs.rewards.models import VoucherUse
from programs.rewards.qr.tokens import MEMBER, STAMP, VOUCHER, make_token
from programs.rewards.vouchers.codes import shown
from programs.rewards.vouchers.discounts import Line
from programs.rewards.vouchers.issue import issue_voucher

pytestmark = pytest.mark.django_db

COUNTER = at("counter")


def look(client, text, **more):
    return client.post(COUNTER, {"act": "look", "text": text, **more})


def redeem(client, text, key=None, **more):
    return client.post(COUNTER, {"act": "redeem", "text": text, "request_key": key or uuid4(), **more})


def body(answer) -> str:
    return answer.content.decode()


def test_a_code_in_any_spelling_is_shown_with_its_worth(desk, percent_off):
    page = body(look(desk.partner, f" {shown(percent_off.code).lower()} "))

    assert "10 % off" in page
    assert "Valid" in page
    assert percent_off.code not in page.replace('name="text" value="', ""), "the whole code stands in no text"


def test_an_order_amount_says_what_it_takes_off(desk, percent_off):
    page = body(look(desk.staff, percent_off.code, amount="12,50"))

    assert "1.25 EUR off" in page
    assert "11.25 EUR to pay" in page


def test_two_clicks_redeem_at_the_post_of_who_redeems(desk, percent_off, canal):
    look(desk.partner, percent_off.code)
    done = redeem(desk.partner, percent_off.code, amount="20")

    use = VoucherUse.objects.get()
    assert done.headers["Location"] == at("counter_done", use.pk)
    assert (use.discount_minor, use.order_minor, use.location) == (200, 2_000, canal)
    assert "2.00 EUR off" in body(desk.partner.get(done.headers["Location"]))


def test_a_form_sent_twice_redeems_once(desk, percent_off):
    key = uuid4()
    first, again = (redeem(desk.staff, percent_off.code, key=key, amount="20") for _ in range(2))

    assert VoucherUse.objects.count() == 1
    assert first.headers["Location"] == again.headers["Location"]


def test_what_is_used_up_is_told_and_not_redeemed_again(desk, percent_off):
    redeem(desk.staff, percent_off.code, amount="20")
    page = body(redeem(desk.staff, percent_off.code, amount="20"))

    assert "Not taken" in page
    assert "used as often as it can be" in page
    assert VoucherUse.objects.count() == 1


def test_without_an_order_it_says_that_it_needs_one(desk, percent_off):
    page = body(redeem(desk.staff, percent_off.code))

    assert "depends on the order" in page
    assert not VoucherUse.objects.exists()


def test_a_gift_card_pays_what_it_can_and_shows_what_is_left(desk, issue):
    gift = issue("gift", value_minor=1_500, terms={"kind": "gift_card", "value_minor": 1_500, "currency": "EUR"})
    done = redeem(desk.staff, gift.code, amount="10")

    assert "5.00 EUR left on the card" in body(desk.staff.get(done.headers["Location"]))


def test_undoing_makes_it_usable_again_and_is_done_once(desk, percent_off):
    done = redeem(desk.partner, percent_off.code, amount="20").headers["Location"]
    for _ in range(2):
        desk.partner.post(done, {"request_key": uuid4()})

    percent_off.refresh_from_db()
    assert (percent_off.status, percent_off.uses) == ("issued", 0)
    assert "Undone" in body(desk.partner.get(done))


def test_after_a_while_it_is_not_undone_here_any_more(desk, percent_off):
    done = redeem(desk.staff, percent_off.code, amount="20").headers["Location"]
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert "Undo this" not in body(desk.staff.get(done))
        assert desk.staff.post(done, {"request_key": uuid4()}).status_code == 403


def test_who_is_bound_to_a_location_sees_what_was_redeemed_there_only(desk, percent_off, square):
    elsewhere = redeem(desk.staff, percent_off.code, amount="20", location=str(square.pk)).headers["Location"]

    assert VoucherUse.objects.get().location == square
    assert desk.partner.get(elsewhere).status_code == 404
    assert str(VoucherUse.objects.get().pk) not in body(desk.partner.get(at("programs_voucheruse_changelist")))


def test_a_wrong_code_says_no_more_than_that(desk):
    assert "no such voucher" in body(look(desk.partner, "AAAA-BBBB"))


def test_a_strangers_voucher_is_not_found(desk, bistro):
    with transaction.atomic():
        theirs = issue_voucher(
            program=create_program(bistro, code="BITES", name="Bites"),
            actor=ACTOR,
            kind="unique",
            terms={"kind": "product"},
        )

    assert "no such voucher" in body(look(desk.staff, theirs.code))


class TestScanned:
    def token(self, purpose, subject, brand="cafe"):
        return make_token(purpose, subject=subject, audience=brand, program="BEANS").text

    def test_the_code_of_a_voucher_is_redeemed_once(self, desk, percent_off):
        text = self.token(VOUCHER, percent_off.pk)

        assert "10 % off" in body(look(desk.partner, f"{text}\r\n"))
        assert redeem(desk.partner, text, amount="20").status_code == 302
        assert "used" in body(look(desk.partner, text))

    def test_the_code_of_a_member_leads_to_their_card(self, desk, ana_beans):
        answer = look(desk.partner, self.token(MEMBER, ana_beans.pk))

        assert answer.headers["Location"] == at("till_card", ana_beans.pk)

    def test_another_brands_code_is_refused(self, desk, percent_off):
        assert "another brand" in body(look(desk.staff, self.token(VOUCHER, percent_off.pk, "bistro")))

    def test_the_code_for_stamps_is_no_voucher(self, desk, percent_off):
        assert "The code is for a stamp" in body(look(desk.staff, self.token(STAMP, percent_off.pk)))


class TestItems:
    def order(self, terms, **given):
        form = RedeemForm({"request_key": uuid4(), "text": "x", **given}, terms=terms, currency="EUR")
        assert form.is_valid(), form.errors
        return form.order()

    def test_prices_are_read_with_points_commas_and_counts(self):
        order = self.order({"discount_kind": "cheapest"}, items="3.50 2,80 2 x 1.20")

        assert order.lines == [Line(350), Line(280), Line(240, 2)]

    def test_what_stands_beside_items_for_some_is_a_line_of_its_own(self):
        order = self.order({"discount_kind": "percent", "skus": ["tea"]}, items="4", amount="10")

        assert order.lines == [Line(400, 1, sku="tea"), Line(600)]

    @pytest.mark.parametrize("items", ["two", "1.234", "-3", "3.5x2x1", "99999999999"])
    def test_what_is_no_price_is_told(self, items):
        form = RedeemForm(
            {"request_key": uuid4(), "text": "x", "items": items}, terms={"discount_kind": "cheapest"}, currency="EUR"
        )

        assert "items" in form.errors


def test_codes_typed_at_the_counter_stand_in_no_address(desk, percent_off):
    answer = redeem(desk.staff, percent_off.code, amount="20")

    assert percent_off.code not in answer.headers["Location"]
