"""Pools: what is paid in by who issues, never below nothing, and always what was paid in less what was issued."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from exchange.clearing import errors
from exchange.clearing.low_pools import warn_of_low_pools
from exchange.clearing.models import PoolChange
from exchange.clearing.pools import pool_of, pools_off, top_up, visible_pools, withdraw
from exchange.clearing.tests.conftest import admin_of, agreed
from exchange.clearing.tests.exchanged import exchanged, use_pool
from exchange.rates.models import Agreement
from loyalty import clock
from loyalty.errors import Forbidden, Invalid, NotFound
from loyalty.events.models import Event
from loyalty.identity.models import Staff


@pytest.fixture
def pool(beans, forks):
    """Forks for beans come out of a pool."""
    return agreed(beans, forks, is_prefunded=True)


def points_in(agreement: Agreement) -> int:
    agreement.refresh_from_db()
    return agreement.pool_points


def test_paid_points_come_in_and_can_be_taken_out_again(pool, bistro_admin, cafe, bistro):
    top_up(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")
    withdraw(bistro_admin, pool.pk, points=400, reference="SEPA 2")

    assert points_in(pool) == 600
    assert [(one.points, one.reference, one.actor) for one in PoolChange.objects.all()] == [
        (1_000, "SEPA 1", bistro_admin.actor), (-400, "SEPA 2", bistro_admin.actor),
    ]  # fmt: skip
    told = Event.objects.filter(type__startswith="pool.").order_by("id").values_list("type", "brand_id")
    assert set(told) == {(kind, brand.pk) for kind in ("pool.topped_up", "pool.withdrawn") for brand in (cafe, bistro)}


def test_the_same_payment_counts_once(pool, bistro_admin):
    first = top_up(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")
    again = top_up(bistro_admin, pool.pk, points=1_000, reference=" SEPA 1 ")

    with pytest.raises(errors.PoolReferenceUsed):
        top_up(bistro_admin, pool.pk, points=900, reference="SEPA 1")
    with pytest.raises(errors.PoolReferenceUsed):
        withdraw(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")

    assert again == first
    assert points_in(pool) == 1_000


def test_only_the_brand_that_issues_the_points_gives_room(pool, cafe_admin, bakery_admin, bistro):
    with pytest.raises(Forbidden):
        top_up(cafe_admin, pool.pk, points=1, reference="SEPA 1")
    with pytest.raises(NotFound):
        top_up(bakery_admin, pool.pk, points=1, reference="SEPA 1")
    with pytest.raises(Forbidden):
        top_up(admin_of(bistro, role=Staff.Role.STAFF), pool.pk, points=1, reference="SEPA 1")

    assert points_in(pool) == 0


@pytest.mark.parametrize(("points", "reference"), [(0, "A"), (-5, "A"), (5, " "), (5, "x" * 101), (2**63, "A")])
def test_points_and_the_number_of_their_payment_are_needed(pool, bistro_admin, points, reference):
    with pytest.raises(Invalid):
        top_up(bistro_admin, pool.pk, points=points, reference=reference)


def test_no_more_is_taken_out_than_there_is(pool, bistro_admin):
    top_up(bistro_admin, pool.pk, points=10, reference="SEPA 1")

    with pytest.raises(errors.PoolTooSmall):
        withdraw(bistro_admin, pool.pk, points=11, reference="SEPA 2")

    assert points_in(pool) == 10


def test_the_database_itself_refuses_less_than_nothing(pool):
    with pytest.raises(IntegrityError, match="agreement_pool_is_not_overdrawn"), transaction.atomic():
        use_pool(pool, 1)


def test_what_was_put_in_is_never_changed(pool, bistro_admin):
    change = top_up(bistro_admin, pool.pk, points=10, reference="SEPA 1")

    with pytest.raises(IntegrityError), transaction.atomic():
        PoolChange.objects.filter(pk=change.pk).update(points=20)


def test_without_prefunding_there_is_no_pool(there, bistro_admin):
    with pytest.raises(errors.NoPool):
        top_up(bistro_admin, there.pk, points=10, reference="SEPA 1")


def test_what_is_left_of_an_ended_agreement_can_be_taken_out_but_nothing_put_in(pool, bistro_admin):
    top_up(bistro_admin, pool.pk, points=10, reference="SEPA 1")
    Agreement.objects.filter(pk=pool.pk).update(status="ended", ended_at=clock.now())

    with pytest.raises(errors.NoPool):
        top_up(bistro_admin, pool.pk, points=10, reference="SEPA 2")
    withdraw(bistro_admin, pool.pk, points=10, reference="SEPA 3")

    assert points_in(pool) == 0
    assert not visible_pools(bistro_admin).exists()


def test_either_brand_sees_the_pool(pool, there_is_another, cafe_admin, bistro_admin, bakery_admin):
    assert [list(visible_pools(who)) for who in (cafe_admin, bistro_admin, bakery_admin)] == [[pool], [pool], []]


@pytest.fixture
def there_is_another(beans, forks):
    """The way back has no pool."""
    return agreed(forks, beans)


def test_a_pool_is_what_was_paid_in_less_what_the_ledger_issued(pool, bistro_admin, ana_beans, ana_forks):
    top_up(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")
    exchanged(ana_beans, ana_forks, 100, 250, at=clock.now())
    pool.refresh_from_db()
    use_pool(pool, 250)

    assert pools_off() == []


@pytest.mark.parametrize("used", [0, 249, 251])
def test_a_pool_that_does_not_add_up_is_found(pool, bistro_admin, ana_beans, ana_forks, used):
    top_up(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")
    exchanged(ana_beans, ana_forks, 100, 250, at=clock.now())
    pool.refresh_from_db()
    use_pool(pool, used)

    (off,) = pools_off([pool.pk])

    assert (off.agreement_id, off.pool_points, off.paid_in, off.issued) == (pool.pk, 1_000 - used, 1_000, 250)


def test_a_pool_tells_how_long_it_lasts(pool, bistro_admin, ana_beans, ana_forks):
    top_up(bistro_admin, pool.pk, points=1_000, reference="SEPA 1")
    exchanged(ana_beans, ana_forks, 100, 250, at=clock.now() - timedelta(days=6))
    exchanged(ana_beans, ana_forks, 100, 999, at=clock.now() - timedelta(days=8))
    pool.refresh_from_db()

    told = pool_of(pool)

    assert (told.points, told.lately, told.days_left, told.is_low) == (1_000, 250, 28, False)


def test_both_brands_hear_once_of_a_pool_that_runs_low(pool, bistro_admin, ana_beans, ana_forks, cafe, bistro):
    top_up(bistro_admin, pool.pk, points=400, reference="SEPA 1")
    pool.refresh_from_db()
    assert warn_of_low_pools() == 0
    exchanged(ana_beans, ana_forks, 100, 250, at=clock.now())
    use_pool(pool, 250)

    told = [warn_of_low_pools(), warn_of_low_pools()]

    assert told == [1, 0]
    low = Event.objects.filter(type="pool.low")
    assert {one.brand_id for one in low} == {cafe.pk, bistro.pk}
    assert [one.data["pool_points"] for one in low] == [150, 150]


@pytest.mark.django_db(transaction=True)
def test_a_pool_that_runs_low_again_is_told_of_again(pool, bistro_admin):
    told = [warn_of_low_pools()]
    top_up(bistro_admin, pool.pk, points=5, reference="SEPA 1")
    told.append(warn_of_low_pools())
    withdraw(bistro_admin, pool.pk, points=5, reference="SEPA 2")

    assert [*told, warn_of_low_pools(), warn_of_low_pools()] == [1, 0, 1, 0]


def test_an_ended_agreement_runs_low_no_more(pool):
    Agreement.objects.filter(pk=pool.pk).update(status="ended", ended_at=clock.now())

    assert warn_of_low_pools() == 0
