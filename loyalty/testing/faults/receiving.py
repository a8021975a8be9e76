"""A partner who is told of what happens in a shop, and does not make it easy: some requests fail, some are taken and
answered with a failure. What arrived is compared with what happened."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from loyalty.testing.faults.shop import Shop
from loyalty.testing.faults.stand import ROOT, NotReady, Stand

FAILS, LIES = 5, 5
ARRIVE_SECONDS_MAX = 60
# What happened after it was registered, of those types; nothing else may arrive.
EVENTS = """
select coalesce(json_agg(json_build_object(
         'id', e.event_id, 'aggregate_id', e.aggregate_id, 'sequence', e.sequence, 'type', e.type) order by e.id), '[]')
from loyalty_event e join loyalty_brand b on b.id = e.brand_id where b.code = %s and e.id > %s
"""
TRANSACTIONS = """
select coalesce(json_agg(p.public_id), '[]') from ledger_posting p join loyalty_brand b on b.id = p.brand_id
where b.code = %s and p.id > %s
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that the partner took, in the order in which they came."""

    id: str
    aggregate_id: str
    sequence: int
    transaction_id: str | None
    is_signed: bool


class Partner:
    """Use it as a context: registered for all that happens in the shop from then on."""

    def __init__(self, stand: Stand, shop: Shop, *, seed: int):
        self.stand, self.shop, self.seed = stand, shop, seed
        self.file = stand.folder / f"arrivals-{shop.brand}.jsonl"
        self.process: subprocess.Popen | None = None

    def __enter__(self):
        command = [
            sys.executable, str(ROOT / "manage.py"), "receive_webhooks", "--bind", "127.0.0.1:0", "--verbosity", "0",
            "--file", str(self.file), "--fails", str(FAILS), "--lies", str(LIES), "--seed", str(self.seed),
        ]  # fmt: skip
        output = (self.stand.folder / "output").open("a")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=output, text=True, cwd=ROOT, env=self.stand.environment()
        )
        address = self.process.stdout.readline().split()[-1]
        self.first_event, self.first_posting = (
            self.stand.ask(f"select coalesce(max(id), 0) from {table}") for table in ("loyalty_event", "ledger_posting")
        )
        wire = self.shop.wire()
        made = wire.send("POST", "/api/webhooks", {"url": address, "events": ["*"]})
        wire.close()
        if made.status != 201:
            raise NotReady(f"the partner cannot be registered: {made} {made.body}")
        return self

    def __exit__(self, *exception) -> None:
        self.process.terminate()
        self.process.wait(30)

    def arrivals(self) -> list[Arrival]:
        if not self.file.exists():
            return []
        told = [json.loads(line) for line in self.file.read_text().splitlines() if line.endswith("}")]
        return [
            Arrival(one["id"], one["aggregate_id"], one["sequence"], one["transaction_id"], one["signed"])
            for one in told
        ]

    def events(self) -> list[dict]:
        """What happened in the shop since, but to the endpoint itself."""
        found = self.stand.ask(EVENTS, self.shop.brand, self.first_event)
        return [event for event in found if not event["type"].startswith("webhook.")]

    def wait(self) -> None:
        """Until all has arrived, or the time for it is over."""

        expected = {event["id"] for event in self.events()}
        deadline = time.monotonic() + ARRIVE_SECONDS_MAX
        while not expected <= {one.id for one in self.arrivals()} and time.monotonic() < deadline:
            time.sleep(1)

    def faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with what arrived: (the check that saw it, what it saw)."""
        self.wait()
        arrivals, events = self.arrivals(), {event["id"]: event for event in self.events()}
        seen = {one.id for one in arrivals}
        for event_id in events.keys() - seen:
            yield "every event arrives", str(events[event_id])
        for one in arrivals:
            if one.id not in events:
                yield "nothing arrives that did not happen", str(one)
            if not one.is_signed:
                yield "what arrives is signed", str(one)
        told = {one.transaction_id for one in arrivals}
        for transaction in self.stand.ask(TRANSACTIONS, self.shop.brand, self.first_posting):
            if transaction not in told:
                yield "every transaction is told", transaction
        for aggregate_id, firsts in first_arrivals(arrivals).items():
            if firsts != sorted(firsts):
                yield "events of an aggregate arrive in order", f"{aggregate_id}: {firsts}"


def first_arrivals(arrivals: list[Arrival]) -> dict[str, list[int]]:
    """Of each aggregate the sequences in the order in which they first came."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for one in arrivals:
        found[one.aggregate_id].setdefault(one.sequence)
    return {aggregate_id: list(sequences) for aggregate_id, sequences in found.items()}
