"""The pages of settlements and pools: what a brand sees there, does there, and what others do not."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from exchange.clearing.models import Settlement
from exchange.clearing.tests.conftest import admin_of, agreed
from exchange.clearing.tests.exchanged import exchanged
from exchange.rates.tests.pairs import program
from loyalty import clock
from loyalty.identity.models import Brand, BrandMember, Person
from loyalty.tests.backoffice_world import logged_in
from programs.membership.operations import enrol


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(datetime(2026, 11, 2, tzinfo=UTC)):
        yield


@pytest.fixture
def forks(bistro):
    return program(bistro, "FORKS")


@pytest.fixture
def there(beans, forks, ana, ana_beans, bistro):
    """200 forks were issued for 100 beans in October: the cafe owes 1.00 EUR."""
    BrandMember.objects.create(brand=bistro, member=ana, external_id="ana-at-bistro")
    agreement = agreed(beans, forks)
    exchanged(ana_beans, enrol(forks, ana), 100, 200)
    return agreement


def client_of(brand):
    return logged_in(Person.objects.get(pk=admin_of(brand).id))


def at(name: str, agreement) -> str:
    return reverse(f"admin:{name}", args=[agreement.pk]) + "?month=2026-10"


def test_both_brands_see_what_is_owed_and_a_third_does_not(there, cafe, bistro):
    third = client_of(Brand.objects.create(code="bakery", name="Bakery"))
    listed = reverse("admin:exchange_settlements") + "?month=2026-10"

    for client in (client_of(cafe), client_of(bistro)):
        assert b"Cafe owes Bistro 1.00 EUR" in client.get(listed).content
        assert b"Cafe owes Bistro 1.00 EUR" in client.get(at("exchange_settlement", there)).content
        assert "· October 2026" in client.get(at("exchange_settlement", there)).content.decode()
    assert b"No partner yet" in third.get(listed).content
    assert third.get(at("exchange_settlement", there)).status_code == 404
    assert third.get(at("exchange_settlement_file", there)).status_code == 404


def test_a_month_is_closed_by_one_brand_and_paid_by_the_word_of_the_other(there, cafe, bistro):
    ours, theirs = client_of(cafe), client_of(bistro)
    key = {"request_key": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"}

    ours.post(at("exchange_settlement_close", there), key)
    settlement = Settlement.objects.get()
    refused = ours.post(at("exchange_settlement_pay", there), key | {"reference": "SEPA 17"})
    theirs.post(at("exchange_settlement_pay", there), key | {"reference": "SEPA 17"})

    assert (settlement.amount_minor, refused.status_code) == (100, 404)
    settlement.refresh_from_db()
    assert settlement.reference == "SEPA 17"
    assert b"Paid on 2 Nov 2026 by SEPA 17" in ours.get(at("exchange_settlement", there)).content


def test_a_month_that_runs_is_not_closed(there, cafe):
    answer = client_of(cafe).post(
        reverse("admin:exchange_settlement_close", args=[there.pk]) + "?month=2026-11",
        {"request_key": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"},
    )

    assert b"2026-11 can be closed from 2026-12-01 00:10 UTC on." in answer.content
    assert not Settlement.objects.exists()


def test_who_issues_tops_the_pool_up_and_both_see_it(beans, forks, cafe, bistro):
    pool = agreed(beans, forks, is_prefunded=True)
    ours, theirs = client_of(cafe), client_of(bistro)
    asked = {"request_key": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e", "points": 500, "reference": "SEPA 1"}

    assert ours.post(reverse("admin:exchange_pool_top_up", args=[pool.pk]), asked).status_code == 404
    for _ in range(2):
        theirs.post(reverse("admin:exchange_pool_top_up", args=[pool.pk]), asked)

    pool.refresh_from_db()
    assert pool.pool_points == 500
    for client in (ours, theirs):
        assert b"SEPA 1" in client.get(reverse("admin:exchange_pool", args=[pool.pk])).content
        assert b"500 of 500 left" in client.get(reverse("admin:exchange_pools")).content


def test_without_pools_the_page_says_what_they_are(there, cafe):
    assert b"No prefunded pool" in client_of(cafe).get(reverse("admin:exchange_pools")).content
