"""The books of a large brand, in closed form: what every member's n-th move is, what its row is numbered and what it
leaves behind is arithmetic, so that each statement writes one move of all members."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from programs.membership.models import Program

CYCLE = 5
TABLES = ("ledger_posting", "ledger_ledgerentry", "ledger_lot")

MEMBERS = """
create temp table scale_member on commit drop as
select row_number() over (order by a.id) - 1 as m, a.id as account_id, a.public_id as stream_id,
       a.owner_id as member_id, 5 + a.id * 7919 %% 96 as base
from ledger_account a where a.unit_id = %(unit)s and a.kind = 'member'
"""
# One row a member, with what the other statements take from it. Ids are ordered by time, as they are in life.
MOVE = """
create temp table scale_move on commit drop as
select x.*, %(first_posting)s + x.m as posting_id, %(first_entry)s + x.m as entry_id,
       overlay(x.uuid::text placing '7' from 15 for 1)::uuid as public_id,
       overlay(x.uuid::text placing '4' from 15 for 1)::uuid as event_id
from (
  select m.*, m.base * %(weight)s as points, m.base * %(after)s as after, t.at, %(prefix)s || '-' || m.m as reference,
         (lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0')
          || '7' || substr(t.hash, 1, 3) || '8' || substr(t.hash, 4, 15))::uuid as uuid
  from scale_member m, lateral (
    select %(begin)s + m.m * ((%(end)s - %(begin)s) / %(members)s) as at, md5(m.account_id || %(prefix)s) as hash
  ) t
) x
"""
POSTINGS = """
insert into ledger_posting (id, public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference,
                            points, shortfall, balance_after, data, occurred_at, recorded_at)
select posting_id, public_id, %(brand)s, %(unit)s, account_id, %(kind)s, %(key)s || reference,
       sha256(reference::bytea), %(actor)s, case %(kind)s when 'earn' then reference else '' end, %(sign)s * points, 0,
       after, case %(kind)s when 'redeem' then '{"description": "Reward"}' else jsonb_build_object(
         'amount_minor', points * 100, 'currency', 'EUR', 'source', 'till', 'breakdown', jsonb_build_array(
           jsonb_build_object('rule', 'Base rate', 'rule_id', 'base', 'points', points, 'reason',
                              format('%%1$s x 1 points: %%1$s.00 EUR is %%1$s full times 1.00', points)))) end,
       at, at
from scale_move order by m
"""
ENTRIES = """
insert into ledger_ledgerentry (id, posting_id, unit_id, debit_id, credit_id, points, debit_after, credit_after,
                                debit_version, credit_version, occurred_at, recorded_at)
select entry_id, posting_id, %(unit)s, case when %(sign)s > 0 then %(contra)s else account_id end,
       case when %(sign)s > 0 then account_id else %(contra)s end, points, case when %(sign)s < 0 then after end,
       case when %(sign)s > 0 then after end, case when %(sign)s < 0 then %(version)s::bigint end,
       case when %(sign)s > 0 then %(version)s::bigint end, at, at
from scale_move order by m
"""
LOTS = """
insert into ledger_lot (id, account_id, entry_id, posting_id, points, remaining, expired, returned, withdrawn, refunded,
                        granted_at, available_at, expires_at)
select %(first_lot)s + m, account_id, entry_id, posting_id, points, case when %(is_spent)s then 0 else points end, 0, 0,
       0, 0, at, at,
       (date_trunc('month', at at time zone %(zone)s) + %(months)s * interval '1 month') at time zone %(zone)s
from scale_move order by m
"""
USES = """
insert into ledger_lotuse (entry_id, lot_id, points)
select entry_id, %(used_lot)s + m, base * %(used_weight)s from scale_move order by m
"""
EVENTS = """
insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                           occurred_at, recorded_at)
select event_id, %(brand)s, ledger_event_type(%(kind)s), stream_id, %(version)s, member_id, %(program)s, posting_id,
       ledger_event_data(public_id, %(sign)s * points, after, case %(kind)s when 'earn' then reference else '' end),
       at, at
from scale_move order by m
"""
PURCHASES = """
insert into programs_purchase (id, program_id, member_id, reference, amount_minor, currency, refunded_minor, items,
                               tenders, location_id, source, metadata, occurred_at, recorded_at)
select public_id, %(program)s, member_id, reference, points * 100, 'EUR', 0, jsonb_build_array(jsonb_build_object(
         'sku', 'BOOK', 'name', 'Paperback', 'labels', '{}'::jsonb, 'category', 'books', 'quantity', 1,
         'amount_minor', points * 100)), '[]', 'store-' || m %% 40, 'till', '{}', at, at
