"""Gifts, points passed on, households and transfer policies on the portal."""

from datetime import timedelta
from uuid import uuid4

import pytest

from exchange.backoffice.tests.pages import at, body
from exchange.gifts.models import Gift, TransferPolicy
from exchange.gifts.tests.giving_points import endow, give, lots_of, take_part
from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.households.tests.homes import spend
from loyalty import clock

pytestmark = pytest.mark.django_db

POLICY = {
    "gifts_are_open": "on", "gift_min": "1", "gift_max": "", "gift_daily_max": "", "gift_daily_count": "20",
    "gift_hold_hours": "24", "gift_hops_max": "1", "exchange_hops_max": "3", "households_are_open": "on",
    "household_size_max": "6", "household_wait_hours": "24",
}  # fmt: skip


@pytest.fixture
def home(beans, ana_beans, ben_beans) -> Household:
    household = Household.objects.create(program=beans, owner_id=ana_beans.member_id)
    for one in (ana_beans, ben_beans):
        HouseholdMember.objects.create(
            household=household, program=beans, member_id=one.member_id, status="joined", actor="system:test",
            joined_at=clock.now() - timedelta(days=9),
        )  # fmt: skip
    return household


def test_gifts_are_listed_found_and_shown_to_the_brand_alone(api, desk, stranger, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    give(api, 80, giver="ana", message="Cheers to Ben")

    gift, found = Gift.objects.get(), at("exchange_gift_changelist")

    assert "80" in body(desk.staff.get(found))
    assert "Ana" in body(desk.staff.get(f"{found}?q=ben")) and "Ana" not in body(desk.staff.get(f"{found}?q=be"))
    assert "Cheers to Ben" in body(desk.staff.get(at("exchange_gift_change", gift.pk)))
    assert "Ana" not in body(stranger.admin.get(found))
    assert stranger.admin.get(at("exchange_gift_change", gift.pk)).status_code in (302, 403, 404)
    assert desk.partner.get(found).status_code == 403


def test_points_passed_on_are_told_with_who_gave_much(api, desk, stranger, beans, ana_beans, ben_beans):
    TransferPolicy.objects.create(program=beans, gift_hops_max=5, gift_hold_hours=0)
    endow(ana_beans, (100, None))
    take_part(beans, "carl")
    for giver, to in (("ana", "ben"), ("ben", "carl"), ("ana", "ben"), ("ana", "ben"), ("carl", "ana")):
        give(api, 10, giver=giver, to=to)

    page = body(desk.staff.get(at("gifts_passed_on")))

    assert "in a circle" in page
    assert "Members with many gifts" in page and "Carl" in page
    assert "Carl" not in body(stranger.admin.get(at("gifts_passed_on")))
    assert desk.partner.get(at("gifts_passed_on")).status_code == 403


def test_the_brand_gives_a_program_a_policy_of_its_own_and_changes_it(desk, stranger, beans):
    made = desk.admin.post(at("exchange_transferpolicy_add"), POLICY | {"program": beans.pk, "gift_max": "500"})
    changed = desk.admin.post(at("exchange_transferpolicy_change", beans.pk), POLICY | {"gift_max": "600"})
    wrong = desk.admin.post(at("exchange_transferpolicy_change", beans.pk), POLICY | {"gift_min": "7", "gift_max": "6"})

    assert (made.status_code, changed.status_code, wrong.status_code) == (302, 302, 200)
    assert TransferPolicy.objects.get().gift_max == 600
    assert desk.staff.get(at("exchange_transferpolicy_add")).status_code == 403
    stranger.admin.post(at("exchange_transferpolicy_change", beans.pk), POLICY | {"gift_max": "1"})
    assert TransferPolicy.objects.get().gift_max == 600


def test_a_spend_is_shown_with_its_shares_and_brought_back(api, desk, home, ana_beans, ben_beans):
    endow(ana_beans, (60, 3))
    endow(ben_beans, (60, 5))
    spend(api, str(home.pk), 90, description="Supper")
    spent = PooledSpend.objects.get()
    page = at("exchange_pooledspend_change", spent.pk)

    shown = body(desk.staff.get(page))
    desk.staff.post(at("exchange_pooledspend_reverse", spent.pk), {"request_key": uuid4(), "reason": "Closed"})

    assert "Ana: 60 · Ben: 30" in shown
    assert (lots_of(ana_beans), lots_of(ben_beans)) == ([(60, 0)], [(60, 0)])
    assert "Reversed" in body(desk.staff.get(page))


def test_a_household_is_found_shown_and_ended(desk, stranger, home):
    page = at("exchange_household_change", home.pk)

    assert "Ana" in body(desk.staff.get(at("exchange_household_changelist") + "?q=ben"))
    assert "Ben" in body(desk.staff.get(page))
    stranger.admin.post(at("exchange_household_end", home.pk), {"request_key": uuid4(), "reason": "x"})
    assert Household.objects.get().ended_at is None
    desk.staff.post(at("exchange_household_end", home.pk), {"request_key": uuid4(), "reason": "They asked for it"})
    assert Household.objects.get().ended_at is not None
    assert set(HouseholdMember.objects.values_list("status", flat=True)) == {"removed"}
