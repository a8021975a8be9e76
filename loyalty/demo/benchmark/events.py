"""Events: how many a second are written, how many a second one sender delivers to a receiver on this machine, and how
long after its commit an earn over HTTP is at the receiver."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
from django.conf import settings
from django.db import connection, transaction

from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.load import run
from loyalty.demo.benchmark.measures import Series, Stage, clean
from loyalty.events.log import record_many
from loyalty.ids import uuid7
from programs.membership.models import Program

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
BATCH = 500
TYPE = "points.expiring"
EARNS_PER_SECOND = 100
WAIT_SECONDS_MAX = 120


def events(stage: Stage, *, count: int) -> dict[str, Series | float]:
    """Events written a second by one connection; deliveries a second by the clock and by each second of CPU that the
    sender and PostgreSQL took for them; the delay from an event's writing to its arrival, in ms, at a hundred earns a
    second."""
    found = {name: Series() for name in ("events written per s", "deliveries per s", "deliveries per CPU s")}
    brand_id = Program.objects.values_list("brand_id", flat=True).get(pk=stage.places.program_id)
    with _receiver(stage) as (address, arrivals):
        endpoint = _register(stage, address, [TYPE])
        for number in range(stage.rounds):
            stage.say(f"{count:,} events, round {number + 1} of {stage.rounds}")
            found["events written per s"].values.append(_write(brand_id, count))
            seconds, cpu = _deliver(stage, arrivals, expected=(number + 1) * count)
            found["deliveries per s"].values.append(count / seconds)
            found["deliveries per CPU s"].values.append(count / cpu)
        _pause(stage, endpoint)
        _register(stage, address, ["points.earned"])
        return found | _delay(stage, arrivals)


def _write(brand_id, count: int) -> float:
    """Writes them in transactions of BATCH, each of an aggregate of its own; how many a second."""
    begin = time.perf_counter()
    for start in range(0, count, BATCH):
        rows = [{"type": TYPE, "aggregate_id": uuid7(), "data": {"points": n}} for n in range(start, start + BATCH)]
        with transaction.atomic():
            record_many(rows, brand_id=brand_id)
    return count / (time.perf_counter() - begin)


def _deliver(stage: Stage, arrivals: Path, *, expected: int) -> tuple[float, float]:
    """Seconds from the first arrival to the last, and CPU seconds of the sender, without its start, and PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("analyze loyalty_event")
    before = len(_lines(arrivals))
    with _sender(stage) as sender:
        while len(_lines(arrivals)) == before:
            time.sleep(0.005)
        used, begin, first = machine.cpu_seconds([sender, machine.postmaster()]), time.time(), len(_lines(arrivals))
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while len(_lines(arrivals)) < expected:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{expected - len(_lines(arrivals))} events did not arrive in time")
            time.sleep(0.02)
        used = machine.cpu_seconds([sender, machine.postmaster()]) - used
    lines = _lines(arrivals)
    part = (expected - first) / (expected - before)
    return (json.loads(lines[-1])["at"] - begin) / part, used / part


def _delay(stage: Stage, arrivals: Path) -> dict[str, float]:
    """With a hundred earns a second over HTTP and a sender of its own."""
    stage.say(f"{EARNS_PER_SECOND} earns a second over HTTP, told to a receiver")
    before = len(_lines(arrivals))
    with _sender(stage):
        time.sleep(3)
        load = clean(
            run(stage.port, stage.earn, connections=8, seconds=4 * stage.seconds, rate=EARNS_PER_SECOND), "earn"
        )
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while len(_lines(arrivals)) < before + load.count and time.monotonic() < deadline:
            time.sleep(0.05)
    told = [json.loads(line) for line in _lines(arrivals)[before:]]
    if len(told) < load.count or not all(one["signed"] for one in told):
        raise RuntimeError(f"{len(told)} of {load.count} events arrived")
    delays = sorted((one["at"] - datetime.fromisoformat(one["recorded_at"]).timestamp()) * 1000 for one in told)
    return {
        "event delay, median ms": delays[len(delays) // 2],
        "event delay, 99th percentile ms": delays[int(len(delays) * 0.99)],
    }


@contextmanager
def _receiver(stage: Stage) -> Iterator[tuple[str, Path]]:
    """A receiver in a process of its own: its address, and the file with a line for each arrival."""
    file = stage.folder / "arrivals.jsonl"
    command = [*MANAGE, "receive_webhooks", "--bind", "127.0.0.1:0", "--file", str(file), "--verbosity", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().split()[-1]
        yield address, file
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _sender(stage: Stage) -> Iterator[psutil.Process]:
    log = (stage.folder / "sender.log").open("a")
    env = os.environ | {"WEBHOOKS_ALLOW_LOOPBACK": "1"}
    process = subprocess.Popen([*MANAGE, "deliver_webhooks"], env=env, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines() if file.exists() else []


def _register(stage: Stage, address: str, types: list[str]) -> str:
    return _ask(stage, "/api/webhooks", {"url": address, "events": types})["id"]


def _pause(stage: Stage, endpoint: str) -> None:
    _ask(stage, f"/api/webhooks/{endpoint}/pause", {})


def _ask(stage: Stage, path: str, body: dict) -> dict:
    headers = {"Authorization": f"Api-Key {stage.places.key}", "Content-Type": "application/json"}
    asked = Request(f"http://127.0.0.1:{stage.port}{path}", json.dumps(body).encode(), headers, method="POST")
    with urlopen(asked) as answer:  # noqa: S310
        return json.load(answer)
