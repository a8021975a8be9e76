"""The measures, each a count or a ratio within this run. Variants take turns, round by round, so that what else the
machine does falls on all of them; what is reported is the median of the rounds."""

import itertools
import statistics
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec
import psutil
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.floor import pgbench
from loyalty.demo.benchmark.load import Load, request, run
from loyalty.demo.benchmark.places import Places

_numbers = itertools.count(1)
_chance = Random(1)  # noqa: S311
BATCH = 1_000


@dataclass(slots=True)
class Series:
    """One figure over the rounds."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the largest and the smallest, as a part of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0


@dataclass(slots=True)
class Stage:
    """The running service, the plain variant beside it, and the database under both."""

    places: Places
    port: int
    plain_port: int
    web: psutil.Process
    plain_web: psutil.Process
    worker: psutil.Process
    folder: Path
    seconds: float
    rounds: int
    say: Callable[[str], None]

    def earn(self) -> bytes:
        body = {"program_id": self.places.code, "amount": "64.90", "currency": "EUR", "reference": f"B{next(_numbers)}"}
        return request("POST", f"/api/members/{self.member()}/earn", self.places.key, msgspec.json.encode(body))

    def redeem(self) -> bytes:
        body = {"program_id": self.places.code, "points": 100, "idempotency_key": f"B{next(_numbers)}"}
        return request("POST", f"/api/members/{self.member()}/redeem", self.places.key, msgspec.json.encode(body))

    def balance(self) -> bytes:
        return request("GET", f"/api/members/{self.member()}/balances", self.places.key, b"")

    def batch(self) -> bytes:
        items = [
            {"member_id": self.member(), "program_id": self.places.code, "amount": "64.90", "currency": "EUR",
             "reference": f"B{next(_numbers)}"}
            for _ in range(BATCH)
        ]  # fmt: skip
        body = msgspec.json.encode({"transactions": items})
        return request("POST", "/api/transactions/accrue/batch", self.places.key, body)

    def plain_earn(self) -> bytes:
        body = {"program": self.places.code, "member": self.member(), "amount": "64.90", "currency": "EUR"}
        body["reference"] = f"B{next(_numbers)}"
        return request("POST", "/transactions/", self.places.key, msgspec.json.encode(body))

    def member(self) -> str:
        """One of the members."""
        return f"M{_chance.randrange(self.places.members)}"


def fresh_number() -> int:
    """A number that no request of this run has had."""
    return next(_numbers)


def single_moves(stage: Stage) -> dict[str, Series]:
    """CPU (of web and PostgreSQL, in ms) of one earn and one redemption: through the service, in the plain variant, and
    on the floor; and how many a second came through eight connections."""
    server = machine.postmaster()
    variants = {
        "earn": (lambda: stage.earn(), stage.port, [stage.web, server]),
        "redeem": (lambda: stage.redeem(), stage.port, [stage.web, server]),
        "plain earn": (lambda: stage.plain_earn(), stage.plain_port, [stage.plain_web, server]),
    }
    series = {f"{name} {what}": Series() for name in variants for what in ("ms", "per s")}
    series |= {f"{name} floor {what}": Series() for name in ("earn", "redeem") for what in ("ms", "per s")}
    series |= {"earn web ms": Series(), "redeem web ms": Series(), "plain earn web ms": Series()}
    for name, (make, port, _) in variants.items():
        clean(run(port, make, connections=8, seconds=1), name)
    for number in range(stage.rounds):
        stage.say(f"single moves, round {number + 1} of {stage.rounds}")
        for name in ("earn", "redeem"):
            before = machine.cpu_seconds([server])
            count = pgbench(name, stage.places, clients=8, seconds=stage.seconds, folder=stage.folder)
            series[f"{name} floor ms"].values.append((machine.cpu_seconds([server]) - before) / count * 1000)
            series[f"{name} floor per s"].values.append(count / round(stage.seconds))
        for name, (make, port, processes) in variants.items():
            before = [machine.cpu_seconds([process]) for process in processes]
            load = clean(run(port, make, connections=8, seconds=stage.seconds), name)
            used = [machine.cpu_seconds([process]) - was for process, was in zip(processes, before, strict=True)]
            series[f"{name} ms"].values.append(sum(used) / load.count * 1000)
            series[f"{name} web ms"].values.append(used[0] / load.count * 1000)
            series[f"{name} per s"].values.append(load.rate)
    return series


def latency(stage: Stage) -> dict[str, float]:
    """The 99th percentile in ms at 70 % of what the machine can take, at 32 and at 8 connections."""
    stage.say("latency at 70 % of capacity")
    capacity = run(stage.port, stage.earn, connections=32, seconds=stage.seconds).rate
    found = {"capacity per s": capacity}
    for connections in (32, 8):
        loads = [
            run(stage.port, stage.earn, connections=connections, seconds=stage.seconds, rate=capacity * 0.7)
            for _ in range(stage.rounds)
        ]
        found[f"p99 at {connections}"] = statistics.median(load.percentile_ms(99) for load in loads)
        found[f"p50 at {connections}"] = statistics.median(load.percentile_ms(50) for load in loads)
    return found


def batches(stage: Stage) -> dict[str, Series]:
    """Purchases a second in batches of 1,000: through the service over four connections, and on the floor over two."""
    series = {"batch per s": Series(), "batch floor per s": Series()}
    run(stage.port, stage.batch, connections=2, seconds=1)
    for number in range(stage.rounds):
        stage.say(f"batches, round {number + 1} of {stage.rounds}")
        count = pgbench("batch", stage.places, clients=2, seconds=stage.seconds, folder=stage.folder)
        series["batch floor per s"].values.append(count * BATCH / round(stage.seconds))
        load = clean(run(stage.port, stage.batch, connections=4, seconds=stage.seconds), "batch")
        series["batch per s"].values.append(load.rate * BATCH)
    return series


def round_trips(stage: Stage) -> dict[str, int]:
    """SQL statements of a request with a key that was seen within the last second, counted in this process."""
    calls = {"earn": stage.earn, "redeem": stage.redeem, "balance": stage.balance, "batch": stage.batch}
    client, found = Client(), {}
    with one_connection():
        for name, make in calls.items():
            send(client, make())
            with CaptureQueriesContext(connection) as queries:
                answer = send(client, make())
            assert answer.status_code < 300, f"{name} answered {answer.status_code}"
            found[name] = len(queries)
    return found


def memory(stage: Stage) -> dict[str, float]:
    """The largest web and worker process after all of it, in MB."""
    return {"web MB": machine.memory_mb(stage.web), "worker MB": machine.memory_mb(stage.worker)}


def send(client: Client, raw: bytes):
    """The same bytes that went over the wire, through the service in this process."""
    head, _, body = raw.partition(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n")[0].decode().split()
    key = head.split(b"Authorization: ")[1].split(b"\r\n")[0].decode()
    return client.generic(method, path, body, content_type="application/json", headers={"Authorization": key})


@contextmanager
def one_connection():
    """Keeps the test client's requests from closing the connection between them."""
    from django.core import signals
    from django.db import close_old_connections

    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        signals.request_started.connect(close_old_connections)
        signals.request_finished.connect(close_old_connections)


def clean(load: Load, name: str) -> Load:
    """A load whose answers were refused measured something else."""
    if load.refused > load.count * 0.01 or not load.count:
        raise RuntimeError(f"{name}: {load.refused} of {load.count} answers were refused: {dict(load.statuses)}")
    return load
