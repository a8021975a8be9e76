"""What the commands of earning have in common."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from programs.activity.tests.ruled import fixed, rule, rule_by

pytestmark = pytest.mark.django_db
COMMANDS = ("expire_points", "release_pending", "reassess_tiers", "award_birthdays", "backtest_rules")
MORE = {"backtest_rules": ["--ruleset", "1"]}


def ran(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, "--program", "BEANS", *options, *MORE.get(name, ()), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture(autouse=True)
def ruled(api, beans, ana_beans):
    rule_by(beans, rule("some", fixed(1)))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_looks_at_one_program_as_of_an_instant_and_tells_it_in_a_line(name):
    told = ran(name, "--at", "2026-06-01", "--dry-run")

    assert told.count("\n") == 1 and "would" in told
    assert ran(name, "--at", "2026-06-01").splitlines()[-1]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_says_what_it_cannot_do(name):
    with pytest.raises(CommandError, match="--at"):
        ran(name, "--at", "someday")
    with pytest.raises(CommandError, match="--at lies in the future"):
        ran(name, "--at", "2999-01-01")
    with pytest.raises(CommandError, match="NONE"):
        call_command(name, "--program", "NONE", *MORE.get(name, ()), stdout=StringIO())