from scale_move order by m
"""
BALANCES = """
update ledger_balance b set posted = m.base * %(after)s, earned = m.base * %(earned)s, redeemed = m.base * %(redeemed)s,
                            version = %(each)s, events = %(each)s
from scale_member m where b.account_id = m.account_id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """The n-th move of every member, as factors of the member's own base."""

    version: int
    is_earn: bool
    earn: int  # How many purchases there were, this one with them.
    weight: int
    after: int
    takes: tuple[int, ...] = ()  # The purchases whose lots a redemption empties.


def steps(each: int) -> list[Step]:
    """So many moves: four purchases, then a redemption of the two oldest that are left."""
    found, earns, after = [], 0, 0
    for version in range(1, each + 1):
        takes = (version // CYCLE * 2 - 1, version // CYCLE * 2) if version % CYCLE == 0 else ()
        weight = sum(map(weight_of, takes)) if takes else weight_of(earns + 1)
        after += -weight if takes else weight
        earns += not takes
        found.append(Step(version, not takes, earns, weight, after, takes))
    return found


def weight_of(earn: int) -> int:
    return 1 + earn * 7 % 3


def write(
    program: Program, *, begin: datetime, until: datetime, each: int, actor: str, say: Callable[[str], None]
) -> None:
    """Writes `each` moves for all members of the program, evenly between two instants. Only once, on empty accounts, in
    the caller's transaction."""
    plan = steps(each)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(MEMBERS, {"unit": program.unit_id})
        members = cursor.rowcount
        cursor.execute("select kind, id from ledger_account where unit_id = %s and is_hot", [program.unit_id])
        hot = dict(cursor.fetchall())
        firsts = {table: _reserve(cursor, table, members * each) for table in TABLES}
        fixed = {
            "unit": program.unit_id,
            "brand": program.brand_id,
            "program": program.id,
            "zone": program.timezone,
            "months": program.expiry_months + 1,
            "actor": actor,
            "members": members,
        }
        spent = {earn for step in plan for earn in step.takes}
        for step in plan:
            more = _of_step(step, program, begin, until, each, members, firsts, hot) | {"is_spent": step.earn in spent}
            _write_step(cursor, step, fixed | more, firsts["ledger_lot"], members)
            if step.version % 10 == 0:
                say(f"{step.version * members:,} of {each * members:,} entries")
        totals = {
            "after": plan[-1].after,
            "earned": sum(step.weight for step in plan if step.is_earn),
            "redeemed": sum(step.weight for step in plan if not step.is_earn),
            "each": each,
        }
        cursor.execute(BALANCES, totals)


def _reserve(cursor, table: str, rows: int) -> int:
    """The first of so many ids that nobody else gets."""
    cursor.execute(f"select setval(s, nextval(s) + {rows}) from pg_get_serial_sequence('{table}', 'id') s")
    return cursor.fetchone()[0] - rows


def _of_step(step: Step, program: Program, begin, until, each, members, firsts, hot) -> dict:
    slice_ = (until - begin) / each
    done = (step.version - 1) * members
    return {
        "kind": "earn" if step.is_earn else "redeem",
        "sign": 1 if step.is_earn else -1,
        "key": f"earn:{program.id}:" if step.is_earn else "system:scale:redeem-",
        "contra": hot["issuance" if step.is_earn else "redemption"],
        "prefix": f"S{step.version}",
        "version": step.version,
        "weight": step.weight,
        "after": step.after,
        "begin": begin + slice_ * (step.version - 1),
        "end": begin + slice_ * step.version,
        "first_posting": firsts["ledger_posting"] + done,
        "first_entry": firsts["ledger_ledgerentry"] + done,
        "first_lot": firsts["ledger_lot"] + (step.earn - 1) * members,
    }


def _write_step(cursor, step: Step, values: dict, first_lot: int, members: int) -> None:
    cursor.execute("drop table if exists scale_move")
    cursor.execute(MOVE, values)
    cursor.execute(POSTINGS, values)
    cursor.execute(ENTRIES, values)
    if step.is_earn:
        cursor.execute(LOTS, values)
        cursor.execute(PURCHASES, values)
    for earn in step.takes:
        taken = {"used_lot": first_lot + (earn - 1) * members, "used_weight": weight_of(earn)}
        cursor.execute(USES, values | taken)
    cursor.execute(EVENTS, values)
