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
from django.db import connection, transaction

from exchange.requests.models import Exchange
from exchange.settling.invariants import EXCHANGES
from exchange.settling.settling import CUT_SHORT
from exchange.settling.tests.waiting import Pair
from ledger.reconciliation import INVARIANTS, reconcile

SECONDS_MAX = 240
ENDED = ("completed", "failed", "cancelled")
WORKER = ("worker", "--concurrency", "2")
START_SECONDS_MAX = 60
CATCH_SECONDS_MAX = 20

SUMS = """
select (select coalesce(sum(b.posted + b.held), 0) from ledger_balance b join ledger_account a on a.id = b.account_id
        where a.unit_id = %(miles)s)::bigint,
       (select coalesce(sum(b.posted), 0) from ledger_balance b join ledger_account a on a.id = b.account_id
        where a.unit_id = %(nights)s)::bigint,
       (select coalesce(sum(e.points), 0) from ledger_ledgerentry e join ledger_account a on a.id = e.credit_id
        where a.unit_id = %(miles)s and a.kind = 'exchange')::bigint,
       (select coalesce(sum(e.points), 0) from ledger_ledgerentry e join ledger_account a on a.id = e.debit_id
        where a.unit_id = %(nights)s and a.kind = 'exchange')::bigint,
       (select coalesce(sum(from_amount), 0) from exchange_exchange where status = 'completed')::bigint,
       (select coalesce(sum(to_amount), 0) from exchange_exchange where status = 'completed')::bigint
"""
AT_THE_START = """
select count(distinct pid) from pg_locks where relation = 'exchange_exchange'::regclass and not granted
"""
HAS_IN_HAND = """
select exists (select from pg_stat_activity where datname = current_database() and application_name = %s
               and state <> 'idle' and xact_start is not null and query like '%%exchange\\_%%')
"""


def settler(batch: int) -> tuple[str, ...]:
    """The command that settles in batches of this size until nothing waits."""
    return ("settle_exchanges", "--until-empty", "--batch", str(batch))


class Workers:
    """Processes of management commands on the test's database, started again when they are killed."""

    def __init__(self, database_url: str, commands: Sequence[Sequence[str]], output: Path, rng: random.Random):
        self.database_url, self.commands, self.output, self.rng = database_url, commands, output, rng
        self.running: list[subprocess.Popen] = []
        self.kills = self.in_the_middle = 0

    def __enter__(self):
        """Starts them, and lets all go at the same moment."""
        until = time.monotonic() + START_SECONDS_MAX
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("lock table exchange_exchange in access exclusive mode")
            self.running = [self._start(n) for n in range(len(self.commands))]
            waiting = 0
            while waiting < len(self.running) and time.monotonic() < until:
                time.sleep(0.02)
                cursor.execute(AT_THE_START)
                (waiting,) = cursor.fetchone()
        return self

    def __exit__(self, *exception) -> None:
        for process in self.running:
            process.kill()
            process.wait()

    def kill_one(self) -> None:
        """Kill -9, and another one in its place: of one that has exchanges in hand, if there is one soon."""
        n = self._catch_one()
        if n is None:
            n = self.rng.randrange(len(self.running))
        else:
            self.in_the_middle += 1
        self.kills += self.running[n].poll() is None
        self.running[n].kill()
        self.running[n].wait()
        self.running[n] = self._start(n)

    def _catch_one(self) -> int | None:
        """Stops one that has a transaction open in which it settles; the others go on."""
        until = time.monotonic() + CATCH_SECONDS_MAX
        while time.monotonic() < until and any(process.poll() is None for process in self.running):
            for n in self.rng.sample(range(len(self.running)), len(self.running)):
                if self.running[n].poll() is None:
                    self.running[n].send_signal(signal.SIGSTOP)
                    with connection.cursor() as cursor:
                        cursor.execute(HAS_IN_HAND, [self._name(n)])
                        if cursor.fetchone()[0]:
                            return n
                    self.running[n].send_signal(signal.SIGCONT)
            time.sleep(0.005)
        return None

    def _name(self, n: int) -> str:
        return f"settler-{n}"

    def said(self) -> str:
        return self.output.read_text()

    def _start(self, n: int) -> subprocess.Popen:
        url = f"{self.database_url}&application_name={self._name(n)}"
        with self.output.open("a") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", *self.commands[n]],
                cwd=settings.BASE_DIR, env=os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"},
                stdout=output, stderr=output,
            )  # fmt: skip


