"""The floor: pgbench calling the very function that the service calls, with the same data and as the service does,
without prepared statements, and nothing around it."""

import re
import subprocess
from pathlib import Path

from loyalty.demo.benchmark.places import Places
from loyalty.postgresql.binaries import find_binaries

TRANSACTIONS = re.compile(r"number of transactions actually processed: (\d+)")

EARN = r"""
\set account :first + random(0, :members - 1)
with made as (select gen_random_uuid() as id, gen_random_uuid()::text as reference), posted as materialized (
  select p.* from made, ledger_post(jsonb_build_array(jsonb_build_object(
    'n', 0, 'kind', 'earn', 'account_id', :account::bigint, 'key', 'floor:' || made.reference,
    'fingerprint', repeat('ab', 32),
    'actor', 'system:floor', 'points', 64, 'at', now(), 'public_id', made.id, 'reference', made.reference,
    'available_at', now(), 'policy', 'debt', 'program_id', ':program', 'data', jsonb_build_object(
      'amount_minor', 6490, 'currency', 'EUR', 'breakdown', jsonb_build_array(jsonb_build_object(
        'rule_id', 'base', 'rule', 'Base rate', 'points', 64, 'reason', '64 x 1 points'))))), false) p
), alongside as (
  insert into programs_purchase (id, program_id, member_id, reference, amount_minor, currency, refunded_minor, items,
                                 tenders, location_id, source, metadata, occurred_at)
  select posted.public_id, ':program', a.owner_id, posted.reference, 6490, 'EUR', 0, '[]', '[]', '', '', '{}', now()
  from posted join ledger_account a on a.id = posted.account_id
)
select * from posted;
"""
REDEEM = r"""
\set account :first + random(0, :members - 1)
select * from ledger_post(jsonb_build_array(jsonb_build_object(
  'n', 0, 'kind', 'redeem', 'account_id', :account::bigint, 'key', 'floor:' || gen_random_uuid(),
  'fingerprint', repeat('ab', 32), 'actor', 'system:floor', 'points', 100, 'at', now(),
  'public_id', gen_random_uuid(), 'policy', 'debt',
  'program_id', ':program', 'data', '{}'::jsonb)), false);
"""
BATCH = r"""
select count(*) from ledger_post((
  select jsonb_agg(jsonb_build_object(
    'n', n, 'kind', 'earn', 'account_id', :first::bigint + (random() * (:members::int - 1))::int,
    'key', 'floor:' || gen_random_uuid(), 'fingerprint', repeat('ab', 32),
    'actor', 'system:floor', 'points', 64, 'at', now(), 'public_id', gen_random_uuid(),
    'reference', gen_random_uuid(), 'available_at', now(), 'policy', 'debt', 'program_id', ':program',
    'data', '{"amount_minor": 6490, "currency": "EUR"}'::jsonb)) from generate_series(0, 999) n), false);
"""
VOUCHER = r"""
\set n random(1, 10000)
with chosen as materialized (select id, code from benchmark_voucher where n = :n), found as materialized (
  select c.id, programs_find_voucher(jsonb_build_object(
    'id', null, 'code', c.code, 'brands', jsonb_build_array(g.brand_id), 'self', null, 'now', now(),
    'guessers', jsonb_build_array(repeat('a', 32), repeat('b', 32), repeat('c', 32)), 'is_use', true,
    'key', 'none', 'token_id', null, 'person', null, 'location', '', 'location_uuid', null,
    'member', '', 'member_uuid', null)) as answer
  from chosen c, programs_program g where g.id = ':program'
)
select programs_redeem_voucher(jsonb_build_object(
  'voucher_id', f.id, 'use_id', gen_random_uuid(), 'key', 'floor:' || gen_random_uuid(), 'actor', 'system:floor',
  'at', now(), 'member_id', null, 'location_id', null, 'reference', gen_random_uuid(), 'order_minor', 3490,
  'discount_minor', 524, 'currency', 'EUR', 'token_id', null, 'token_expires_at', null, 'is_offline', false,
  'answer', jsonb_build_object('currency', 'EUR', 'order_minor', 3490, 'lines', '[300, 75, 149]'::jsonb,
    'location', null,
    'reference', '', 'member_id', null, 'program_id', f.answer #>> '{voucher,program_id}', 'owner_id', null,
    'starts_at', null, 'expires_at', null)), decode(repeat('ab', 32), 'hex'))
from found f;
"""
SCRIPTS = {"earn": EARN, "redeem": REDEEM, "batch": BATCH, "voucher": VOUCHER}


def pgbench(what: str, places: Places, *, clients: int, seconds: float, folder: Path) -> int:
    """Runs a script of the floor for that long; returns how many transactions it made."""
    script = folder / f"{what}.sql"
    script.write_text(SCRIPTS[what].replace("':program'", f"'{places.program_id}'"))
    numbers = ["-c", str(clients), "-j", "1", "-T", str(round(seconds))]
    values = ["-D", f"first={places.first_account}", "-D", f"members={places.members}"]
    command = [find_binaries() / "pgbench", "-n", *numbers, *values, "-f", script, places.conninfo]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = TRANSACTIONS.search(done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stderr[-800:]}")
    return int(found[1])
