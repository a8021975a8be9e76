"""Balances as of an instant, and as they were known at an instant, for random histories with late news."""

from dataclasses import asdict
from random import Random

import pytest

from ledger.accounts import open_accounts
from ledger.models import Posting
from ledger.reconciliation import reconcile
from ledger.selectors import balances
from ledger.statements import statement
from ledger.tests.books import clean, day
from ledger.tests.model import NEVER, RELEASED
from ledger.tests.twins import Call, Twin, make, sweep
from loyalty import clock
from loyalty.ids import uuid7

LAST = 40


@pytest.fixture
def twin(unit):
    owner = uuid7()
    return Twin(open_accounts(unit, [owner], debt_max=1000)[owner].id)


def longer(dice: Random, at: float) -> dict:
    """Now and then what happens keeps points longer."""
    return {"extend": at + dice.randint(1, 30)} if dice.random() < 0.4 else {}


def step(twin: Twin, dice: Random, at: float) -> None:
    """Something happens at that time; some of it is refused, by both."""
    deeds = [deed for deed in twin.purse.deeds if deed.name]
    earns = [deed for deed in deeds if deed.kind == "earn"]
    holds = [deed for deed in deeds if deed.kind == "hold"]
    kind = dice.choice(
        [
            "earn",
            "earn",
            "earn",
            "redeem",
            "redeem",
            "hold",
            "end",
            "return",
            "reverse",
            "adjust",
            "sweep",
            "mature",
            "gift_in",
            "gift_out",
        ]
    )
    if kind == "sweep":
        sweep(twin, at)
        return
    call = None
    if kind == "earn":
        expires = dice.choice([NEVER, at + dice.randint(1, 25)])
        pending = dice.choice([None, None, at + dice.randint(1, 9), RELEASED])
        life = {"expires": expires, "pending": pending}
        if dice.random() < 0.3:
            life = {"lots": [(n, dice.choice([None, pending]), expires) for n in (40, 25)]}
        call = Call("earn", at, points=65 if "lots" in life else dice.randint(0, 100), **life, **longer(dice, at))
    elif kind == "redeem":
        call = Call("redeem", at, points=dice.randint(1, 90), **longer(dice, at))
    elif kind == "gift_in":
        pending = dice.choice([None, at + dice.randint(1, 9)])
        call = Call(
            "gift_in", at, points=dice.randint(1, 60), expires=at + dice.randint(1, 25), pending=pending, hops=1
        )
    elif kind == "gift_out":
        call = Call("gift_out", at, points=dice.randint(1, 60), hops_max=dice.choice([1, 2]))
    elif kind == "mature" and earns:
        call = Call("mature", at, target=dice.choice(earns))
    elif kind == "hold":
        call = Call("hold", at, points=dice.randint(1, 60), until=at + dice.randint(1, 6))
    elif kind == "adjust":
        call = Call("adjust", at, points=dice.choice([-1, 1]) * dice.randint(1, 40))
    elif kind == "end" and holds:
        end = dice.choice(["capture", "release", "exchange_out"])
        more = {"points": dice.randint(0, 40)} if end == "capture" else {}
        call = Call(end, at, target=dice.choice(holds), **more)
    elif kind == "return" and earns:
        policy = dice.choice(["debt", "within_balance"])
        call = Call("give_back", at, target=dice.choice(earns), points=dice.randint(1, 100), policy=policy)
    elif kind == "reverse" and deeds:
        call = Call("reverse", at, target=dice.choice(deeds))
    if call:
        make([(twin, call)])


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_as_of_then_is_what_was_seen_then(twin, seed):
    """Everything recorded as it happened: looking back shows what was on the screen."""
    dice, seen, at = Random(seed), [], 0
    while at < LAST:
        for _ in range(dice.randint(1, 3)):
            step(twin, dice, at)
        twin.check(at)
        later = at + dice.choice([1, 1, 2, 4])
        seen += [(moment, twin.view(moment)) for moment in (at + 0.5, later)]
        at = later

    for moment, view in seen:
        assert twin.view_as_of(moment) == view, moment


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(12))
def test_late_news_change_what_is_said_of_then_but_not_what_was_known_then(twin, seed):
    dice, known = Random(1000 + seed), []
    for n in range(25):
        step(twin, dice, max(0, n + dice.choice([0, 0, 0, -1, -4, -12])))
        told = Posting.objects.filter(account_id=twin.account_id).order_by("id").last()
        if told and told.occurred_at > day(5):
            moments = [dice.randint(0, LAST), dice.randint(0, LAST) + 0.5]
            known += [(told.recorded_at, len(twin.purse.deeds), moment, twin.view_as_of(moment)) for moment in moments]

    for recorded_at, deeds, moment, said_then in known:
        expected = asdict(twin.purse.view_as_of(moment, deeds))
        assert twin.view_as_of(moment, known_at=recorded_at) == said_then == expected
    for moment in range(0, LAST, 3):
        assert twin.view_as_of(moment) == asdict(twin.purse.view_as_of(moment, NEVER))
    with clock.at(day(LAST)):
        assert clean(reconcile())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_a_statement_runs_from_balance_to_balance(twin, seed):
    dice = Random(2000 + seed)
    for n in range(30):
        step(twin, dice, n)

    for start in range(0, 30, 5):
        with clock.at(day(LAST)):
            found = statement(twin.account_id, day(start), day(start + 10))
        ends = [balances([twin.account_id], at=day(at))[twin.account_id].posted for at in (start, start + 10)]
        assert [found.opening, found.closing] == ends
        assert found.opening + sum(found.totals.values()) == found.closing
