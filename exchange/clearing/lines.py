"""The exchanges of months as the ledger has them, each beside the request that it came of. Reads, writes nothing.

What left a program stands on its clearing account with the partner, what was issued for it on the partner's clearing
account with the program; the two are found by kind of posting and by time. Each is laid beside the completed exchange
that names it. Where one of the three is missing, or says other points, the line differs, and is shown as such.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from exchange.clearing.months import bounds_of
from loyalty.sql import rows

Ends = tuple[UUID, UUID]
"""A pair: the program whose points are given, and the one whose points are got for them."""

# An exchange and its postings are of the same moment but for the time a batch takes. What is looked for on both sides
# of the month's ends finds its other half; which month it counts for says the ledger.
MARGIN = timedelta(days=1)
FETCHED = 2_000

LINES = """
with pair as materialized (
    select u.from_id, u.to_id, f.unit_id as from_unit, t.unit_id as to_unit,
           fa.id as from_clearing, ta.id as to_clearing
    from unnest(%(from_ids)s::uuid[], %(to_ids)s::uuid[]) u (from_id, to_id)
    join programs_program f on f.id = u.from_id
    join programs_program t on t.id = u.to_id
    left join ledger_account fa on fa.unit_id = f.unit_id and fa.kind = 'exchange' and fa.owner_id = u.to_id
    left join ledger_account ta on ta.unit_id = t.unit_id and ta.kind = 'exchange' and ta.owner_id = u.from_id
), given as materialized (
    select r.from_id, r.to_id, p.public_id, p.occurred_at, sum(e.points)::bigint as points
    from pair r
    join ledger_posting p on p.unit_id = r.from_unit and p.kind = 'exchange_out'
        and p.occurred_at >= %(since)s and p.occurred_at < %(until)s
    join ledger_ledgerentry e on e.posting_id = p.id and e.credit_id = r.from_clearing
    group by r.from_id, r.to_id, p.public_id, p.occurred_at
), issued as materialized (
    select r.from_id, r.to_id, p.public_id, p.occurred_at, sum(e.points)::bigint as points
    from pair r
    join ledger_posting p on p.unit_id = r.to_unit and p.kind = 'exchange_in'
        and p.occurred_at >= %(since)s and p.occurred_at < %(until)s
    join ledger_ledgerentry e on e.posting_id = p.id and e.debit_id = r.to_clearing
    group by r.from_id, r.to_id, p.public_id, p.occurred_at
), asked as materialized (
    select x.from_program_id as from_id, x.to_program_id as to_id, x.id, x.from_amount, x.fee, x.to_amount,
           x.out_id, x.in_id, x.completed_at
    from pair r join exchange_exchange x on x.from_program_id = r.from_id and x.to_program_id = r.to_id
    where x.status = 'completed' and x.completed_at >= %(since)s and x.completed_at < %(until)s
), asked_and_given as (
    select coalesce(x.from_id, g.from_id) as from_id, coalesce(x.to_id, g.to_id) as to_id, x.id, x.from_amount, x.fee,
           x.to_amount, x.in_id, x.completed_at, g.public_id as given_id, g.occurred_at, g.points as points_given
    from asked x full join given g on g.public_id = x.out_id and g.from_id = x.from_id and g.to_id = x.to_id
), line as (
    select coalesce(a.from_id, i.from_id) as from_id, coalesce(a.to_id, i.to_id) as to_id, a.id as exchange_id,
           coalesce(a.id, a.given_id, i.public_id) as line_id,
           coalesce(i.occurred_at, a.occurred_at, a.completed_at) as at,
           coalesce(a.points_given, 0) as points_given, coalesce(a.fee, 0) as fee,
           coalesce(i.points, 0) as points_issued, a.from_amount as asked_given, a.to_amount as asked_issued,
           a.from_amount is null or a.from_amount is distinct from a.points_given
               or a.to_amount is distinct from i.points as differs
    from asked_and_given a full join issued i on i.public_id = a.in_id and i.from_id = a.from_id and i.to_id = a.to_id
), month as (
    select * from line where at >= %(begins)s and at < %(ends)s
)
"""
TOTALS = """
select from_id, to_id, count(*) filter (where points_issued > 0) as exchanges,
       sum(points_given)::bigint as points_given, sum(fee)::bigint as fees, sum(points_issued)::bigint as points_issued,
       count(*) filter (where differs) as differences
from month group by from_id, to_id
"""
ONE_BY_ONE = """
select exchange_id, line_id, at, points_given, fee, points_issued, asked_given, asked_issued, differs from month
where (%(at)s::timestamptz is null or (at, line_id) {} (%(at)s, %(line_id)s::uuid)) and (not %(off)s or differs)
order by at {}, line_id {} limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """A month of a pair by the ledger, in points. `points_given` are of the first program, `fees` of them were kept
    for the exchange itself; `points_issued` are of the second one. `differences`: lines that do not fit together."""

    exchanges: int = 0
    points_given: int = 0
    fees: int = 0
    points_issued: int = 0
    differences: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange: points given, the fee among them, and points issued, by the ledger. `asked_given` and
    `asked_issued` are what the exchange itself says, None where there is none; `differs` when that is not the same."""

    exchange_id: UUID | None
    line_id: UUID
    at: datetime
    points_given: int
    fee: int
    points_issued: int
    asked_given: int | None
    asked_issued: int | None
    differs: bool


def totals_of(pairs: Sequence[Ends], month: date) -> dict[Ends, Totals]:
    """The totals of each of these pairs in that month, in one round trip."""
    if not pairs:
        return {}
    found = rows(LINES + TOTALS, _asked(pairs, month))
    told = {(row.pop("from_id"), row.pop("to_id")): Totals(**row) for row in found}
    return {pair: told.get(pair, Totals()) for pair in pairs}


def lines_of(
    pair: Ends,
    month: date,
    *,
    limit: int | None = None,
    after: tuple[datetime, UUID] | None = None,
    backwards: bool = False,
    only_differing: bool = False,
) -> list[Line]:
    """The exchanges of the pair in that month in the order of their time, beginning after a line (its `at` and
    `line_id`), or `backwards` before it, the nearest first. One round trip."""
    sign, way = ("<", "desc") if backwards else (">", "asc")
    at, line_id = after or (None, None)
    asked = _asked([pair], month) | {"at": at, "line_id": line_id, "limit": limit, "off": only_differing}
    return [Line(**row) for row in rows(LINES + ONE_BY_ONE.format(sign, way, way), asked)]


def every_line(pair: Ends, month: date) -> Iterator[Line]:
    """All of them, by parts: a file of a large month does not lie in memory. Each part is read as it then is."""
    after = None
    while part := lines_of(pair, month, limit=FETCHED, after=after):
        yield from part
        if len(part) < FETCHED:
            return
        after = part[-1].at, part[-1].line_id


def _asked(pairs: Sequence[Ends], month: date) -> dict:
    begins, ends = bounds_of(month)
    return {
        "from_ids": [one for one, _two in pairs], "to_ids": [two for _one, two in pairs],
        "begins": begins, "ends": ends, "since": begins - MARGIN, "until": ends + MARGIN,
    }  # fmt: skip
