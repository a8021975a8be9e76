"""Stamp cards in the portal, a member's vouchers and stamps on their page, tills, and what the first page shows."""

from uuid import uuid4

import pytest

from ledger.selectors import balances
from loyalty import clock
from programs.activity.corrections import adjust
from programs.rewards.backoffice.tests.pages import ACTOR, at, logged_in
from programs.rewards.models import Voucher
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.qr import keys
from programs.rewards.stamps.cards import create_card
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.operations import add_stamps

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenth(beans, coffee) -> StampCard:
    return create_card(beans, code="tenth", name="The third free", reward=coffee, actor=ACTOR, stamps_needed=3)


@pytest.fixture
def full(tenth, ana_beans) -> StampSheet:
    add_stamps(tenth, ana_beans.member, count=3, reference="R-9", source="server", actor=ACTOR)
    return StampSheet.objects.get()


@pytest.fixture
def till_device(cafe, canal) -> TillDevice:
    return TillDevice.objects.create(
        brand=cafe, location=canal, name="Boat", public_key="k" * 43, status="quarantined", created_by=ACTOR
    )


@pytest.fixture
def held(till_device) -> OfflineScan:
    return OfflineScan.objects.create(
        till=till_device, sequence=1, digest="d" * 64, verdict="held", reason="quarantined", scanned_at=clock.now(),
        item={"token": "LY1:x", "scanned_at": clock.now().isoformat(), "device_id": str(till_device.pk), "sequence": 1},
    )  # fmt: skip


def press(client, name, obj, **form):
    return client.post(at(name, obj.pk), {"request_key": uuid4(), "reason": "Lost", **form}, follow=True)


def page_of(client, member) -> str:
    return client.get(at("loyalty_member_change", member.pk)).content.decode()


def test_a_card_is_made_changed_and_paused(desk, beans, coffee):
    form = {"name": "Ten cups", "stamps_needed": "10", "reward": str(coffee.pk), "scan_hours": "12"}
    desk.admin.post(at("programs_stampcard_add"), form)
    card = StampCard.objects.get()
    desk.admin.post(at("programs_stampcard_edit", card.pk), form | {"day_max": "4"})
    press(desk.admin, "programs_stampcard_pause", card)

    card.refresh_from_db()
    assert (card.code, card.stamps_needed, card.day_max, card.status) == ("ten-cups", 10, 4, "paused")


def test_staff_see_cards_and_change_none(desk, tenth):
    assert "The third free" in desk.partner.get(at("programs_stampcard_changelist")).content.decode()
    assert desk.staff.get(at("programs_stampcard_edit", tenth.pk)).status_code == 403
    assert press(desk.staff, "programs_stampcard_archive", tenth).status_code == 403


def test_the_card_says_who_collects_and_how_many_are_full(desk, full, tenth):
    page = desk.staff.get(at("programs_stampcard_changelist"))

    assert page.context["cl"].result_list[0].figures == {"card": tenth.pk, "collecting": 0, "full": 1, "used": 0}
    sheets = desk.staff.get(at("programs_stampsheet_changelist"), {"state": "full"})
    assert list(sheets.context["cl"].result_list) == [full]


def test_a_full_card_is_turned_in_on_the_members_page(desk, full, ana):
    assert "Turn in" in page_of(desk.staff, ana)
    press(desk.staff, "programs_stampsheet_turn_in", full)

    assert Voucher.objects.get().member == ana
    assert "2.50 EUR off" in page_of(desk.staff, ana)


def test_stamps_are_added_once_for_a_form_and_undone_with_a_reason(desk, tenth, ana_beans, ana):
    form = {"request_key": uuid4(), "card": str(tenth.pk), "count": "2", "reference": ""}
    for _ in range(2):
        answer = desk.staff.post(at("member_stamps", ana.pk), form, follow=True)
    stamp = Stamp.objects.get()
    assert "Stamped: 2 of 3" in answer.content.decode()

    press(desk.staff, "programs_stamp_undo", stamp)
    stamp.refresh_from_db()
    assert (stamp.undone_reason, StampSheet.objects.get().stamps) == ("Lost", 0)
    assert "undone" in page_of(desk.staff, ana)


def test_a_reward_is_claimed_for_a_member_once_and_the_claim_is_cancelled(desk, manager, coffee, ana_beans, ana):
    adjust(manager.worker, ana_beans, points=150, reason="Welcome", key="welcome")
    form = {"request_key": uuid4(), "reward": str(coffee.pk)}
    for _ in range(2):
        page = desk.staff.post(at("member_offers", ana.pk), form, follow=True).content.decode()
    voucher = Voucher.objects.get()

    assert "Claimed: Coffee for 100 points" in page
    assert balances([ana_beans.account_id])[ana_beans.account_id].available == 50
    press(desk.staff, "programs_voucher_cancel", voucher)
    assert balances([ana_beans.account_id])[ana_beans.account_id].available == 150


def test_what_a_member_cannot_have_says_why(desk, coffee, ana_beans, ana):
    page = desk.staff.get(at("member_offers", ana.pk)).content.decode()

    assert "100 more points are needed" in page


def test_the_time_line_tells_of_stamps_and_vouchers(desk, full, ana):
    page = desk.staff.get(at("loyalty_member_change", ana.pk), {"kind": "rewards"}).content.decode()

    assert "Stamp card full" in page
    assert "+3" in page


def test_pages_about_a_strangers_member_are_not_there(desk, bistro, ana):
    ana.known_to.all().delete()

    assert desk.staff.get(at("member_offers", ana.pk)).status_code == 404
    assert desk.staff.get(at("member_stamps", ana.pk)).status_code == 404


class TestTills:
    def test_what_is_held_waits_on_the_first_page_and_is_refused(self, desk, held):
        assert "1 redemption off line waits for your decision" in desk.staff.get(at("index")).content.decode()
        page = press(desk.staff, "programs_offlinescan_refuse", held).content.decode()

        held.refresh_from_db()
        assert held.verdict == "refused"
        assert "Decided: Refused" in page
        assert press(desk.staff, "programs_offlinescan_accept", held).status_code == 403

    def test_a_till_is_trusted_again_and_revoked(self, desk, till_device):
        press(desk.staff, "programs_tilldevice_release", till_device)
        till_device.refresh_from_db()
        assert till_device.status == "active"

        press(desk.staff, "programs_tilldevice_revoke", till_device)
        till_device.refresh_from_db()
        assert (till_device.status, till_device.note) == ("revoked", "Lost")

    def test_partners_see_no_tills(self, desk, held):
        for name in ("programs_tilldevice_changelist", "programs_offlinescan_changelist"):
            assert desk.partner.get(at(name)).status_code == 403


def test_operators_see_the_public_half_of_signing_keys(operator, desk):
    (key,) = keys.published(clock.now())
    client = logged_in(operator)
    page = client.get(at("programs_signingkey_change", key.kid)).content.decode()

    assert key.public_key in page
    assert key.private_key not in page
    assert desk.admin.get(at("programs_signingkey_changelist")).status_code == 403


def test_the_first_page_warns_of_low_stock(desk, coffee):
    page = desk.staff.get(at("index")).content.decode()

    assert "Running low" in page
    assert "Coffee" in page


def test_partners_begin_at_the_counter(desk, coffee):
    page = desk.partner.get(at("index")).content.decode()

    assert "Redeem a voucher" in page
    assert "Running low" not in page
