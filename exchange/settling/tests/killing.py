"""Real worker processes that are killed while they settle, and a judgement of what they left. A planted bug, that is a
database function with a part left out, must turn the judgement red."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from exchange.requests.models import Exchange
from exchange.settling.invariants import EXCHANGES
from exchange.settling.tests.waiting import Pair
from ledger.reconciliation import INVARIANTS, reconcile

SECONDS_MAX = 240
ENDED = ("completed", "failed", "cancelled")
WORKER = ("worker", "--concurrency", "2")

SUMS = """
select (select coalesce(sum(b.posted + b.held), 0) from ledger_balance b join ledger_account a on a.id = b.account_id
        where a.unit_id = %(miles)s)::bigint,
       (select coalesce(sum(b.posted), 0) from ledger_balance b join ledger_account a on a.id = b.account_id
        where a.unit_id = %(nights)s)::bigint,
       (select coalesce(sum(from_amount), 0) from exchange_exchange where status = 'completed')::bigint,
       (select coalesce(sum(to_amount), 0) from exchange_exchange where status = 'completed')::bigint
"""


def settler(batch: int) -> tuple[str, ...]:
    """The command that settles in batches of this size until nothing waits."""
    return ("settle_exchanges", "--until-empty", "--batch", str(batch))


class Workers:
    """Processes of management commands on the test's database, started again when they are killed."""

    def __init__(self, database_url: str, commands: Sequence[Sequence[str]], output: Path, rng: random.Random):
        self.environment = os.environ | {"DATABASE_URL": database_url, "LOG_LEVEL": "WARNING"}
        self.commands, self.output, self.rng = commands, output, rng
        self.running: list[subprocess.Popen] = []
        self.kills = 0

    def __enter__(self):
        self.running = [self._start(command) for command in self.commands]
        return self

    def __exit__(self, *exception) -> None:
        for process in self.running:
            process.kill()
            process.wait()

    def kill_one(self) -> None:
        """Kill -9, and another one in its place."""
        n = self.rng.randrange(len(self.running))
        if self.running[n].poll() is None:
            self.running[n].send_signal(signal.SIGKILL)
            self.running[n].wait()
            self.kills += 1
        self.running[n] = self._start(self.commands[n])

    def said(self) -> str:
        return self.output.read_text()

    def _start(self, command: Sequence[str]) -> subprocess.Popen:
        with self.output.open("a") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=settings.BASE_DIR, env=self.environment, stdout=output, stderr=output,
            )  # fmt: skip


def settle_and_kill(workers: Workers, *, kills: int, seconds: int = SECONDS_MAX) -> None:
    """Lets the workers settle everything, and kills `kills` of them after random parts of it were done."""
    total = Exchange.objects.count()
    marks = sorted(workers.rng.randrange(total // 20, total * 9 // 10) for _ in range(kills))
    until = time.monotonic() + seconds
    with workers:
        while (done := Exchange.objects.filter(status__in=ENDED).count()) < total and time.monotonic() < until:
            while marks and done >= marks[0]:
                marks.pop(0)
                workers.kill_one()
            time.sleep(0.005)


@dataclass(frozen=True)
class Books:
    """What the members of both programs had before."""

    miles: int
    nights: int

    @classmethod
    def of(cls, pair: Pair) -> "Books":
        return cls(*sums(pair)[:2])


def sums(pair: Pair) -> tuple[int, int, int, int]:
    """Miles of all members, set aside or not, their nights, miles given and nights got by completed exchanges."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"miles": pair.miles.unit_id, "nights": pair.nights.unit_id})
        return cursor.fetchone()


def judge(pair: Pair, before: Books, said: str) -> set[str]:
    """What is wrong, by name; nothing is the verdict to hope for."""
    found = {result.invariant.name for result in reconcile(invariants=[*INVARIANTS, *EXCHANGES]) if not result.is_ok}
    if Exchange.objects.exclude(status__in=ENDED).exists():
        found.add("every exchange ends")
    miles, nights, given, got = sums(pair)
    if miles != before.miles - given:
        found.add("members gave what they exchanged")
    if nights != before.nights + got:
        found.add("members got what they exchanged for")
    # Somebody who is killed makes no trouble for those who go on.
    if "taken apart" in said or "could not be settled" in said or Exchange.objects.filter(attempts__gt=0).exists():
        found.add("no failure without a fault")
    return found


@contextmanager
def planted(*swaps: tuple[str, str, str]) -> Iterator[None]:
    """Within this context the database functions read otherwise: (function, what it reads, what it reads instead)."""
    before = {}
    try:
        for function, right, wrong in swaps:
            with connection.cursor() as cursor:
                cursor.execute("select pg_get_functiondef(oid) from pg_proc where proname = %s", [function])
                ((source,),) = cursor.fetchall()
                broken, count = re.subn(right, wrong, source)
                assert count == 1, f"{function} reads {right!r} {count} times"
                cursor.execute(broken)
            before.setdefault(function, source)
        yield
    finally:
        for source in before.values():
            with connection.cursor() as cursor:
                cursor.execute(source)


# Between claiming and settling there is time for others, so that workers meet and are killed with exchanges in hand.
SLOW = ("exchange_settled", r"BEGIN\n", "BEGIN\n  PERFORM pg_sleep(0.03);\n")
NO_LOCK = ("exchange_claim", r" FOR UPDATE SKIP LOCKED", "")
NO_STATE = (
    ("exchange_settled", r" AND x\.status IN \('pending', 'processing'\)", ""),
    ("exchange_guard", r"TG_OP = 'UPDATE' AND", "true OR TG_OP = 'UPDATE' AND"),
)
# What is left to stop a second effect behind the keys: that a hold is resolved once.
NO_IDEMPOTENCY = (
    ("ledger_post", r"\br\.key,", "r.key || ':' || gen_random_uuid(),"),
    ("ledger_exchange_held", r"AND NOT EXISTS \(SELECT FROM ledger_holdresolution r WHERE r\.hold_id = h\.id\)", ""),
    ("ledger_exchange_held", r"(SELECT d\.hold_id, d\.posting_id, d\.held FROM done d)", r"\1 ON CONFLICT DO NOTHING"),
)
