"""The command that tries rules on what was bought."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from programs.activity.tests.ruled import campaign_by, fixed, per, rule, rule_by
from programs.activity.tests.tills import earn

pytestmark = pytest.mark.django_db


def backtest_rules(*options: str) -> str:
    out = StringIO()
    call_command("backtest_rules", "--program", "BEANS", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def bought(api, beans, ana_beans):
    rule_by(beans, rule("rate", per(1)))
    earn(api, "100.00", occurred_at="2026-01-10T12:00:00Z")
    earn(api, "50.00", occurred_at="2026-02-10T12:00:00Z")


def test_a_version_is_told_rule_by_rule_and_in_one_line(bought):
    lines = backtest_rules("--ruleset", "1").splitlines()

    assert "By rule" in "".join(lines) and "By what members spend" in "".join(lines)
    assert lines[-1].startswith("2 purchases, 1 rules, ")
    assert lines[-1].endswith(" s: 150 points, +0.0 % against what is live")


def test_a_file_of_rules(bought, tmp_path):
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [rule("rate", per(1)), rule("more", fixed(3), group="bonus")]}))

    assert backtest_rules("--ruleset", str(file)).endswith("156 points, +4.0 % against what is live\n")


def test_a_campaign_beside_what_is_live(bought, beans):
    campaign_by(beans, "spring", rule("s", fixed(15), group="bonus"))

    assert backtest_rules("--campaign", "spring").splitlines()[-1].startswith("2 purchases, 2 rules, ")


def test_only_what_was_bought_in_that_time(bought):
    assert backtest_rules("--ruleset", "1", "--from", "2026-02-01").splitlines()[-1].startswith("1 purchases")
    assert backtest_rules("--ruleset", "1", "--to", "2026-02-01").splitlines()[-1].startswith("1 purchases")
    assert backtest_rules("--ruleset", "1", "--at", "2026-01-01").splitlines()[-1].startswith("0 purchases")


def test_a_dry_run_counts_and_checks_only(bought):
    told = backtest_rules("--ruleset", "1", "--dry-run")

    assert told == "would replay 2 purchases and events; the rules have no mistakes\n"


def test_what_is_wrong_is_told_with_its_place(bought, tmp_path):
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [rule("rate", fixed(-1))]}))

    with pytest.raises(CommandError, match="/rules/0/effects/0/points"):
        backtest_rules("--ruleset", str(file))
    for options in (["--ruleset", "9"], ["--ruleset", "none.json"], ["--campaign", "none"]):
        with pytest.raises(CommandError):
            backtest_rules(*options)
    with pytest.raises(CommandError, match="--from"):
        backtest_rules("--ruleset", "1", "--from", "yesterday")


def test_a_time_that_ends_before_it_begins_is_refused(bought):
    with pytest.raises(CommandError, match="--from lies before --to"):
        backtest_rules("--ruleset", "1", "--from", "2026-06-02", "--to", "2026-06-01")
