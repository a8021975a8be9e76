"""Vouchers: 100,000 codes in bulk, a redemption over HTTP beside the same work in PostgreSQL alone, and QR tokens."""

import time
from decimal import Decimal
from random import Random

import msgspec
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.floor import pgbench
from loyalty.demo.benchmark.load import request, run
from loyalty.demo.benchmark.measures import Series, Stage, clean, fresh_number, one_connection, send
from programs.membership.models import Program
from programs.rewards.catalogue.operations import create_reward
from programs.rewards.issuing.batches import BatchRequest, fill_batch, make_batch
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.codes import shown

CODES = 100_000
USED = 10_000
ACTOR = "system:benchmark"
# The floor needs to know them by number.
NUMBERED = """
create unlogged table benchmark_voucher as
select row_number() over (order by id)::int as n, id, code from programs_voucher where batch_id = %s;
alter table benchmark_voucher add primary key (n);
"""
_chance = Random(2)  # noqa: S311


def bulk_codes(stage: Stage) -> dict[str, float]:
    """Seconds by the clock for 100,000 unique codes, as a batch of them is made: chunk by chunk, with their events."""
    stage.say(f"{CODES:,} codes")
    program = Program.objects.get(pk=stage.places.program_id)
    batch = make_batch(program, BatchRequest(count=CODES, name="Benchmark", reward=_reward(program)), actor=ACTOR)
    begin = time.perf_counter()
    fill_batch(batch)
    seconds = time.perf_counter() - begin
    assert Voucher.objects.filter(batch=batch).count() == CODES, "there are as many codes as were asked for"
    return {"100,000 codes, s": seconds}


def redemptions(stage: Stage) -> dict[str, Series | int]:
    """CPU (of web and PostgreSQL, in ms) of redeeming a percentage off an order of three lines, over HTTP and on the
    floor, and the SQL round trips of one. Vouchers without an end are redeemed, so that there are always some."""
    program = Program.objects.get(pk=stage.places.program_id)
    asked = BatchRequest(count=USED, name="Without an end", reward=_reward(program), uses_max=None)
    batch = fill_batch(make_batch(program, asked, actor=ACTOR))
    codes = [shown(code) for code in Voucher.objects.filter(batch=batch).values_list("code", flat=True)]
    server, series = machine.postmaster(), {f"voucher {name} ms": Series() for name in ("redeem", "floor")}

    def redeem() -> bytes:
        return _redemption(stage, codes[_chance.randrange(USED)])

    clean(run(stage.port, redeem, connections=8, seconds=1), "voucher")
    # Only now, for a plan made of an empty table is one of reading all of it.
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED, [batch.pk])
        cursor.execute("analyze")
    for number in range(stage.rounds):
        stage.say(f"redeemed vouchers, round {number + 1} of {stage.rounds}")
        before = machine.cpu_seconds([server])
        count = pgbench("voucher", stage.places, clients=8, seconds=stage.seconds, folder=stage.folder)
        series["voucher floor ms"].values.append((machine.cpu_seconds([server]) - before) / count * 1000)
        before = machine.cpu_seconds([stage.web, server])
        load = clean(run(stage.port, redeem, connections=8, seconds=stage.seconds), "voucher")
        used = machine.cpu_seconds([stage.web, server]) - before
        series["voucher redeem ms"].values.append(used / load.count * 1000)
    return series | {"voucher": _round_trips(redeem)}


def _round_trips(redeem) -> int:
    client = Client()
    with one_connection():
        send(client, redeem())
        with CaptureQueriesContext(connection) as queries:
            answer = send(client, redeem())
    assert answer.status_code < 300, f"a voucher answered {answer.status_code}"
    return len(queries)


def _reward(program: Program) -> Reward:
    found = Reward.objects.filter(program=program, code="fifteen").first()
    return found or create_reward(
        program, code="fifteen", name="15 % off", kind="discount", status="active", discount_kind="percent",
        percent=Decimal("15.00"), actor=ACTOR,
    )  # fmt: skip


def _redemption(stage: Stage, code: str) -> bytes:
    items = [
        {"sku": sku, "quantity": 1, "amount": amount} for sku, amount in (("A", "19.99"), ("B", "5.01"), ("C", "9.90"))
    ]
    body = {
        "amount": "34.90",
        "currency": "EUR",
        "items": items,
        "reference": f"V{fresh_number()}",
        "idempotency_key": f"V{fresh_number()}",
    }
    return request("POST", f"/api/vouchers/{code}/redeem", stage.places.key, msgspec.json.encode(body))
