"""Processes are killed under load and what is left is judged; planted bugs prove that the judgement would see them.

A run that is red prints its seed, what was broken when, and the first findings. FAULTS_SEED=<n> repeats its choices,
FAULTS_SECONDS=<n> makes a run longer."""

import os
import random
import threading

import pytest

from loyalty.testing.faults import plants
from loyalty.testing.faults.breaking import Breaker
from loyalty.testing.faults.judging import judge
from loyalty.testing.faults.load import Load, press, settle
from loyalty.testing.faults.receiving import Partner
from loyalty.testing.faults.stand import Stand

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults")]

SEED = int(os.environ.get("FAULTS_SEED") or random.randrange(1_000_000))


@pytest.fixture(scope="module")
def standing():
    with Stand() as stand:
        yield stand


@pytest.fixture
def stand(standing):
    """The stand, serving as it should."""
    if standing.keeper is None:
        standing.serve()
    return standing


def test_twenty_redemptions_of_all_that_a_member_has_at_once_are_one(stand):
    shop = stand.open_shop(members=1)
    (member,) = shop.members
    given = shop.wire().send(
        "POST", f"/api/members/{member}/deposit", {"program_id": shop.program, "amount": 100, "idempotency_key": "all"}
    )
    start, answers = threading.Barrier(20), []

    def redeem(n: int) -> None:
        wire = shop.wire()
        wire.send("GET", "/api/health")
        start.wait()
        body = {"program_id": shop.program, "points": 100, "idempotency_key": f"redeem-{n}"}
        answers.append(wire.send("POST", f"/api/members/{member}/redeem", body))

    clients = [threading.Thread(target=redeem, args=[n]) for n in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    assert given.status == 201
    assert len(stand.web_processes()) == 4
    assert sorted(str(answer) for answer in answers) == ["201"] + ["422 insufficient-points"] * 19
    assert shop.balance(member).body["available"] == 0


def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice_whatever_is_killed(stand):
    load = Load(stand.open_shop(members=6), seed=SEED)
    breaker = Breaker(stand, random.Random(SEED))
    with Partner(stand, load.shop, seed=SEED) as partner:
        with load:
            breaker.run(
                [
                    breaker.kill_worker,
                    breaker.kill_sender,
                    breaker.kill_one_web_process,
                    breaker.kill_postmaster,
                    breaker.kill_sender,
                    breaker.terminate_all_backends,
                    breaker.stop_one_web_process,
                    breaker.kill_web,
                    breaker.kill_sender,
                ],
                pause=(1.5, 3),
            )
        breaker.heal()
        settle(stand, load)
        judgement = judge(stand, load, was_broken=True, partner=partner)

    assert len(load.history.deeds) > 200
    assert len(partner.arrivals()) > len(partner.events())
    assert not any("nothing to break" in fault for _, fault in breaker.timeline)
    assert judgement.is_green, f"seed {SEED}, {breaker.timeline}\n{judgement}"


@pytest.mark.parametrize(
    ("plant", "witnesses"),
    [
        (plants.NO_LOCK, {"no failure without a fault"}),
        (plants.NO_IDEMPOTENCY, {"one key, one answer"}),
        (plants.LOTS_NOT_USED_UP, {"reconcile_ledger lots-are-what-was-not-used"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_planted_bug_is_seen(stand, plant, witnesses):
    with plant.planted(stand):
        load = press(stand, seed=SEED)
        judgement = judge(stand, load, was_broken=False)

    assert witnesses <= judgement.seen_by, f"seed {SEED}\n{judgement}"


def test_an_event_written_after_the_commit_is_lost_when_a_process_is_killed(stand):
    with plants.EVENT_AFTER_COMMIT.planted(stand):
        load = Load(stand.open_shop(members=6), seed=SEED)
        breaker = Breaker(stand, random.Random(SEED))
        with Partner(stand, load.shop, seed=SEED) as partner:
            with load:
                breaker.run([breaker.kill_one_web_process] * 2, pause=(0.5, 1))
            breaker.heal()
            settle(stand, load)
            judgement = judge(stand, load, was_broken=True, partner=partner)

    witnesses = {"reconcile_ledger postings-have-their-event", "every transaction is told"}
    assert witnesses <= judgement.seen_by, f"seed {SEED}\n{judgement}"
