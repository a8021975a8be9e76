"""What takes its time: the import of a real shop's purchases, and an earn when the ledger has become large."""

import statistics
import subprocess
import sys
import time

import psutil
from django.conf import settings
from django.db import connection

from loyalty.demo.benchmark import machine
from loyalty.demo.benchmark.floor import pgbench
from loyalty.demo.benchmark.measures import Stage

LINES = settings.BASE_DIR.parent / "shared" / "data" / "retail_lines.csv.gz"
RETAIL = "RETAIL"
DOCUMENT = """
brand: {code: bench-shop, name: Shop}
program: {code: RETAIL, name: Retail, timezone: Europe/London, unit: points}
earning: {points: 5, per: "100.00", currency: GBP}
expiry: {months: 12}
returns: {policy: debt}
"""

# Entries of other members, written past the door because a throw-away database has nothing to protect.
FILL = """
insert into ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                            shortfall, balance_after, data, occurred_at, recorded_at)
select gen_random_uuid(), u.brand_id, u.id, %(first)s + n %% %(members)s, 'earn', 'fill:' || n, '', 'system:fill', '',
       1, 0, 1, '{}', now(), now()
from generate_series(%(from)s, %(to)s) n, ledger_unit u where u.id = %(unit)s
"""
FILL_ENTRIES = """
insert into ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, credit_after, credit_version,
                                occurred_at, recorded_at)
select p.id, p.unit_id, %(issuance)s, p.account_id, 1, 1, p.id, now(), now() from ledger_posting p
where p.actor = 'system:fill' and p.id > %(after)s
"""
FILL_LOTS = """
insert into ledger_lot (account_id, entry_id, posting_id, points, remaining, expired, returned, withdrawn, refunded,
                        granted_at, available_at)
select e.credit_id, e.id, e.posting_id, 1, 0, 0, 0, 0, 0, now(), now() from ledger_ledgerentry e
where e.posting_id > %(after)s
"""


def real_import(stage: Stage) -> dict[str, float]:
    """Seconds and peak memory of `import_purchases` on the lines of a real shop, where they are at hand."""
    if not LINES.exists():
        stage.say("the import is left out: no ../shared/data/retail_lines.csv.gz")
        return {}
    stage.say("importing 634,784 invoice lines")
    document = stage.folder / "retail.yaml"
    document.write_text(DOCUMENT)
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    subprocess.run([*manage, "apply_program", str(document), "--yes"], check=True, capture_output=True)
    begin = time.perf_counter()
    refused = stage.folder / "refused.csv"
    command = [*manage, "import_purchases", str(LINES), "--program", RETAIL, "--refused", str(refused)]
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident_mb(process))
        time.sleep(0.2)
    return {"import s": time.perf_counter() - begin, "import MB": peak}


def growth(stage: Stage, *, entries: int) -> dict[str, float]:
    """The floor's CPU for an earn with a ledger of that many entries, as a multiple of what it is with a small one."""
    small = _floor_ms(stage)
    stage.say(f"filling the ledger with {entries:,} entries")
    _fill(stage, entries)
    large = _floor_ms(stage)
    return {"earn floor ms, small": small, "earn floor ms, large": large, "growth": large / small}


def _floor_ms(stage: Stage) -> float:
    server, found = machine.postmaster(), []
    for _ in range(stage.rounds):
        before = machine.cpu_seconds([server])
        count = pgbench("earn", stage.places, clients=4, seconds=stage.seconds, folder=stage.folder)
        found.append((machine.cpu_seconds([server]) - before) / count * 1000)
    return statistics.median(found)


def _fill(stage: Stage, entries: int, *, chunk: int = 500_000) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select unit_id from ledger_account where id = %s", [stage.places.first_account])
        (unit,) = cursor.fetchone()
        cursor.execute("select id from ledger_account where unit_id = %s and kind = 'issuance'", [unit])
        (issuance,) = cursor.fetchone()
        for start in range(0, entries, chunk):
            cursor.execute("select coalesce(max(id), 0) from ledger_posting")
            values = {
                "first": stage.places.first_account,
                "members": stage.places.members,
                "unit": unit,
                "issuance": issuance,
                "from": start,
                "to": min(start + chunk, entries) - 1,
                "after": cursor.fetchone()[0],
            }
            for statement in (FILL, FILL_ENTRIES, FILL_LOTS):
                cursor.execute(statement, values)
        cursor.execute("vacuum analyze")


def _resident_mb(process: psutil.Process) -> float:
    try:
        return machine.memory_mb(process)
    except psutil.NoSuchProcess:
        return 0.0
