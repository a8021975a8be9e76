"""The command that tells what brands owe each other."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exchange.clearing.tests.conftest import agreed
from exchange.clearing.tests.exchanged import IN_OCTOBER, exchanged, legs
from exchange.rates.models import Agreement
from loyalty import clock


def report(*arguments) -> list[str]:
    out = StringIO()
    with clock.at(datetime(2026, 11, 2, tzinfo=UTC)):
        call_command("settlement_report", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_it_tells_each_pair_what_is_left_between_brands_and_a_sum(there, back, ana_beans, ana_forks):
    exchanged(ana_beans, ana_forks, 1_000, 2_500)
    exchanged(ana_forks, ana_beans, 500, 300)

    assert report() == [
        "BEANS to FORKS: 1 exchanges, 1,000 points given, 2,500 issued, owes 12.50 EUR (open)",
        "FORKS to BEANS: 1 exchanges, 500 points given, 300 issued, owes 3.00 EUR (open)",
        "Cafe owes Bistro 9.50 EUR",
        "2026-10: 2 exchanges of 2 pairs, 1 debt between brands",
    ]


def test_another_month_and_another_program_are_told_when_asked_for(there, ana_beans, ana_forks, db):
    exchanged(ana_beans, ana_forks, 1_000, 2_500)

    assert report("--month", "2026-09") == ["2026-09: 0 exchanges of 0 pairs, 0 debts between brands"]
    assert report("--program", "FORKS")[-1] == "2026-10: 1 exchanges of 1 pairs, 1 debt between brands"
    with pytest.raises(CommandError, match="there is no program 'NOBODY'"):
        report("--program", "NOBODY")
    with pytest.raises(CommandError, match="--month"):
        report("--month", "October")


def test_it_writes_a_file_that_is_no_formula(there, ana_beans, ana_forks, tmp_path):
    type(there.from_program.brand).objects.filter(pk=there.from_program.brand_id).update(code="=1+1")
    exchanged(ana_beans, ana_forks, 1_000, 2_500)

    report("--csv", tmp_path / "october.csv")
    (row,) = csv.DictReader((tmp_path / "october.csv").open(encoding="utf-8-sig"))

    assert (row["from_brand"], row["amount"], row["currency"]) == ("'=1+1", "12.50", "EUR")


def test_a_file_that_cannot_be_written_is_an_error(there, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        report("--csv", tmp_path / "no" / "such" / "place.csv")


def test_it_ends_with_an_error_where_ledger_and_exchanges_do_not_agree(there, ana_beans, ana_forks):
    legs(ana_beans, ana_forks, 10, 20, IN_OCTOBER)

    with pytest.raises(CommandError, match="do not agree: BEANS to FORKS"):
        report()


def test_it_ends_with_an_error_where_a_pool_does_not_add_up(beans, forks):
    pool = agreed(beans, forks, is_prefunded=True)
    Agreement.objects.filter(pk=pool.pk).update(pool_points=5)

    with pytest.raises(CommandError, match="the pool of BEANS to FORKS"):
        report()
