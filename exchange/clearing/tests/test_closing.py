"""A closed month keeps its figures, is closed once it is over, and is paid once, by the word of who is owed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.clearing import errors
from exchange.clearing.closing import close_month, mark_paid
from exchange.clearing.models import Settlement
from exchange.clearing.statements import statement
from exchange.clearing.tests.conftest import admin_of, agreed
from exchange.clearing.tests.exchanged import IN_OCTOBER, OCTOBER, exchanged
from loyalty import clock
from loyalty.errors import Forbidden, Invalid, NotFound
from loyalty.events.models import Event
from loyalty.identity.models import Staff

NOVEMBER = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def october(there, ana_beans, ana_forks):
    """200 forks were issued for beans in October: 1.00 EUR."""
    exchanged(ana_beans, ana_forks, 100, 200)
    return there


def closed(principal) -> Settlement:
    return close_month(principal, "BEANS", "FORKS", OCTOBER)


def events() -> list[tuple]:
    return [
        (one.type, one.brand_id, one.data["amount"])
        for one in Event.objects.filter(type__startswith="settlement.").order_by("id")
    ]


def test_a_closed_month_keeps_its_figures_and_both_brands_hear_of_it(october, cafe_admin, cafe, bistro):
    settlement = closed(cafe_admin)

    assert (settlement.exchanges, settlement.points_given, settlement.points_issued) == (1, 100, 200)
    assert (settlement.point_price, settlement.amount_minor, settlement.currency) == (Decimal("0.005"), 100, "EUR")
    assert settlement.actor == cafe_admin.actor
    assert {one[:2] for one in events()} == {("settlement.closed", cafe.pk), ("settlement.closed", bistro.pk)}


def test_closing_again_by_either_brand_gives_the_same(october, cafe_admin, bistro_admin):
    assert closed(cafe_admin) == closed(bistro_admin)
    assert Settlement.objects.count() == 1
    assert len(events()) == 2


@pytest.mark.parametrize(
    ("now", "is_closed"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 1, 0, 9, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 1, 0, 10, tzinfo=UTC), True),
    ],
)
def test_a_month_is_closed_once_it_is_over_and_all_of_it_in_the_books(october, cafe_admin, now, is_closed):
    with clock.at(now):
        if is_closed:
            assert closed(cafe_admin).points_issued == 200
        else:
            with pytest.raises(errors.MonthNotOver):
                closed(cafe_admin)
            assert not Settlement.objects.exists()


def test_what_comes_into_a_closed_month_is_shown_beside_it_and_changes_nothing(
    october, cafe_admin, ana_beans, ana_forks
):
    closed(cafe_admin)
    exchanged(ana_beans, ana_forks, 10, 20, at=IN_OCTOBER)

    told = statement(october.from_program, october.to_program, OCTOBER)

    assert (told.points_issued, told.amount_minor, told.status) == (200, 100, "closed")
    assert told.since_closed == (1, 10, 20)


def test_what_is_put_right_in_november_counts_in_november(october, cafe_admin, ana_beans, ana_forks):
    closed(cafe_admin)
    exchanged(ana_beans, ana_forks, 10, 20, at=NOVEMBER)

    told = [statement(october.from_program, october.to_program, date(2026, month, 1)) for month in (10, 11)]

    assert [(one.points_issued, one.since_closed) for one in told] == [(200, (0, 0, 0)), (20, (0, 0, 0))]


def test_a_price_agreed_later_does_not_reach_a_closed_month(october, cafe_admin):
    closed(cafe_admin)
    type(october).objects.update(point_price=Decimal("9"))

    assert statement(october.from_program, october.to_program, OCTOBER).amount_minor == 100


def test_a_month_in_which_nothing_was_exchanged_can_be_closed_too(there, cafe_admin):
    assert (closed(cafe_admin).exchanges, closed(cafe_admin).amount_minor) == (0, 0)


def test_who_is_owed_says_that_it_was_paid(october, cafe_admin, bistro_admin):
    closed(cafe_admin)

    with pytest.raises(Forbidden):
        mark_paid(cafe_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")
    paid = mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference=" SEPA 17 ")

    assert (paid.paid_at, paid.reference) == (NOVEMBER, "SEPA 17")
    assert statement(october.from_program, october.to_program, OCTOBER).status == "paid"
    assert [one[0] for one in events()] == ["settlement.closed"] * 2 + ["settlement.paid"] * 2


def test_marking_it_again_changes_nothing_and_another_payment_is_refused(october, cafe_admin, bistro_admin):
    closed(cafe_admin)
    mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")

    with clock.at(NOVEMBER + timedelta(days=1)):
        again = mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")
        with pytest.raises(errors.SettlementPaid):
            mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 18")

    assert (again.paid_at, Event.objects.filter(type="settlement.paid").count()) == (NOVEMBER, 2)


@pytest.mark.parametrize("reference", ["", "  ", "x" * 101])
def test_a_payment_has_a_number(october, cafe_admin, bistro_admin, reference):
    closed(cafe_admin)

    with pytest.raises(Invalid):
        mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference=reference)


def test_what_is_not_closed_is_not_paid(october, bistro_admin):
    with pytest.raises(errors.SettlementNotClosed):
        mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")


def test_where_nothing_is_owed_nothing_is_paid(there, bistro_admin):
    closed(bistro_admin)

    with pytest.raises(errors.NothingToPay):
        mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")


def test_strangers_and_staff_close_nothing(october, bakery_admin, cafe):
    with pytest.raises(NotFound):
        closed(bakery_admin)
    with pytest.raises(Forbidden):
        closed(admin_of(cafe, role=Staff.Role.STAFF))


def test_each_direction_is_closed_for_itself(october, beans, forks, cafe_admin):
    agreed(forks, beans, price=None)
    closed(cafe_admin)

    back = close_month(cafe_admin, "FORKS", "BEANS", OCTOBER)

    assert (back.points_issued, back.amount_minor, Settlement.objects.count()) == (0, None, 2)
