"""The faults that take minutes or root: a bad line, a full disk, a clock that jumps, a power cut, and every fault there
is in random order. They run with FAULTS=all:

    FAULTS=all pytest -n0 -m faults

FAULTS_SEED=<n> repeats a run's choices, FAULTS_COUNT=<n> sets how many faults the long run has."""

import os
import random
import signal
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from loyalty.database import EmbeddedServer
from loyalty.postgresql.binaries import DatabaseUnavailable
from loyalty.testing.faults import plants
from loyalty.testing.faults import proxy as lines
from loyalty.testing.faults.breaking import Breaker
from loyalty.testing.faults.judging import Judgement, judge
from loyalty.testing.faults.load import Load, press, settle
from loyalty.testing.faults.proxy import Proxy
from loyalty.testing.faults.stand import Stand, kill
from loyalty.testing.faults.volume import NoVolume, Volume

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.skipif(os.environ.get("FAULTS") != "all", reason="takes minutes: FAULTS=all runs it"),
]

SEED = int(os.environ.get("FAULTS_SEED") or random.randrange(1_000_000))
COUNT = int(os.environ.get("FAULTS_COUNT") or 30)


@pytest.fixture(scope="module")
def standing():
    with Stand() as stand:
        yield stand


@pytest.fixture
def stand(standing):
    if standing.keeper is None:
        standing.serve()
    return standing


@contextmanager
def volume(**options):
    try:
        made = Volume(**options).__enter__()
    except NoVolume as reason:
        pytest.skip(str(reason))
    try:
        yield made
    finally:
        made.__exit__()


def judged(stand, load) -> Judgement:
    stand.wait_until_it_serves(worker=True)
    settle(stand, load)
    judgement = judge(stand, load, was_broken=True)
    print(f"\nseed {SEED}: {load.history}: {judgement}")
    return judgement


def test_every_fault_in_random_order(stand):
    load, breaker = Load(stand.open_shop(members=8), seed=SEED), Breaker(stand, random.Random(SEED))
    faults = [
        breaker.kill_web, breaker.kill_one_web_process, breaker.kill_worker, breaker.kill_postmaster,
        breaker.kill_one_backend, breaker.terminate_all_backends, breaker.stop_one_web_process,
    ]  # fmt: skip
    with load:
        breaker.run([breaker.rng.choice(faults) for _ in range(COUNT)])
    breaker.heal()

    judgement = judged(stand, load)
    assert judgement.is_green, f"seed {SEED}, {breaker.timeline}\n{judgement}"


def test_a_bad_line(stand):
    rng = random.Random(SEED)
    with Proxy(stand.port, rng) as proxy:
        load = Load(stand.open_shop(members=6), seed=SEED, port=proxy.port, timeout_seconds=3)
        with load:
            for mode in rng.sample([lines.LOSE_REPLIES, lines.RESET, lines.DELAY, lines.SILENCE] * 2, 8):
                proxy.mode = mode
                time.sleep(rng.uniform(2, 4))
                proxy.mode = lines.PASS
                time.sleep(1)

    judgement = judged(stand, load)
    assert sum(any(answer.status == 0 for answer in deed.answers) for deed in load.history.deeds) > 20
    assert judgement.is_green, f"seed {SEED}\n{judgement}"


def test_a_clock_that_jumps(stand):
    stand.stop_serving()
    stand.serve(settings="moving_clock")
    rng = random.Random(SEED)
    load = Load(stand.open_shop(members=6), seed=SEED)
    try:
        with load:
            for _ in range(8):
                (stand.folder / "var" / "clock").write_text(str(rng.choice([-90, -30, 0, 61, 90])))
                time.sleep(2)
    finally:
        (stand.folder / "var" / "clock").write_text("0")

    judgement = judged(stand, load)
    stand.stop_serving()
    assert judgement.is_green, f"seed {SEED}\n{judgement}"


def test_without_the_lock_and_the_guard_behind_it_updates_are_lost():
    with Stand() as stand, plants.NO_LOCK.planted(stand):
        with stand.database() as connection:
            connection.execute("alter table loyalty_event_1 drop constraint event_sequence_is_unique")
        load = press(stand, seed=SEED)
        judgement = judge(stand, load, was_broken=False)

    assert "reconcile_ledger balances-run-on" in judgement.seen_by, f"seed {SEED}\n{judgement}"


def test_a_full_disk():
    with volume() as disk, Stand(parent=disk.path, processes=2) as stand:
        load = Load(stand.open_shop(members=6), seed=SEED)
        with load:
            for _ in range(3):
                time.sleep(2)
                with disk.full():
                    time.sleep(4)
                stand.wait_until_it_serves()

        judgement = judged(stand, load)
        assert any(answer.status >= 500 for deed in load.history.deeds for answer in deed.answers)
        assert judgement.is_green, f"seed {SEED}\n{judgement}"


@pytest.mark.parametrize(
    "setting", ["", "fsync", "synchronous_commit"], ids=lambda setting: f"{setting or 'nothing'} off"
)
def test_a_power_cut(setting):
    """The processes stand still, the disk is copied as it is at that moment, and a server starts on the copy. With a
    setting of the server's off that promises what is acknowledged, the loss must be seen."""
    with ExitStack() as stack:
        disk = stack.enter_context(volume())
        stand = stack.enter_context(Stand(parent=disk.path, processes=2))
        if setting:
            with stand.database() as connection:
                connection.execute(f"alter system set {setting} = off")
                connection.execute("select pg_reload_conf()")
        load = Load(stand.open_shop(members=6), seed=SEED, timeout_seconds=5)
        with load:
            time.sleep(8)
            servers = processes_below(stand.postmaster())
            for process in servers:
                kill(process, signal.SIGSTOP)
            cut_at = time.monotonic()
            copy = stack.enter_context(volume(copy=disk.image))
            for process in servers:
                kill(process, signal.SIGCONT)
        told = [
            deed.first_done.body["id"]
            for deed in load.history.deeds
            if deed.is_done and not deed.is_later and deed.first_done.ended < cut_at
        ]
        lost = missing(told, EmbeddedServer(copy.path / stand.folder.name / "var" / "pg"))

    print(f"\n{setting or 'nothing'} off: {len(told)} acknowledged, {len(lost)} lost")
    assert len(told) > 50
    assert bool(lost) == bool(setting)


def processes_below(postmaster: int) -> list[int]:
    with open(f"/proc/{postmaster}/task/{postmaster}/children") as listed:  # noqa: PTH123
        return [postmaster, *map(int, listed.read().split())]


def missing(told: list[str], server: EmbeddedServer) -> list[str]:
    """Which of these transactions are not in the books; all, where the server cannot even start."""
    try:
        server.start()
        with psycopg.connect(server.conninfo()) as connection:
            found = connection.execute("select public_id::text from ledger_posting").fetchall()
    except (DatabaseUnavailable, psycopg.Error) as reason:
        print(f"\nthe server does not start on what is left: {reason}")
        return told
    finally:
        server.remove()
    return sorted(set(told) - {public_id for (public_id,) in found})
