"""Settling and checking by hand."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from exchange.requests.models import Exchange
from exchange.settling.invariants import EXCHANGES
from exchange.settling.tests.waiting import make_pair
from ledger.reconciliation import reconcile

pytestmark = pytest.mark.django_db


def said(capsys, *arguments, **options) -> str:
    call_command(*arguments, **options)
    return capsys.readouterr().out


def broken() -> set[str]:
    return {result.invariant.name for result in reconcile(invariants=EXCHANGES) if not result.is_ok}


def tamper(sql: str) -> None:
    """Changes rows behind the guards' back."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("set local session_replication_role = origin")


def test_it_settles_what_waits_and_says_how_much(pair, capsys):
    pair.ask_all(pair.members)

    assert said(capsys, "settle_exchanges", "--dry-run") == "would settle 3 exchanges\n"
    assert said(capsys, "settle_exchanges") == "settled 3 exchanges, 0 failed, 0 put off\n"
    assert said(capsys, "settle_exchanges", "--until-empty") == "settled 0 exchanges, 0 failed, 0 put off\n"


def test_it_keeps_to_a_lane_and_a_limit(pair, capsys):
    pair.ask_all(pair.members, lane=1)
    pair.ask(pair.members[0], lane=2)

    assert said(capsys, "settle_exchanges", "--lane", "1", "--limit", "2").startswith("settled 2 ")
    assert said(capsys, "settle_exchanges", "--lane", "1", "--batch", "1").startswith("settled 1 ")
    assert Exchange.objects.filter(status="pending", lane=2).count() == 1


@pytest.mark.parametrize(
    "wrong", [["--lane", "8"], ["--lane", "-1"], ["--limit", "0"], ["--batch", "0"], ["--from-broker"]]
)
def test_what_makes_no_sense_is_refused(wrong, db, settings):
    settings.EXCHANGE_BROKER_URL = ""
    with pytest.raises(CommandError):
        call_command("settle_exchanges", *wrong)


def test_whole_exchanges_are_found_whole(cafe, bistro, capsys):
    pair = make_pair(cafe, bistro, members=3, member_daily_max=500, pair_daily_max=500)
    pair.ask_all(pair.members)
    assert broken() == set()
    call_command("settle_exchanges")
    capsys.readouterr()

    assert said(capsys, "check_exchanges").endswith("5 invariants checked: all hold\n")


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("update exchange_exchange set to_amount = to_amount + 1", "exchanges-are-as-quoted"),
        ("update exchange_exchange set in_id = out_id", "exchanges-have-both-legs-or-none"),
        (
            "update exchange_exchange set status = 'failed', failure = 'x', out_id = null, in_id = null",
            "holds-of-exchanges-end-with-them",
        ),
        ("update exchange_dayusage set points = points + 1", "days-count-what-was-exchanged"),
        ("delete from loyalty_event where type = 'exchange.completed'", "exchanges-tell-of-their-end-once"),
    ],
)
def test_what_is_not_whole_is_found(cafe, bistro, sql, name):
    pair = make_pair(cafe, bistro, member_daily_max=500, pair_daily_max=500)
    pair.ask(pair.members[0])
    call_command("settle_exchanges")
    tamper(sql)

    assert name in broken()
    with pytest.raises(CommandError, match="invariants broken"):
        call_command("check_exchanges")
