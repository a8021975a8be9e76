"""What every member of a program has at one instant, out of the books alone: nothing is written, and it does not matter
whether a sweep has run. An instant sees what happened before it, and the points that expired up to it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TextIO

from django.db import connection, transaction

from loyalty.csv_files import CsvWriter
from programs.membership.models import Program

BALANCES = """
with account as materialized (
  select s.id, s.account_id, coalesce(b.external_id, s.member_id::text) as external_id, s.joined_at
  from programs_membership s
  left join loyalty_brandmember b on b.brand_id = %(brand)s and b.member_id = s.member_id
  where s.program_id = %(program)s
), posting as materialized (
  select p.id, p.account_id, p.kind, p.points, p.shortfall, p.reverses_id, p.occurred_at
  from ledger_posting p join account a using (account_id)
  where p.occurred_at < %(at)s or p.kind = 'expire' and p.occurred_at = %(at)s
), taken_back as materialized (
  select r.reverses_id as id, sum(r.shortfall - r.points) as points
  from posting r where r.kind in ('return', 'reverse') group by 1
), credit as (
  select p.account_id, sum(p.points) as earned, sum(t.points) as reversed
  from posting p left join taken_back t on t.id = p.id
  where p.kind in ('earn', 'deposit', 'exchange_in', 'gift_in') or p.kind = 'adjust' and p.points > 0 group by 1
), total as (
  select p.account_id, sum(p.points) as posted, -sum(p.points) filter (where p.kind = 'expire') as expired
  from posting p group by 1
), held as (
  select h.account_id, sum(h.points) as points
  from ledger_hold h join posting p on p.id = h.posting_id left join ledger_holdresolution r on r.hold_id = h.id
  left join posting resolution on resolution.id = r.posting_id
  where resolution.id is null group by 1
), used as (
  select u.lot_id, sum(u.points) as points
  from ledger_lotuse u join ledger_ledgerentry e on e.id = u.entry_id join posting p on p.id = e.posting_id group by 1
), lapsed as (
  select l.account_id, sum(l.points - coalesce(u.points, 0)) as points
  from ledger_lot l join posting p on p.id = l.posting_id left join used u on u.lot_id = l.id
  where l.expires_at <= %(at)s group by 1
), line as (
  select a.external_id, coalesce(c.earned, 0)::bigint as earned, coalesce(c.reversed, 0)::bigint as reversed,
         (coalesce(t.expired, 0) + coalesce(l.points, 0))::bigint as expired,
         (coalesce(t.posted, 0) + coalesce(h.points, 0) - coalesce(l.points, 0))::bigint as balance,
         (coalesce(s.shortfall, 0))::bigint as shortfall, coalesce(tier.code, '') as tier
  from account a
  left join total t using (account_id)
  left join credit c using (account_id)
  left join held h using (account_id)
  left join lapsed l using (account_id)
  left join (select account_id, sum(shortfall) as shortfall from posting group by 1) s using (account_id)
  left join programs_tiers_then((select array_agg(id) from account), %(at)s, 'infinity') tier
    on tier.membership_id = a.id
  where a.joined_at < %(at)s or t.account_id is not null
)
select external_id, earned, reversed, earned - reversed as lifetime, expired,
       earned - reversed + shortfall - balance - expired as redeemed, greatest(-balance, 0) as debt, balance, tier
from line order by external_id collate "C"
"""


class MemberBalance(NamedTuple):
    """One member's line. All points, whole: `earned` is all that came in; `reversed` what returns and reversals undid
    of it, what had expired by then too; `redeemed` all that was spent, taken off or exchanged away; `balance` is net
    of `debt` and has pending points and points on hold in it. `tier` is the code of the tier that the member had."""

    external_id: str
    earned: int
    reversed: int
    lifetime: int
    expired: int
    redeemed: int
    debt: int
    balance: int
    tier: str


def member_balances(program: Program, *, at: datetime) -> Iterator[MemberBalance]:
    """Every member who had joined or moved points before `at`, in order of external id, streamed by one statement.
    Always `earned - reversed + shortfall = balance + expired + redeemed`; a member without an external id stands
    under their own id."""
    params = {
        "brand": program.brand_id,
        "program": program.id,
        "at": at,
    }
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        with connection.cursor() as settings:
            # Compiling a statement of so many parts takes longer than running it.
            settings.execute("set local jit = off")
        cursor.execute(BALANCES, params)
        while rows := cursor.fetchmany(2000):
            yield from map(MemberBalance._make, rows)


def write_balances(program: Program, file: TextIO, *, at: datetime) -> int:
    """Writes them as CSV and answers how many there are."""
    writer = CsvWriter(file, MemberBalance._fields)
    members = 0
    for members, line in enumerate(member_balances(program, at=at), 1):  # noqa: B007 (counted)
        writer.row(line)
    return members
