"""The commands by which an operator imports, exports and expires: what they say, and when they ask for a person."""

import csv

import pytest
from django.core.management import CommandError, call_command

from programs.activity.models import Purchase
from programs.activity.tests.shop_files import open_shop, write_events

EVENT = {"ts": "2010-06-15T12:00", "type": "earn", "invoice_no": "1", "customer_id": "ana", "amount": "200.00"}


@pytest.fixture
def shop(db):
    return open_shop()


@pytest.fixture
def events(tmp_path):
    return write_events(tmp_path / "events.csv", [EVENT])


def test_an_import_ends_with_one_line_that_sums_it_up(shop, events, capsys):
    call_command("import_purchases", events, program="SHOP")
    call_command("import_purchases", events, program="SHOP")

    assert capsys.readouterr().out.splitlines() == [
        "imported 1 purchases, 0 returns and 0 redemptions; 0 were known; earned 10, reversed 0, redeemed 0 points",
        "imported 0 purchases, 0 returns and 0 redemptions; 1 were known; earned 0, reversed 0, redeemed 0 points",
    ]


def test_refused_rows_lie_in_a_file_by_line_with_a_reason_and_the_exit_asks_for_a_person(shop, tmp_path):
    refused = tmp_path / "refused.csv"
    rows = [EVENT | {"invoice_no": "2", "amount": "-5.00"}, EVENT]
    events = write_events(tmp_path / "events.csv", rows)

    with pytest.raises(CommandError, match=r"1 rows were refused: see .*refused\.csv"):
        call_command("import_purchases", events, program="SHOP", refused=refused)

    with refused.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "reason", "row"],
            ["2", "amount -5.00 is negative", "1", "2010-06-15T12:00", "earn", "2", "", "ana", "'-5.00"],
        ]
    assert Purchase.objects.get().reference == "1"


def test_without_a_file_the_first_refused_rows_are_shown(shop, tmp_path, capsys):
    events = write_events(tmp_path / "events.csv", [EVENT | {"amount": "x"}] * 30)

    with pytest.raises(CommandError, match="30 rows were refused"):
        call_command("import_purchases", events, program="SHOP")

    assert len(capsys.readouterr().err.splitlines()) == 20


def test_a_dry_run_says_what_it_would_do(shop, events, capsys):
    call_command("import_purchases", events, program="SHOP", dry_run=True)

    assert capsys.readouterr().out.startswith("would import 1 purchases")
    assert not Purchase.objects.exists()


def test_balances_go_to_a_file_or_to_the_terminal(shop, events, tmp_path, capsys):
    call_command("import_purchases", events, program="SHOP")
    capsys.readouterr()

    call_command("export_balances", program="SHOP", at="2010-07-01T00:00")
    shown = capsys.readouterr().out
    call_command("export_balances", program="SHOP", at="2010-07-01T00:00", output=tmp_path / "balances.csv")

    assert shown.splitlines()[1] == '"ana",10,0,10,0,0,0,10,"bronze"'
    assert (tmp_path / "balances.csv").read_text() == shown
    assert capsys.readouterr().out.startswith("wrote the balances of 1 members to ")


def test_expired_points_are_counted(shop, events, capsys):
    call_command("import_purchases", events, program="SHOP")
    capsys.readouterr()

    call_command("expire_points", program="SHOP", at="2011-06-30T23:59")
    call_command("expire_points", dry_run=True)
    call_command("expire_points", at="2011-07-01", limit=5, program="SHOP")

    assert capsys.readouterr().out.splitlines() == [
        "expired 0 points in 0 lots",
        "would expire 10 points in 1 lots",
        "expired 10 points in 1 lots",
    ]


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("import_purchases", {"program": "NONE"}, "there is no program 'NONE'"),
        ("import_purchases", {"program": "SHOP", "chunk": 0}, "--chunk is a number from 1 to 10000"),
        ("export_balances", {"program": "NONE", "at": "2011-06-15"}, "there is no program 'NONE'"),
        ("export_balances", {"program": "SHOP", "at": "soon"}, "--at: 'soon' is not a time like 2011-06-15T12:00"),
        ("expire_points", {"program": "NONE"}, "there is no program 'NONE'"),
        ("expire_points", {"at": "2999-01-01"}, "--at lies in the future"),
        ("expire_points", {"limit": 0}, "--limit is a number of lots, 1 or more"),
    ],
)
def test_what_cannot_be_done_is_said(shop, events, command, options, message):
    arguments = [events] if command == "import_purchases" else []

    with pytest.raises(CommandError, match=message):
        call_command(command, *arguments, **options)


def test_a_file_of_another_kind_is_said_to_be_one(shop, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match="is that of neither file known here"):
        call_command("import_purchases", path, program="SHOP")
