"""Vouchers in the portal: looked up by code, read with their state, disabled, rolled back, moved, extended; codes in
bulk; redemptions with sums."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.events.models import Event
from programs.membership.operations import create_program
from programs.rewards.backoffice.tests.pages import at, logged_in
from programs.rewards.models import Voucher, VoucherBatch, VoucherUse
from programs.rewards.vouchers.codes import shown

pytestmark = pytest.mark.django_db

LIST, REDEMPTIONS = at("programs_voucher_changelist"), at("programs_voucheruse_changelist")


@pytest.fixture
def coffee_voucher(issue, coffee, ana_beans):
    return issue("personal", reward=coffee, member=ana_beans.member)


@pytest.fixture
def used(coffee_voucher, cafe, beans, canal):
    """A use of the voucher at the canal, 2.50 EUR off 10.00."""
    Voucher.objects.filter(pk=coffee_voucher.pk).update(uses=1, status="redeemed", redeemed_at=clock.now())
    return VoucherUse.objects.create(
        brand=cafe, voucher=coffee_voucher, program=beans, location=canal, reference="R-1", order_minor=1_000,
        discount_minor=250, currency="EUR", key="u1", fingerprint=b"0", actor="test", occurred_at=clock.now(),
    )  # fmt: skip


def press(client, name, obj, **form):
    return client.post(at(name, obj.pk), {"request_key": uuid4(), "reason": "Lost", **form}, follow=True)


def rows(client, **asked) -> list:
    return list(client.get(LIST, asked).context["cl"].result_list)


def test_a_voucher_is_found_by_its_code_in_any_spelling(desk, coffee_voucher, issue):
    issue()

    for text in (coffee_voucher.code, shown(coffee_voucher.code).lower(), str(coffee_voucher.pk)):
        assert rows(desk.staff, q=text) == [coffee_voucher]
    assert rows(desk.staff, q=coffee_voucher.code[:-1]) == []


def test_a_voucher_is_found_by_the_receipt_it_was_used_for(desk, used):
    assert rows(desk.staff, q="R-1") == [used.voucher]


def test_the_state_is_read_as_of_now(desk, coffee_voucher):
    Voucher.objects.filter(pk=coffee_voucher.pk).update(expires_at=clock.now() - timedelta(seconds=1))

    assert rows(desk.staff, state="expired") == [coffee_voucher]
    assert rows(desk.staff, state="issued") == []
    assert "Expired" in desk.staff.get(at("programs_voucher_change", coffee_voucher.pk)).content.decode()


def test_the_page_shows_worth_uses_and_history(desk, used):
    page = desk.staff.get(at("programs_voucher_change", used.voucher_id)).content.decode()

    for words in ("2.50 EUR off", shown(used.voucher.code), "At the canal", "R-1", "Voucher issued", "Ana"):
        assert words in page


def test_partners_have_no_list_of_vouchers(desk, coffee_voucher):
    assert desk.partner.get(LIST).status_code == 403
    assert desk.partner.get(at("programs_voucher_change", coffee_voucher.pk)).status_code in (403, 404)


def test_disabling_says_why(desk, coffee_voucher):
    page = press(desk.staff, "programs_voucher_disable", coffee_voucher).content.decode()

    coffee_voucher.refresh_from_db()
    assert (coffee_voucher.status, coffee_voucher.disabled_reason) == ("disabled", "Lost")
    assert "Disabled because" in page
    assert coffee_voucher.code not in LogEntry.objects.get().object_repr, "a code is as good as the voucher"
    assert press(desk.staff, "programs_voucher_disable", coffee_voucher).status_code == 403


def test_a_use_is_rolled_back(desk, used):
    page = press(desk.staff, "programs_voucher_roll_back", used.voucher, use=str(used.pk)).content.decode()

    used.refresh_from_db()
    assert used.rolled_back_reason == "Lost"
    assert "Rolled back: Lost" in page


def test_a_voucher_is_moved_and_extended(desk, cafe, coffee_voucher):
    teas = create_program(cafe, code="TEAS", name="Teas")
    press(desk.staff, "programs_voucher_move", coffee_voucher, program=str(teas.pk))
    press(desk.staff, "programs_voucher_extend", coffee_voucher, expires_at="2999-01-02T03:04")

    coffee_voucher.refresh_from_db()
    assert coffee_voucher.program == teas
    assert coffee_voucher.expires_at.isoformat() == "2999-01-02T03:04:00+00:00"


def test_the_list_takes_as_many_queries_for_many_as_for_few(desk, coffee_voucher, issue):
    def queries(address) -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.staff.get(address)
        return len(asked)

    queries(LIST)
    few = queries(LIST)
    for _ in range(5):
        issue("personal", reward=coffee_voucher.reward, member=coffee_voucher.member)

    assert queries(LIST) == few


class TestBatches:
    FORM = {"name": "Spring mailing", "count": "3", "worth": "discount:percent", "figure": "15", "reward": "own"}

    def ask(self, client, **more):
        return client.post(at("programs_voucherbatch_add"), self.FORM | {"request_key": uuid4()} | more, follow=True)

    def test_codes_of_a_percentage_are_made_at_once(self, desk, beans):
        page = self.ask(desk.admin).content.decode()

        assert Voucher.objects.count() == 3
        assert Voucher.objects.first().terms["percent"] == "15.00"
        assert "15 % off" in page
        assert "3 of 3 codes" in page

    def test_sending_the_form_twice_makes_them_once(self, desk, coffee):
        form = {"request_key": uuid4(), "reward": str(coffee.pk)}
        for _ in range(2):
            self.ask(desk.admin, **form)

        assert (VoucherBatch.objects.count(), Voucher.objects.count()) == (1, 3)

    def test_many_are_made_in_the_background_with_a_bar(self, desk, beans):
        page = self.ask(desk.admin, count="5000").content.decode()

        assert 'data-live="true"' in page
        assert "Follow the work" in page

    def test_the_codes_are_taken_away_as_a_file_and_it_is_written_down(self, desk, beans):
        self.ask(desk.admin)
        answer = desk.admin.get(at("programs_voucherbatch_codes", VoucherBatch.objects.get().pk))
        lines = b"".join(answer.streaming_content).decode().splitlines()

        assert len(lines) == 4
        assert {line.split(",")[0].strip('"') for line in lines[1:]} == {shown(v.code) for v in Voucher.objects.all()}
        assert Event.objects.filter(type="vouchers.downloaded").count() == 1

    def test_staff_ask_for_none_and_take_none_away(self, desk, beans):
        self.ask(desk.admin)
        batch = VoucherBatch.objects.get()

        assert desk.staff.get(at("programs_voucherbatch_add")).status_code == 403
        assert desk.staff.get(at("programs_voucherbatch_codes", batch.pk)).status_code == 403

    def test_a_batch_is_taken_out_of_use(self, desk, beans):
        self.ask(desk.admin)
        press(desk.staff, "programs_voucherbatch_disable", VoucherBatch.objects.get())

        assert set(Voucher.objects.values_list("status", flat=True)) == {"disabled"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("figure", ""), ("figure", "101"), ("figure", "1.234"), ("count", "0"), ("count", "1000001")],
    )
    def test_what_cannot_be_is_told(self, desk, beans, field, value):
        page = self.ask(desk.admin, **{field: value})

        assert field in page.context["form"].errors
        assert not VoucherBatch.objects.exists()


class TestRedemptions:
    def test_the_list_sums_what_was_taken_off(self, desk, used):
        page = desk.staff.get(REDEMPTIONS).content.decode()

        assert "<b>1</b> redemption of these" in page
        assert "<b>2.50 EUR</b> taken off" in page
        assert used.voucher.code not in page

    def test_it_is_filtered_by_location_and_taken_away_as_csv(self, desk, used, square):
        here = {"location__id__exact": str(used.location_id)}
        there = {"location__id__exact": str(square.pk)}
        lines = [
            b"".join(desk.staff.get(at("programs_voucheruse_export"), asked).streaming_content).decode().splitlines()
            for asked in (here, there)
        ]

        assert [len(one) for one in lines] == [2, 1]
        assert '"canal","coffee","BEANS"' in lines[0][1]
        assert '"10.00","2.50","EUR","no"' in lines[0][1]

    def test_who_is_bound_to_another_location_sees_and_exports_none(self, desk, used, square, partner):
        partner.posts.update(location=square)
        client = logged_in(partner)

        assert list(client.get(REDEMPTIONS).context["cl"].result_list) == []
        assert client.get(at("programs_voucheruse_change", used.pk)).status_code in (302, 404)
        answer = client.get(at("programs_voucheruse_export"))
        assert len(b"".join(answer.streaming_content).splitlines()) == 1
        assert client.get(at("redemptions_by_location")).context["rows"] == []

    def test_the_report_counts_by_location_and_leaves_out_what_was_rolled_back(self, desk, used):
        page = desk.partner.get(at("redemptions_by_location"), {"days": "7"})
        (row,) = page.context["rows"]
        assert (row["location__name"], row["count"], row["back"], row["off"]) == ("At the canal", 1, 0, "2.50 EUR")

        press(desk.staff, "programs_voucher_roll_back", used.voucher, use=str(used.pk))
        (row,) = desk.partner.get(at("redemptions_by_location")).context["rows"]
        assert (row["count"], row["back"], row["off"]) == (0, 1, "0.00 EUR")
