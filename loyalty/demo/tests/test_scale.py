"""A large brand in small: its books are like those that came in through the door."""

import io

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Balance, LedgerEntry, Lot
from ledger.reconciliation import reconcile
from ledger.selectors import balances
from loyalty.demo.benchmark import pages
from loyalty.demo.benchmark.scale import fill
from loyalty.demo.seed import SEEDER
from loyalty.identity.models import BrandMember, Staff
from programs.activity.models import Purchase
from programs.activity.places import Names
from programs.activity.spending import RedeemRequest, redeem
from programs.membership.models import Membership


@pytest.fixture
def big(db):
    return fill(code="big", members=30, entries=360, busiest=3, say=lambda text: None)


def test_the_books_of_a_large_brand_reconcile(big):
    assert [result.invariant.name for result in reconcile() if not result.is_ok] == []
    assert LedgerEntry.objects.count() == 30 * 12 + 3
    assert Purchase.objects.count() == 30 * 10 + 3
    assert set(Balance.objects.filter(account__kind="member").values_list("version", "events")) == {(12, 12), (15, 15)}


def test_its_members_spend_on_as_any_do(big):
    membership = Membership.objects.order_by("account_id").first()
    before = balances([membership.account_id])[membership.account_id]
    oldest = Lot.objects.filter(account_id=membership.account_id, is_open=True).order_by("expires_at", "id").first()

    redeem(SEEDER, RedeemRequest(names=Names(program="BIG", member=str(membership.member_id)), points=5, key="k"))

    oldest.refresh_from_db()
    assert oldest.points - oldest.remaining == 5
    assert balances([membership.account_id])[membership.account_id].available == before.available - 5


def test_there_is_somebody_to_look_for_and_somebody_of_each_role(big):
    assert BrandMember.objects.filter(brand=big.brand, external_id="BIG-000029", email_index__isnull=False).count() == 1
    assert sorted(Staff.objects.values_list("role", flat=True)) == ["admin", "partner", "staff"]


def test_a_brand_is_filled_once_and_never_in_a_production(big, settings):
    with pytest.raises(CommandError, match="choose another one"):
        call_command("seed_scale", brand="big", members=1, entries=1, stderr=io.StringIO())
    with pytest.raises(CommandError, match="as many at least"):
        call_command("seed_scale", brand="other", members=2, entries=1)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="no invented books"):
        call_command("seed_scale", brand="other")


def test_a_walk_tells_what_each_page_took(big, monkeypatch):
    monkeypatch.setattr(pages, "PAGES_MAX", 12)
    said = []

    walked = pages.walk(big.brand, role="staff", repeat=1, say=said.append)

    assert {page.status for page in walked} == {200}
    assert all(page.queries > 1 and page.slowest_ms >= 0 and page.slowest_sql for page in walked)
    assert said[-1].startswith(f"staff: {len(walked)} pages")
