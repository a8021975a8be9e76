"""Exchanges: how many a second the queue settles with one worker process and with two, beside the same two postings in
PostgreSQL alone, and how long one waits when a hundred a second are asked for over HTTP."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import msgspec
import psutil
from django.conf import settings
from django.db import connection

from exchange.models import Exchange, Rate
from exchange.rates.operations import set_rate
from exchange.requests.models import LANES
from exchange.settling.jobs import QUEUE, wake
from ledger.posting import UNTIL_RELEASED, Move, post
from loyalty import clock
from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.load import request, run
from loyalty.demo.benchmark.measures import BATCH, Series, Stage, clean, fresh_number
from loyalty.identity.operations import ensure_members
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from loyalty.postgresql.binaries import find_binaries
from programs.membership.enrolment import enrol_many
from programs.membership.models import Program
from programs.membership.operations import create_program

MEMBERS = 4_000
EACH = 10  # points of an exchange
ASKED_PER_SECOND = 100
ACTOR = "system:benchmark"
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
FLOOR_BATCH = 500
WAIT_SECONDS_MAX = 120
# Each transaction takes the next 500 holds and posts both legs of each, as a batch of the queue does.
FLOOR = r"""
select nextval('benchmark_exchange_batch') as b \gset
select count(*) from ledger_post((
  select jsonb_agg(jsonb_build_object(
    'n', l.n, 'kind', l.kind, 'account_id', l.account, 'key', 'floor:' || l.hold_id || l.kind,
    'fingerprint', repeat('ab', 32), 'actor', 'system:floor', 'points', l.points, 'at', now(),
    'public_id', gen_random_uuid(), 'policy', 'debt', 'target', l.target, 'partner', l.partner,
    'program_id', l.program, 'hops', l.hops, 'data', jsonb_build_object('exchange_id', l.hold_id)) order by l.n)
  from (
    select 2 * (n % :size) as n, 'exchange_out' as kind, from_account as account, 0 as points, hold_id as target,
           to_program as partner, from_program as program, 0 as hops, hold_id
    from benchmark_exchange where n / :size = :b
    union all
    select 2 * (n % :size) + 1, 'exchange_in', to_account, 20, null, from_program, to_program, 1, hold_id
    from benchmark_exchange where n / :size = :b) l), true);