def settle_and_kill(workers: Workers, *, kills: int, seconds: int = SECONDS_MAX) -> None:
    """Lets the workers settle everything, and kills `kills` of them after random parts of it were done. For what is put
    off, and what waits behind it, nobody waits: it is wrong that anything is."""
    total = Exchange.objects.count()
    marks = sorted(workers.rng.randrange(total // 10, total * 9 // 10) for _ in range(kills))
    put_off = Exchange.objects.filter(attempts__gt=0).exclude(last_error=CUT_SHORT).values("member_id")
    left = Exchange.objects.filter(status="pending").exclude(member_id__in=put_off)
    until = time.monotonic() + seconds
    with workers:
        while (count := left.count()) and time.monotonic() < until:
            while marks and total - count >= marks[0]:
                marks.pop(0)
                workers.kill_one()
            time.sleep(0.005)


# What the judgement names, besides the invariants of the books and of exchanges.
ALL_END = "every exchange ends"
GIVEN_ONCE = "members gave what they exchanged"
GOT_ONCE = "members got what they exchanged for"
OWED_ONCE = "partners owe each other what was exchanged"
IN_ONE_HAND = "nobody meets an exchange that another has in hand"


@dataclass(frozen=True)
class Books:
    """What the members of both programs had before."""

    miles: int
    nights: int

    @classmethod
    def of(cls, pair: Pair) -> "Books":
        return cls(*sums(pair)[:2])


def sums(pair: Pair) -> tuple[int, ...]:
    """Miles of all members, set aside or not, and their nights; miles given and nights got by the accounts of the
    partners, and the same by the exchanges that are completed."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"miles": pair.miles.unit_id, "nights": pair.nights.unit_id})
        return cursor.fetchone()


def judge(pair: Pair, before: Books, said: str) -> set[str]:
    """What is wrong, by name; nothing is the verdict to hope for."""
    found = {result.invariant.name for result in reconcile(invariants=[*INVARIANTS, *EXCHANGES]) if not result.is_ok}
    if Exchange.objects.exclude(status__in=ENDED).exists():
        found.add(ALL_END)
    miles, nights, left, came, given, got = sums(pair)
    if miles != before.miles - given:
        found.add(GIVEN_ONCE)
    if nights != before.nights + got:
        found.add(GOT_ONCE)
    if (left, came) != (given, got):
        found.add(OWED_ONCE)
    # Somebody who is killed makes no trouble for those who go on; but the attempt counts in which that was.
    tried = Exchange.objects.filter(attempts__gt=0).exclude(last_error=CUT_SHORT)
    if "taken apart" in said or "could not be settled" in said or tried.exists():
        found.add(IN_ONE_HAND)
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


# Between looking, locking and settling there is time for others, so that workers meet, and are killed with exchanges in
# hand.
SLOW = (
    (
        "exchange_claim",
        r"\n  mine := ARRAY\(",
        r"\n  PERFORM pg_sleep(random() * 0.15) WHERE cardinality(mine) > 0;\g<0>",
    ),
    ("exchange_settled", r"BEGIN\n", r"\g<0>  PERFORM pg_sleep(0.03);\n"),
)
NO_LOCK = (("exchange_claim", r" FOR UPDATE SKIP LOCKED", ""),)
# Whether it has ended already is asked neither when it is locked nor when its end is written.
NO_STATE = (
    ("exchange_claim", r"(x\.id = ANY \(mine\)) AND x\.status IN \('pending', 'processing'\)", r"\1"),
    ("exchange_settled", r" AND x\.status IN \('pending', 'processing'\)", ""),
    ("exchange_guard", r"TG_OP = 'UPDATE' AND", "true OR TG_OP = 'UPDATE' AND"),
)
# Each try has keys of its own, and takes a hold whether or not it is there still: it is enough that others are.
NO_KEYS = (
    ("ledger_post", r"\br\.key,", "r.key || ':' || gen_random_uuid(),"),
    ("exchange_claim", r"NOT EXISTS \(SELECT FROM ledger_holdresolution z WHERE z\.hold_id = o\.id\)", "true"),
    ("ledger_exchange_held", r"AND NOT EXISTS \(SELECT FROM ledger_holdresolution r WHERE r\.hold_id = h\.id\)", ""),
    ("ledger_exchange_held", r"(SELECT d\.hold_id, d\.posting_id, d\.held FROM done d)", r"\1 ON CONFLICT DO NOTHING"),
)
