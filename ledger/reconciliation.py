"""Does the ledger add up? Runs every invariant in one snapshot and tells, to the account, what is off."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from django.db import connection, transaction

from ledger.invariants import BALANCES, BOOKS, UNITS, Invariant
from ledger.invariants_of_records import DUE, EVENTS, HOLDS, LOTS, POSTINGS
from loyalty import clock
from loyalty.sql import rows

INVARIANTS: list[Invariant] = [*BALANCES, *UNITS, *LOTS, *POSTINGS, *HOLDS, *EVENTS, *DUE]
SAMPLES_MAX = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that is off: the account's public id, where one is to blame, and the facts."""

    account: UUID | None
    facts: dict

    def __str__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items() if value is not None)
        return f"account {self.account}: {facts}" if self.account else facts


@dataclass(frozen=True, slots=True)
class Result:
    """One invariant and how many rows are off, with the first of them."""

    invariant: Invariant
    rows_off: int
    findings: list[Finding]
    seconds: float

    @property
    def is_ok(self) -> bool:
        return self.rows_off == 0 or self.invariant.informational


def reconcile(*, brand_id: UUID | None = None, invariants: Sequence[Invariant] = INVARIANTS) -> list[Result]:
    """The result of each invariant, for all brands or one. Outside a transaction they share one read-only snapshot;
    inside `atomic()` they see what that transaction sees. Writes nothing and waits for nobody."""
    return list(reconcile_each(brand_id=brand_id, invariants=invariants))


def reconcile_each(*, brand_id: UUID | None = None, invariants: Sequence[Invariant] = INVARIANTS) -> Iterator[Result]:
    """The same, one by one as they are found."""
    with snapshot():
        for invariant in invariants:
            yield _check(invariant, brand_id)


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read within sees the books at one instant; inside `atomic()` it is that transaction's business."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            # Everything is read; a planner that expects few rows would look them up one by one.
            cursor.execute("set local enable_nestloop = off")
        yield


def _check(invariant: Invariant, brand_id: UUID | None) -> Result:
    sql = (
        f"{BOOKS} select a.public_id as account, count(*) over () as rows_off, to_jsonb(q) - 'account_id' as facts "
        f"from ({invariant.sql}) q left join ledger_account a on a.id = q.account_id "
        f"order by q.account_id limit {SAMPLES_MAX}"
    )
    began = perf_counter()
    found = rows(sql, {"brand": brand_id, "now": clock.now()})
    return Result(
        invariant,
        found[0]["rows_off"] if found else 0,
        [Finding(row["account"], _plain(row["facts"])) for row in found],
        perf_counter() - began,
    )


def _plain(facts) -> dict:
    """The facts as a dictionary, whichever way the driver gives JSON."""
    return json.loads(facts) if isinstance(facts, str) else facts
