"""Workers are killed -9 in the middle of their work, and every exchange is whole all the same; planted bugs prove that
the judgement would see it otherwise. FAULTS=all runs it with 10,000 exchanges; FAULTS_SEED=<n> repeats its choices."""

import os
import random

import pytest
from django.core.management import call_command

from exchange.requests.models import Exchange
from exchange.settling.tests.killing import (
    GIVEN_ONCE,
    GOT_ONCE,
    IN_ONE_HAND,
    NO_KEYS,
    NO_LOCK,
    NO_STATE,
    OWED_ONCE,
    SLOW,
    WORKER,
    Books,
    Workers,
    judge,
    planted,
    settle_and_kill,
    settler,
)
from exchange.settling.tests.waiting import make_pair
from programs.membership.models import Membership

SEED = int(os.environ.get("FAULTS_SEED") or random.randrange(1_000_000))

TWO = (settler(20), settler(20))
MANY = (10_000, 2_000, (settler(40), settler(40), WORKER))
ONLY_ALL = pytest.mark.skipif(os.environ.get("FAULTS") != "all", reason="takes a minute: FAULTS=all runs it")
TWICE = {GIVEN_ONCE, GOT_ONCE, OWED_ONCE, "exchanges-have-both-legs-or-none"}

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.django_db(transaction=True)]


class Run:
    """Exchanges that wait, of which some will fail, and workers to kill."""

    def __init__(self, cafe, bistro, database_url, folder, *, exchanges: int, members: int, commands):
        self.pair = make_pair(cafe, bistro, members=members, member_daily_max=10_000, pair_daily_max=10**9)
        rng = random.Random(SEED)
        # Few are in one lane, where all workers meet.
        lane = 0 if exchanges < 1_000 else None
        # Something else is set aside too: an exchange that is settled twice would not fail for want of points.
        self.pair.set_aside(500)
        self.before = Books.of(self.pair)
        self.pair.ask_all([self.pair.members[n % members] for n in range(exchanges)], 7, lane=lane)
        suspended = rng.sample(self.pair.members, members // 20)
        Membership.objects.filter(program=self.pair.nights, member_id__in=suspended).update(status="suspended")
        self.workers = Workers(database_url, commands, folder / "said", rng)

    def verdict(self, *, kills: int, seconds: int = 240) -> set[str]:
        settle_and_kill(self.workers, kills=kills, seconds=seconds)
        return judge(self.pair, self.before, self.workers.said())


@pytest.fixture
def run(cafe, bistro, database_url, tmp_path):
    def make(exchanges: int = 600, members: int = 120, commands=TWO) -> Run:
        return Run(cafe, bistro, database_url, tmp_path, exchanges=exchanges, members=members, commands=commands)

    return make


def ends() -> dict[str, int]:
    return {status: Exchange.objects.filter(status=status).count() for status in ("completed", "failed")}


def test_workers_killed_in_the_middle_leave_no_exchange_half_or_twice(run):
    made = run()
    with planted(*SLOW):
        verdict = made.verdict(kills=3)

    assert verdict == set(), f"seed {SEED}\n{made.workers.said()[-2000:]}"
    assert ends() == {"completed": 570, "failed": 30}
    assert made.workers.in_the_middle >= 2


@pytest.mark.parametrize(
    ("plants", "witnesses"),
    [
        # What comes second finds everything done, and is taken apart for nothing.
        (NO_LOCK, {IN_ONE_HAND}),
        # The books know the keys, but not so the events and the end.
        ((*NO_LOCK, *NO_STATE), {"exchanges-tell-of-their-end-once"}),
        ((*NO_STATE, *NO_KEYS), TWICE),
        ((*NO_LOCK, *NO_STATE, *NO_KEYS), TWICE),
    ],
    ids=["no lock", "no lock and no state", "settled without idempotency", "neither"],
)
def test_a_planted_bug_turns_the_same_run_red(run, plants, witnesses):
    made = run()
    with planted(*SLOW, *plants):
        verdict = made.verdict(kills=2, seconds=60)

    assert witnesses <= verdict, f"seed {SEED}: {verdict}\n{made.workers.said()[-2000:]}"


@pytest.mark.slow
@ONLY_ALL
def test_ten_thousand_exchanges_under_kills(run):
    made = run(*MANY)

    assert made.verdict(kills=20) == set(), f"seed {SEED}\n{made.workers.said()[-2000:]}"
    assert ends() == {"completed": 9_500, "failed": 500}
    assert made.workers.in_the_middle >= 15
    call_command("reconcile_ledger")
    call_command("check_exchanges")


@pytest.mark.slow
@ONLY_ALL
@pytest.mark.parametrize(
    ("plants", "witnesses"),
    [(NO_LOCK, {IN_ONE_HAND}), ((*NO_STATE, *NO_KEYS), TWICE), ((*NO_LOCK, *NO_STATE, *NO_KEYS), TWICE)],
    ids=["no lock", "settled without idempotency", "neither"],
)
def test_a_planted_bug_turns_ten_thousand_red(run, plants, witnesses):
    made = run(*MANY)
    with planted(*SLOW, *plants):
        verdict = made.verdict(kills=20)

    assert witnesses <= verdict, f"seed {SEED}: {verdict}\n{made.workers.said()[-2000:]}"
