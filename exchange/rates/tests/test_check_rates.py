"""The command that looks for circles of rates that make points out of nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.tests.pairs import open_pair, program
from loyalty import clock


@pytest.fixture
def pairs(beans, bistro):
    plates = program(bistro, "PLATES")
    return open_pair(beans, plates, rate="2.5"), open_pair(plates, beans, rate="0.3")


def told(capsys, *options: str) -> list[str]:
    """The lines it writes, without the time."""
    call_command("check_rates", *options)
    return [line[24:] if line[:2] == "20" else line for line in capsys.readouterr().out.splitlines()]


def test_it_lists_the_circles_with_their_products(pairs, capsys):
    circle, summary = told(capsys)

    assert circle in (
        "BEANS -> PLATES 2.5, PLATES -> BEANS 0.3: 0.75",
        "PLATES -> BEANS 0.3, BEANS -> PLATES 2.5: 0.75",
    )
    assert summary == "checked 2 pairs at 1 instant: no circle makes points out of nothing"


def test_what_is_to_come_is_looked_at(pairs, capsys, beans):
    later = clock.now() + timedelta(days=2)
    Bonus.objects.create(
        from_program=beans, to_program=pairs[0].to_program, name="Much", percent=50, starts_at=later,
        ends_at=later + timedelta(days=1), actor="test",
    )  # fmt: skip

    with pytest.raises(CommandError, match="checked 2 pairs at 3 instants: points come of nothing in 1 circle"):
        call_command("check_rates")
    assert f"{later:%Y-%m-%d %H:%M:%S}" in next(
        line for line in capsys.readouterr().out.splitlines() if line.endswith(": 1.125  MAKES POINTS")
    )
    assert len(told(capsys, "--at", "2999-01-01")) == 2
    with pytest.raises(CommandError):
        call_command("check_rates", at=(later + timedelta(hours=1)).isoformat())


def test_rates_written_past_the_operations_are_found(pairs, beans):
    Rate.objects.create(
        from_program=beans, to_program=pairs[0].to_program, rate=Decimal(4), valid_from=clock.now(), actor="test"
    )
    with pytest.raises(CommandError):
        call_command("check_rates", limit=0)

    Agreement.objects.filter(from_program=beans).update(status="ended")
    call_command("check_rates")


@pytest.mark.parametrize("options", [("--at", "noon"), ("--limit", "-1")])
def test_options_that_mean_nothing_are_refused(db, options):
    with pytest.raises(CommandError):
        call_command("check_rates", *options)


def test_few_are_listed_of_many(pairs, capsys):
    assert told(capsys, "--limit", "0") == [
        "and 1 circle that give less",
        "checked 2 pairs at 1 instant: no circle makes points out of nothing",
    ]
