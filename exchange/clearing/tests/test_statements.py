"""What a month of a pair comes to: by the ledger, exact, the same for both brands, and never silently different from
the exchanges."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from exchange.clearing.closing import close_month, mark_paid
from exchange.clearing.lines import Totals, every_line, lines_of
from exchange.clearing.months import month_named
from exchange.clearing.owing import amount_of
from exchange.clearing.statements import both_ways, find_pair, net_of, nets, owed, statement, statements
from exchange.clearing.tests.conftest import admin_of, agreed
from exchange.clearing.tests.exchanged import IN_OCTOBER, OCTOBER, exchanged, legs, request
from exchange.rates.models import Agreement
from exchange.rates.tests.pairs import program
from loyalty import clock
from loyalty.errors import Forbidden, NotFound
from loyalty.identity.models import Brand, BrandMember, Staff
from programs.membership.operations import enrol


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(datetime(2026, 11, 20, tzinfo=UTC)):
        yield


def test_a_month_is_what_the_ledger_moved_between_the_two(there, ana_beans, ana_forks, ben_beans, ben_forks):
    exchanged(ana_beans, ana_forks, 100, 245, fee=2)
    exchanged(ben_beans, ben_forks, 40, 100)

    told = statement(there.from_program, there.to_program, OCTOBER)

    assert told.by_ledger == Totals(exchanges=2, points_given=140, fees=2, points_issued=345)
    assert (told.exchanges, told.points_given, told.fees, told.points_issued) == (2, 140, 2, 345)
    assert (told.point_price, told.currency, told.amount_minor) == (Decimal("0.005"), "EUR", 172)


def test_what_goes_to_another_partner_is_not_counted(there, beans, forks, bakery_admin, ana, ana_beans, ana_forks):
    owner = Brand.objects.get(code="bakery")
    BrandMember.objects.create(brand=owner, member=ana, external_id="ana-at-bakery")
    spoons = program(owner, "SPOONS")
    ana_spoons = enrol(spoons, ana)
    agreed(beans, spoons)
    agreed(spoons, forks)
    exchanged(ana_beans, ana_forks, 1, 10)
    exchanged(ana_beans, ana_spoons, 20, 300)
    exchanged(ana_spoons, ana_forks, 4_000, 50_000)

    told = [statement(*ends, OCTOBER) for ends in ((beans, forks), (beans, spoons), (spoons, forks))]

    assert [one.by_ledger for one in told] == [
        Totals(exchanges=1, points_given=given, points_issued=issued)
        for given, issued in ((1, 10), (20, 300), (4_000, 50_000))
    ]


def test_the_two_directions_are_told_apart_and_set_off(there, back, ana_beans, ana_forks):
    exchanged(ana_beans, ana_forks, 1_000, 2_500)
    exchanged(ana_forks, ana_beans, 500, 300)

    one, other = both_ways(there.from_program, there.to_program, OCTOBER)
    net = net_of(one, other)

    assert (one.points_given, one.points_issued, one.amount_minor) == (1_000, 2_500, 1_250)
    assert (other.points_given, other.points_issued, other.amount_minor) == (500, 300, 300)
    assert (net.debtor, net.creditor, net.amount_minor, net.currency) == (
        there.from_program, there.to_program, 950, "EUR",
    )  # fmt: skip


def test_what_was_paid_is_not_set_off_again(there, back, ana_beans, ana_forks, bistro_admin):
    exchanged(ana_beans, ana_forks, 1_000, 2_500)
    exchanged(ana_forks, ana_beans, 500, 300)
    close_month(bistro_admin, "BEANS", "FORKS", OCTOBER)
    mark_paid(bistro_admin, "BEANS", "FORKS", OCTOBER, reference="SEPA 17")

    net = net_of(*both_ways(there.from_program, there.to_program, OCTOBER))

    assert (net.debtor, net.amount_minor) == (there.to_program, 300)


def test_debts_in_two_currencies_are_not_set_off(there, beans, forks, ana_beans, ana_forks):
    agreed(forks, beans, price="1", currency="JPY")
    exchanged(ana_beans, ana_forks, 1_000, 2_500)
    exchanged(ana_forks, ana_beans, 500, 300)

    one, other = both_ways(beans, forks, OCTOBER)

    assert net_of(one, other) is None
    assert {(net.amount_minor, net.currency) for net in nets([one, other], lambda program: program.brand_id)} == {
        (1_250, "EUR"),
        (300, "JPY"),
    }


def test_a_month_begins_and_ends_by_utc_whatever_the_programs_say(there, ana_beans, ana_forks):
    type(there.from_program).objects.update(timezone="Pacific/Auckland")
    for day, points in ((datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), 1), (datetime(2026, 10, 1, tzinfo=UTC), 10)):
        exchanged(ana_beans, ana_forks, points, points, at=day)
    for day, points in ((datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), 100), (datetime(2026, 11, 1, tzinfo=UTC), 7)):
        exchanged(ana_beans, ana_forks, points, points, at=day)

    told = [
        statement(there.from_program, there.to_program, date(2026, month, 1)).points_issued for month in (9, 10, 11)
    ]

    assert told == [1, 110, 7]


def test_an_exchange_that_the_ledger_dates_otherwise_counts_where_the_ledger_has_it(there, ana_beans, ana_forks):
    late = datetime(2026, 11, 1, 0, 0, 1, tzinfo=UTC)
    exchanged(ana_beans, ana_forks, 10, 25, at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), completed_at=late)

    october, november = (statement(there.from_program, there.to_program, date(2026, month, 1)) for month in (10, 11))

    assert october.by_ledger == Totals(exchanges=1, points_given=10, points_issued=25)
    assert november.is_empty


@pytest.mark.parametrize(
    ("points", "price", "currency", "minor"),
    [
        (1, "0.005", "EUR", 0), (3, "0.005", "EUR", 2), (5, "0.005", "EUR", 2), (7, "0.005", "EUR", 4),
        (3, "0.333333", "EUR", 100), (1, "0.5", "JPY", 0), (3, "0.5", "JPY", 2), (1, "0.0125", "KWD", 12),
        (9_000_000_000_000_000, "0.000001", "EUR", 900_000_000_000),
        (8_999_999_999_999_999, "999999.999999", "EUR", 899_999_999_999_099_900_000_000),
    ],
)  # fmt: skip
def test_amounts_are_exact_and_rounded_half_to_even_once(points, price, currency, minor):
    assert amount_of(points, Decimal(price), currency) == minor


def test_the_amount_is_rounded_on_the_sum_and_not_line_by_line(there, ana_beans, ana_forks):
    for _ in range(3):
        exchanged(ana_beans, ana_forks, 1, 1)

    told = statement(there.from_program, there.to_program, OCTOBER)

    assert told.amount_minor == 2


@pytest.mark.parametrize("price", [None, "0"])
def test_without_a_price_nothing_is_owed(beans, forks, ana_beans, ana_forks, price):
    agreed(beans, forks, price=price)
    exchanged(ana_beans, ana_forks, 10, 25)

    assert statement(beans, forks, OCTOBER).amount_minor == (None if price is None else 0)


def test_points_out_of_a_pool_were_paid_for_before(beans, forks, ana_beans, ana_forks):
    agreed(beans, forks, is_prefunded=True)
    exchanged(ana_beans, ana_forks, 10, 2_500)

    told = statement(beans, forks, OCTOBER)

    assert (told.points_issued, told.amount_minor, told.is_prefunded) == (2_500, 0, True)


def test_the_agreement_last_in_force_in_the_month_says_the_price(there, beans, forks, ana_beans, ana_forks):
    exchanged(ana_beans, ana_forks, 100, 200)
    there.status, there.ended_at = Agreement.Status.ENDED, datetime(2026, 10, 20, tzinfo=UTC)
    there.save()
    for day, price in ((25, "0.02"), (32, "0.03")):
        began = datetime(2026, 10, day, tzinfo=UTC) if day < 32 else datetime(2026, 11, 2, tzinfo=UTC)
        Agreement.objects.filter(status="active").update(status="ended")
        Agreement.objects.create(
            from_program=beans, to_program=forks, point_price=Decimal(price), currency="EUR", status="active",
            active_since=began,
        )  # fmt: skip

    told = {month: statement(beans, forks, date(2026, month, 1)).point_price for month in (9, 10, 11)}

    assert told == {9: Decimal("0.005"), 10: Decimal("0.02"), 11: Decimal("0.03")}


def test_points_that_left_without_an_exchange_are_shown_as_a_difference(there, ana_beans, ana_forks):
    exchanged(ana_beans, ana_forks, 100, 250)
    legs(ana_beans, ana_forks, 7, 9, IN_OCTOBER)

    told = statement(there.from_program, there.to_program, OCTOBER)
    off = lines_of(told.pair, OCTOBER, only_differing=True)

    assert (told.points_given, told.points_issued, told.by_ledger.differences) == (107, 259, 2)
    assert {(line.exchange_id, line.points_given, line.points_issued) for line in off} == {(None, 7, 0), (None, 0, 9)}


def test_an_exchange_that_the_ledger_does_not_know_is_shown_as_a_difference(there, ana_beans, ana_forks):
    lost = request(ana_beans, ana_forks, from_amount=50, to_amount=120, at=IN_OCTOBER)

    told = statement(there.from_program, there.to_program, OCTOBER)
    (off,) = lines_of(told.pair, OCTOBER, only_differing=True)

    assert (told.exchanges, told.points_issued, told.by_ledger.differences) == (0, 0, 1)
    assert (off.exchange_id, off.points_given, off.asked_given, off.asked_issued) == (lost.pk, 0, 50, 120)


def test_an_exchange_of_other_points_than_the_ledgers_is_shown_as_a_difference(there, ana_beans, ana_forks):
    exchanged(ana_beans, ana_forks, 100, 250, to_amount=251)

    told = statement(there.from_program, there.to_program, OCTOBER)

    assert (told.points_issued, told.by_ledger.differences) == (250, 1)


def test_each_exchange_has_its_line_in_the_order_of_time(there, ana_beans, ana_forks, ben_beans, ben_forks):
    made = [
        exchanged(who, to, 10 + n, 20 + n, fee=n, at=IN_OCTOBER.replace(hour=n))
        for n, (who, to) in enumerate([(ana_beans, ana_forks), (ben_beans, ben_forks), (ana_beans, ana_forks)], 1)
    ]
    pair = there.from_program_id, there.to_program_id

    found = list(every_line(pair, OCTOBER))
    first = lines_of(pair, OCTOBER, limit=1)
    rest = lines_of(pair, OCTOBER, after=(first[0].at, first[0].line_id))
    before = lines_of(pair, OCTOBER, after=(rest[-1].at, rest[-1].line_id), backwards=True)

    assert [(line.exchange_id, line.points_given, line.fee, line.points_issued, line.differs) for line in found] == [
        (one.pk, 10 + n, n, 20 + n, False) for n, one in enumerate(made, 1)
    ]
    assert [*first, *rest] == found
    assert before == found[1::-1]


def test_a_file_of_many_exchanges_is_read_in_parts(there, ana_beans, ana_forks, monkeypatch):
    monkeypatch.setattr("exchange.clearing.lines.FETCHED", 2)
    for _ in range(5):
        exchanged(ana_beans, ana_forks, 1, 2)

    found = list(every_line((there.from_program_id, there.to_program_id), OCTOBER))

    assert len({line.line_id for line in found}) == len(found) == 5


def test_many_pairs_take_as_many_questions_as_one(there, back, ana_beans, ana_forks, django_assert_num_queries):
    exchanged(ana_beans, ana_forks, 10, 25)
    pairs = [(there.from_program, there.to_program), (there.to_program, there.from_program)]

    with django_assert_num_queries(3):
        found = statements(pairs, OCTOBER)

    assert [one.points_issued for one in found] == [25, 0]


def test_both_brands_read_the_same_and_a_third_nothing(
    there, ana_beans, ana_forks, cafe_admin, bistro_admin, bakery_admin
):
    exchanged(ana_beans, ana_forks, 10, 25)

    assert owed(cafe_admin, OCTOBER) == owed(bistro_admin, OCTOBER) != []
    assert owed(bakery_admin, OCTOBER) == []
    assert find_pair(bistro_admin, "BEANS", str(there.to_program_id)) == (there.from_program, there.to_program)
    with pytest.raises(NotFound):
        find_pair(bakery_admin, "BEANS", "FORKS")


def test_a_pair_that_never_had_an_agreement_in_force_has_no_statement(there, cafe_admin):
    with pytest.raises(NotFound):
        find_pair(cafe_admin, "FORKS", "BEANS")


def test_staff_do_not_see_what_brands_owe(there, cafe):
    with pytest.raises(Forbidden):
        owed(admin_of(cafe, role=Staff.Role.STAFF), OCTOBER)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-10", "2026-10-01", "", "2026-10\n", "٢٠٢٦-10"])
def test_a_month_that_is_none_is_not_found(text):
    with pytest.raises(NotFound):
        month_named(text)