"""


def exchanges(stage: Stage, *, count: int) -> dict[str, Series | float]:
    """Exchanges a second (by the clock, from waking the queue to the last one's end) and those of the floor with as
    many connections, CPU of PostgreSQL and workers for each in ms, and the lag in ms from asking to the end."""
    pair = _Pair(stage)
    found: dict[str, Series | float] = {}
    for number in range(stage.rounds):
        for workers in (1, 2):
            stage.say(f"{count:,} exchanges, {workers} worker(s), round {number + 1} of {stage.rounds}")
            pair.ask(count)
            with _workers(stage, workers) as processes:
                seconds, cpu = _drain(pair, processes)
            floor = _floor(stage, pair, count, clients=workers)
            for name, value in (
                ("exchanges per s", count / seconds),
                ("exchanges per s on the floor", floor),
                ("exchanges as a part of the floor", count / seconds / floor),
                ("CPU ms of an exchange", cpu / count * 1000),
            ):
                found.setdefault(f"{name}, {workers} worker(s)", Series()).values.append(value)
    return found | _lag(stage, pair)


class _Pair:
    """Two programs of the benchmark's brand with the same members, who have points in the first one."""

    def __init__(self, stage: Stage):
        brand = Program.objects.get(pk=stage.places.program_id).brand
        code = f"X{fresh_number()}"
        self.source, self.target = (
            create_program(brand, code=f"{code}{name}", name=f"Exchange {name}", money_currency="EUR") for name in "AB"
        )
        members = list(ensure_members(brand, [f"{code}-{n}" for n in range(MEMBERS)]).items())
        self.numbers = [external_id for external_id, _ in members]
        ids = [member_id for _, member_id in members]
        out, into = (enrol_many(program, ids) for program in (self.source, self.target))
        self.places = [(member_id, out[member_id].account_id, into[member_id].account_id) for member_id in ids]
        set_rate(_operator(), self.source.code, self.target.code, rate=Decimal(2))
        self.terms = Rate.objects.get(from_program=self.source)
        for start in range(0, MEMBERS, BATCH):
            post([self._move("deposit", account, 1_000_000) for _, account, _ in self.places[start : start + BATCH]])

    def ask(self, count: int) -> None:
        """Puts so many exchanges into the queue, each with its hold, as asking does; none is due before `release`."""
        for start in range(0, count, BATCH):
            rows = [self._exchange(n % MEMBERS) for n in range(start, min(start + BATCH, count))]
            post([self._hold(row) for row in rows])
            Exchange.objects.bulk_create(rows)
        with connection.cursor() as cursor:
            cursor.execute("analyze")

    def release(self) -> None:
        """Makes all that waits due."""
        Exchange.objects.filter(status="pending").update(next_attempt_at=None)

    def hold(self, count: int) -> None:
        """Holds alone, for the floor, numbered in a table."""
        rows = [self._exchange(n % MEMBERS) for n in range(count)]
        for start in range(0, count, BATCH):
            post([self._hold(row) for row in rows[start : start + BATCH]])
        with connection.cursor() as cursor:
            cursor.execute("drop table if exists benchmark_exchange")
            cursor.execute("drop sequence if exists benchmark_exchange_batch")
            cursor.execute("create sequence benchmark_exchange_batch minvalue 0 start 0")
            cursor.execute(
                "create unlogged table benchmark_exchange (n int primary key, hold_id uuid, from_account bigint,"
                " to_account bigint, from_program uuid, to_program uuid)"
            )
            with cursor.copy("copy benchmark_exchange from stdin") as copy:
                for n, row in enumerate(rows):
                    copy.write_row(
                        (n, row.hold_id, row.from_account_id, row.to_account_id, self.source.pk, self.target.pk)
                    )
            cursor.execute("create index on benchmark_exchange ((n / %s))", [FLOOR_BATCH])
            cursor.execute("analyze benchmark_exchange")

    def _exchange(self, n: int) -> Exchange:
        member_id, from_account, to_account = self.places[n]
        key = uuid7()
        return Exchange(
            id=key,
            member_id=member_id,
            from_program=self.source,
            to_program=self.target,
            from_account_id=from_account,
            to_account_id=to_account,
            terms=self.terms,
            rate=Decimal(2),
            from_amount=EACH,
            fee=0,
            to_amount=2 * EACH,
            residue=Decimal(0),
            day=clock.now().date(),
            next_attempt_at=clock.now() + timedelta(hours=1),
            key=f"{ACTOR}:{key}",
            fingerprint=b"benchmark",
            actor=ACTOR,
            lane=n % LANES,
            hold_id=uuid7(),
        )

    def _hold(self, row: Exchange) -> Move:
        return self._move("hold", row.from_account_id, EACH, public_id=row.hold_id, expires_at=UNTIL_RELEASED)

    def _move(self, kind: str, account_id: int, points: int, **more) -> Move:
        return Move(
            kind=kind,
            account_id=account_id,
            key=f"benchmark:{uuid7()}",
            fingerprint=b"benchmark",
            actor=ACTOR,
            points=points,
            program_id=self.source.pk,
            **more,
        )


def _operator() -> Principal:
    return Principal(kind="person", id=uuid7(), actor=ACTOR, brands={}, scopes=frozenset(), is_operator=True)


@contextmanager
def _workers(stage: Stage, count: int) -> Iterator[list[psutil.Process]]:
    """So many worker processes, up and waiting: the service's own, and besides it others for this queue alone."""
    log = (stage.folder / "workers.log").open("a")
    command = [*MANAGE, "worker", "--queues", QUEUE]
    others = [subprocess.Popen(command, env=os.environ, stdout=log, stderr=log) for _ in range(count - 1)]
    if others:
        time.sleep(4)
    try:
        yield [stage.worker, *(psutil.Process(process.pid) for process in others)]
    finally:
        for process in others:
            process.terminate()
        for process in others:
            process.wait(30)


def _drain(pair: _Pair, workers: list[psutil.Process]) -> tuple[float, float]:
    """Seconds until the last exchange is settled, and CPU seconds that workers and PostgreSQL took for all."""
    earliest, started = clock.now(), machine.cpu_seconds([*workers, machine.postmaster()])
    pair.release()
    begin = clock.now()
    for lane in range(LANES):
        wake(lane)
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    open_ones = Exchange.objects.filter(status__in=["pending", "processing"])
    while open_ones.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{open_ones.count()} exchanges were not settled in time")
        time.sleep(0.05)
    used = machine.cpu_seconds([*workers, machine.postmaster()]) - started
    done = Exchange.objects.filter(created_at__lt=earliest, completed_at__gte=earliest)
    assert not done.exclude(status="completed").exists(), "every exchange of the benchmark completes"
    return (done.order_by("-completed_at").values_list("completed_at", flat=True)[0] - begin) / timedelta(
        seconds=1
    ), used


def _floor(stage: Stage, pair: _Pair, count: int, *, clients: int) -> float:
    """The same postings by pgbench, a second."""
    pair.hold(count)
    script = stage.folder / "exchange.sql"
    script.write_text(FLOOR)
    numbers = ["-c", str(clients), "-j", str(clients), "-t", str(count // FLOOR_BATCH // clients)]
    values = ["-D", f"size={FLOOR_BATCH}"]
    command = [find_binaries() / "pgbench", "-n", *numbers, *values, "-f", script, stage.places.conninfo]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr[-800:]}")
    return count // FLOOR_BATCH // clients * clients * FLOOR_BATCH / seconds


def _lag(stage: Stage, pair: _Pair) -> dict[str, float]:
    """From asking to the end, in ms, with a hundred asked for each second over HTTP and the service's own worker."""
    stage.say(f"{ASKED_PER_SECOND} exchanges a second over HTTP")
    asked = iter(range(10**9))

    def ask() -> bytes:
        n = next(asked)
        body = {
            "member_id": pair.numbers[n % MEMBERS],
            "from_program_id": pair.source.code,
            "to_program_id": pair.target.code,
            "from_amount": EACH,
            "idempotency_key": f"lag-{fresh_number()}",
        }
        return request("POST", "/api/exchanges", stage.places.key, msgspec.json.encode(body))

    begin = clock.now()
    clean(run(stage.port, ask, connections=8, seconds=4 * stage.seconds, rate=ASKED_PER_SECOND), "exchange")
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    rows = Exchange.objects.filter(created_at__gte=begin, from_program=pair.source)
    while rows.filter(completed_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    ms = timedelta(milliseconds=1)
    lags = sorted((end - start) / ms for start, end in rows.values_list("created_at", "completed_at"))
    return {
        "exchange lag, median ms": lags[len(lags) // 2],
        "exchange lag, 95th percentile ms": lags[int(len(lags) * 0.95)],
    }
