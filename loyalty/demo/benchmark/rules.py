"""Rules: decisions a second, the dearest decision that a document may ask for, what was bought once more under twelve
rules, and an earn under twelve rules with limits beside one by the rate alone."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.load import request, run
from loyalty.demo.benchmark.measures import Series, Stage, clean, fresh_number, one_connection, send
from loyalty.demo.benchmark.places import prepare
from loyalty.demo.benchmark.twelve import DOCUMENT, TIERS, orders
from programs.activity.backtests.comparing import Backtest, Candidate
from programs.activity.backtests.operations import CHUNK
from programs.activity.importing import long_batch
from programs.earning.editions import renew
from programs.earning.models import RuleSet
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.conditions import Context
from programs.earning.rules.counting import Used
from programs.earning.rules.deciding import decide
from programs.earning.rules.document import read_rules
from programs.earning.rules.happening import Happening
from programs.earning.rules.replaying import Replay
from programs.earning.rules.worst import typical, worst_case
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Program, Tier

SIZES = (10, 100, 1_000)
ORDERS = 36_000
HELD = 4_000
ITEMS = [
    {"sku": "COFFEE", "category": "coffee", "quantity": 2, "amount": "6.90"},
    {"sku": "TRAIN", "category": "toys", "quantity": 1, "amount": "58.00"},
]


def decisions(stage: Stage) -> dict[str, Series]:
    """Decisions for each second of one core, by the number of rules, and milliseconds of the dearest one. It is the
    CPU's time that counts, so that neighbours do not."""
    series = {f"decisions per s, {size:,} rules": Series() for size in SIZES} | {"dearest decision ms": Series()}
    made = {size: typical(size) for size in SIZES}
    worst = worst_case()
    for number in range(stage.rounds):
        stage.say(f"decisions, round {number + 1} of {stage.rounds}")
        for size in SIZES:
            series[f"decisions per s, {size:,} rules"].values.append(_rate(*made[size], seconds=stage.seconds / 4))
        series["dearest decision ms"].values.append(1000 / _rate(worst[0], [worst[1]], seconds=stage.seconds / 4))
    return series


def _rate(snapshot: Snapshot, happenings: list[Happening], *, seconds: float) -> float:
    """Decisions about these, again and again, for each second of CPU."""
    used = {counter: Used(1, 1) for one in happenings for counter in snapshot.counters(one)}
    count, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        for one in happenings:
            decide(snapshot, one, used)
        count += len(happenings)
    return count / spent


def replays(stage: Stage, code: str | None) -> dict[str, Series]:
    """Seconds of CPU for 36,000 orders through twelve rules, in memory: real ones that were imported into the program
    of this code, else made up ones; and of a backtest of the real ones, which are read from the database and decided by
    what is live too, with all that the database does for it."""
    series = {"36,000 orders through 12 rules, CPU s": Series()}
    program = Program.objects.get(code=code) if code else None
    if program:
        series |= {"backtest of 36,000 purchases, CPU s": Series(), "the same by the clock, s": Series()}
        Tier.objects.bulk_create(Tier(program=program, **tier) for tier in TIERS)
        backtest = _opened(program)
        snapshot, happenings = backtest.draft, [one for one, _ in backtest.past.part(0, HELD)]
    else:
        stage.say("orders are made up: no ../shared/data/retail_lines.csv.gz")
        snapshot = Snapshot(read_rules(DOCUMENT, Context(currency="GBP", timezone="Europe/London")))
        happenings = orders(HELD)
    for number in range(stage.rounds):
        stage.say(f"backtests, round {number + 1} of {stage.rounds}")
        with long_batch():
            replay, begin = Replay(snapshot), time.process_time()
            for n in range(ORDERS):
                replay.add(happenings[n % len(happenings)])
            series["36,000 orders through 12 rules, CPU s"].values.append(time.process_time() - begin)
        if program:
            cpu, wall = _backtest(program)
            series["backtest of 36,000 purchases, CPU s"].values.append(cpu)
            series["the same by the clock, s"].values.append(wall)
    return series


def _opened(program: Program) -> Backtest:
    candidate = Candidate(ruleset=RuleSet(program=program, document=DOCUMENT))
    return Backtest(program, candidate, since=datetime(1990, 1, 1, tzinfo=UTC), until=clock.now())


def _backtest(program: Program) -> tuple[float, float]:
    """What a backtest of all that was bought takes, for each 36,000 purchases: this process and the database."""
    server, begin = machine.postmaster(), (time.process_time(), time.perf_counter())
    before = machine.cpu_seconds([server])
    backtest, done = _opened(program), 0
    while done < len(backtest):
        done = backtest.go_on(done, CHUNK)
    backtest.told()
    cpu = time.process_time() - begin[0] + machine.cpu_seconds([server]) - before
    share = ORDERS / backtest.purchases
    return cpu * share, (time.perf_counter() - begin[1]) * share


def ruled_earns(stage: Stage) -> dict[str, Series | int]:
    """CPU (of web and PostgreSQL, in ms) of an earn of two lines by the rate alone, and under twelve rules with their
    limits; and the SQL statements of the latter."""
    stage.say("another thousand members, under twelve rules")
    ruled = replace(stage, places=prepare())
    _publish(ruled.places.program_id)
    variants: dict[str, Callable[[], bytes]] = {
        "earn by rate": lambda: _earn(stage),
        "earn by 12 rules": lambda: _earn(ruled),
    }
    processes = [stage.web, machine.postmaster()]
    series: dict = {f"{name} ms": Series() for name in variants}
    for name, make in variants.items():
        clean(run(stage.port, make, connections=8, seconds=1), name)
    for number in range(stage.rounds):
        stage.say(f"earns under rules, round {number + 1} of {stage.rounds}")
        for name, make in variants.items():
            before = machine.cpu_seconds(processes)
            load = clean(run(stage.port, make, connections=8, seconds=stage.seconds), name)
            used = machine.cpu_seconds(processes) - before
            series[f"{name} ms"].values.append(used / load.count * 1000)
    client = Client()
    with one_connection():
        send(client, _earn(ruled))
        with CaptureQueriesContext(connection) as queries:
            answer = send(client, _earn(ruled))
    assert answer.status_code == 201, answer.content
    return series | {"earn by 12 rules": len(queries)}


def _publish(program_id) -> None:
    program = Program.objects.get(pk=program_id)
    Tier.objects.bulk_create(Tier(program=program, **tier) for tier in TIERS)
    RuleSet.objects.create(
        program=program, version=1, document=DOCUMENT, status=RuleSet.Status.PUBLISHED, created_by="system:benchmark",
        published_at=clock.now(), published_by="system:benchmark",
    )  # fmt: skip
    renew(program, reason="the benchmark", actor="system:benchmark")
    # Everybody has reached their tier long ago; to rise is no part of buying every day.
    reassess_tiers(at=clock.now(), program=program)


def _earn(stage: Stage) -> bytes:
    body = {
        "program_id": stage.places.code, "amount": "64.90", "currency": "EUR", "reference": f"B{fresh_number()}",
        "items": ITEMS, "source": "app",
    }  # fmt: skip
    return request("POST", f"/api/members/{stage.member()}/earn", stage.places.key, msgspec.json.encode(body))
