"""Balances worked out once more from the books alone, to be held against the running ones. Nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass

from loyalty.sql import rows

FIELDS = ("posted", "debt", "held", "earned", "redeemed", "version", "events")

BOOKS = """
select b.account_id, coalesce(e.posted, 0)::bigint as posted,
       (coalesce(l.remaining, 0) - coalesce(e.posted, 0))::bigint as debt,
       coalesce(h.held, 0)::bigint as held, coalesce(p.earned, 0)::bigint as earned,
       (coalesce(p.redeemed, 0) + coalesce(h.captured, 0))::bigint as redeemed,
       coalesce(e.version, 0) as version, coalesce(p.events, 0) as events
from ledger_balance b
left join lateral (
  select sum(x.points) as posted, count(*) as version
  from (select points from ledger_ledgerentry where credit_id = b.account_id and credit_version is not null
        union all
        select -points from ledger_ledgerentry where debit_id = b.account_id and debit_version is not null) x
) e on true
left join lateral (
  select sum(t.points - coalesce((select sum(u.points) from ledger_lotuse u where u.lot_id = t.id), 0)) as remaining
  from ledger_lot t where t.account_id = b.account_id
) l on true
left join lateral (
  select sum(t.points) filter (where r.hold_id is null) as held, sum(r.captured) as captured
  from ledger_hold t left join ledger_holdresolution r on r.hold_id = t.id where t.account_id = b.account_id
) h on true
left join lateral (
  select count(*) as events,
         sum(case when t.kind in ('earn', 'deposit', 'exchange_in', 'gift_in') or t.kind = 'adjust' and t.points > 0
                  then t.points
                  when o.kind in ('earn', 'deposit') or o.kind = 'adjust' and o.points > 0 then t.points - t.shortfall
             end) as earned,
         sum(-t.points) filter (where t.kind in ('redeem', 'exchange_out', 'gift_out') or o.kind = 'redeem') as redeemed
  from ledger_posting t left join ledger_posting o on o.id = t.reverses_id where t.account_id = b.account_id
) p on true
where %(accounts)s::bigint[] is null or b.account_id = any(%(accounts)s)
"""
DIFFERENT = f"""
select account_id,
       {", ".join(f"b.{name} as {name}, r.{name} as books_{name}" for name in FIELDS)}
from ledger_balance b join ({BOOKS}) r using (account_id)
where ({", ".join(f"b.{name}" for name in FIELDS)}) is distinct from ({", ".join(f"r.{name}" for name in FIELDS)})
order by account_id
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a member account's balance row must say; the fields are those of `ledger.models.Balance`."""

    posted: int
    debt: int
    held: int
    earned: int
    redeemed: int
    version: int
    events: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A balance that is not what the books say; `kept` and `books` hold the fields that differ."""

    account_id: int
    kept: dict[str, int]
    books: dict[str, int]

    @property
    def field_names(self) -> list[str]:
        return list(self.kept)


def rebuilt(account_ids: Iterable[int] | None = None) -> dict[int, Rebuilt]:
    """The balances of these member accounts, or of all, from entries, lot uses, holds and postings; one round trip."""
    found = rows(BOOKS, {"accounts": None if account_ids is None else list(account_ids)})
    return {row.pop("account_id"): Rebuilt(**row) for row in found}


def differences() -> list[Difference]:
    """The accounts whose running balance is not the rebuilt one. There must be none."""
    found = []
    for row in rows(DIFFERENT, {"accounts": None}):
        names = [name for name in FIELDS if row[name] != row[f"books_{name}"]]
        kept, books = {name: row[name] for name in names}, {name: row[f"books_{name}"] for name in names}
        found.append(Difference(row["account_id"], kept, books))
    return found
