"""What must hold in the books: each invariant a sentence, and a query that returns no row while it is true.

The queries read the short names of `BOOKS` (account, balance, posting, entry, side, lot, use, change, hold, event),
which are the tables, of one brand where one is asked for. A `side` is an entry seen from a member account.
"""

from dataclasses import dataclass

BOOKS = """
with unit as not materialized (
  select * from ledger_unit where %(brand)s::uuid is null or brand_id = %(brand)s
), account as not materialized (
  select a.*, u.brand_id from ledger_account a join unit u on u.id = a.unit_id
), balance as not materialized (
  select b.*, a.public_id from ledger_balance b join account a on a.id = b.account_id
), posting as not materialized (
  select p.* from ledger_posting p join unit u on u.id = p.unit_id
), entry as not materialized (
  select e.* from ledger_ledgerentry e join unit u on u.id = e.unit_id
), side as not materialized (
  select s.*, a.kind from (
    select e.id as entry_id, e.xid, e.posting_id, e.reverses_id, e.credit_id as account_id, e.points as change,
           e.credit_after as after, e.credit_version as version from entry e
    union all
    select e.id, e.xid, e.posting_id, e.reverses_id, e.debit_id, -e.points, e.debit_after, e.debit_version from entry e
  ) s join ledger_account a on a.id = s.account_id
), member_side as not materialized (
  select * from side where kind = 'member'
), lot as not materialized (
  select l.* from ledger_lot l join account a on a.id = l.account_id
), use as not materialized (
  select u.*, l.account_id, l.entry_id as lot_entry_id, l.posting_id as lot_posting_id
  from ledger_lotuse u join lot l on l.id = u.lot_id
), change as not materialized (
  select c.*, l.account_id, l.available_at, l.expires_at from ledger_lotchange c join lot l on l.id = c.lot_id
), hold as not materialized (
  select h.*, r.hold_id is not null as is_resolved, r.captured, r.posting_id as resolution_id
  from ledger_hold h join account a on a.id = h.account_id left join ledger_holdresolution r on r.hold_id = h.id
), event as not materialized (
  select e.*, a.id as account_id from loyalty_event e join account a on a.public_id = e.aggregate_id
), hot as not materialized (
  select a.id as account_id, a.unit_id, a.kind, r.posted as rolled_up,
         coalesce(sum(s.change) filter (where s.xid < r.upto_xid), 0) as before,
         coalesce(sum(s.change) filter (where s.xid >= r.upto_xid), 0) as after
  from account a left join ledger_hotrollup r on r.account_id = a.id left join side s on s.account_id = a.id
  where a.is_hot group by a.id, a.unit_id, a.kind, r.posted
)
"""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects the rows that are off, with `account_id` where an account is to blame. What is `informational` is
    worth knowing, but nothing is wrong with it."""

    name: str
    sentence: str
    sql: str
    informational: bool = False


BALANCES = [
    Invariant(
        "balance-is-the-sum-of-its-entries",
        "A member's balance is the sum of the account's entries.",
        """
        select b.account_id, b.posted, coalesce(s.total, 0) as entries
        from balance b left join (
          select account_id, sum(change) as total from member_side group by 1
        ) s using (account_id)
        where b.posted <> coalesce(s.total, 0)
        """,
    ),
    Invariant(
        "balance-is-the-newest-after",
        "A member's balance is the one that its newest entry left behind.",
        """
        select b.account_id, b.posted, coalesce(s.after, 0) as newest
        from balance b left join (
          select distinct on (account_id) account_id, after from member_side
          order by account_id, version desc nulls first
        ) s using (account_id)
        where b.posted is distinct from coalesce(s.after, 0)
        """,
    ),
    Invariant(
        "balances-run-on",
        "Each entry leaves behind what the entry before it left, plus or minus its own points.",
        """
        select account_id, entry_id, after, before, change
        from (select s.*, lag(after, 1, 0::bigint) over (partition by account_id order by version) as before
              from member_side s) s
        where after is distinct from before + change
        """,
    ),
    Invariant(
        "versions-have-no-gap",
        "The entries of a member's account are numbered 1, 2, 3, ... up to the balance's version.",
        """
        select account_id, entry_id, version, place
        from (select s.*, row_number() over (partition by account_id order by version, entry_id) as place
              from member_side s) s
        where version is distinct from place
        union all
        select b.account_id, null, b.version, coalesce(s.n, 0)
        from balance b left join (select account_id, count(*) as n from member_side group by 1) s using (account_id)
        where b.version <> coalesce(s.n, 0)
        """,
    ),
    Invariant(
        "balance-is-lots-less-debt",
        "A member's balance is what remains in the lots, less the debt.",
        """
        select b.account_id, b.posted, coalesce(l.remaining, 0) as lots, b.debt
        from balance b left join (
          select account_id, sum(remaining) as remaining from lot group by 1
        ) l using (account_id)
        where b.posted <> coalesce(l.remaining, 0) - b.debt
        """,
    ),
    Invariant(
        "debt-is-what-was-made-less-what-was-paid",
        "A member's debt is what returns could not take from lots, less what later points paid, and it has a limit.",
        """
        select b.account_id, b.debt, b.debt_max, coalesce(d.owed, 0) as entries
        from balance b left join (
          select s.account_id, sum(-s.change - coalesce(u.points, 0) + coalesce(l.points, 0)) as owed
          from member_side s left join (select entry_id, sum(points) as points from use group by 1) u using (entry_id)
          left join lot l on l.entry_id = s.entry_id group by 1
        ) d using (account_id)
        where b.debt <> coalesce(d.owed, 0) or b.debt < 0 or b.posted < -b.debt_max
        """,
    ),
    Invariant(
        "debtors-have-no-points",
        "An account in debt has nothing left in its lots: points pay the debt first.",
        """
        select b.account_id, b.debt, l.remaining
        from balance b join (select account_id, sum(remaining) as remaining from lot group by 1) l using (account_id)
        where b.debt > 0 and l.remaining > 0
        """,
    ),
    Invariant(
        "held-is-the-open-holds",
        "A member's held points are those of the holds that are not resolved.",
        """
        select b.account_id, b.held, coalesce(h.points, 0) as holds
        from balance b left join (
          select account_id, sum(points) as points from hold where not is_resolved group by 1
        ) h using (account_id)
        where b.held <> coalesce(h.points, 0)
        """,
    ),
    Invariant(
        "counters-are-what-the-postings-say",
        "What a member earned and redeemed in all is what the postings say.",
        """
        select b.account_id, b.earned, coalesce(s.earned, 0) as earned_by_postings,
               b.redeemed, coalesce(s.redeemed, 0) + coalesce(c.captured, 0) as redeemed_by_postings
        from balance b left join (
          select p.account_id,
                 sum(case when p.kind in ('earn', 'deposit', 'exchange_in', 'gift_in') then p.points
                          when p.kind = 'adjust' then greatest(p.points, 0)
                          when p.kind = 'return' or p.kind = 'reverse' and o.points >= 0 then p.points - p.shortfall
                          else 0 end) as earned,
                 sum(case when p.kind in ('redeem', 'exchange_out', 'gift_out') then -p.points
                          when p.kind = 'reverse' and o.kind = 'redeem' then -p.points
                          else 0 end) as redeemed
          from posting p left join ledger_posting o on o.id = p.reverses_id group by 1
        ) s using (account_id)
        left join (select account_id, sum(captured) as captured from hold group by 1) c using (account_id)
        where b.earned <> coalesce(s.earned, 0) or b.redeemed <> coalesce(s.redeemed, 0) + coalesce(c.captured, 0)
        """,
    ),
    Invariant(
        "accounts-are-kept-as-their-kind-is",
        "Each member's account has a balance row; each of a unit's own has a roll-up and none.",
        """
        select a.id as account_id, a.kind
        from account a left join ledger_balance b on b.account_id = a.id
        left join ledger_hotrollup r on r.account_id = a.id
        where (b.account_id is null) <> a.is_hot or (r.account_id is null) = a.is_hot
        """,
    ),
]

UNITS = [
    Invariant(
        "units-sum-to-zero",
        "The balances of a unit's accounts, members' and its own, sum to zero.",
        """
        select null::bigint as account_id, unit_id, sum(points) as total
        from (select a.unit_id, b.posted as points from ledger_balance b join account a on a.id = b.account_id
              union all select unit_id, rolled_up + after from hot) x
        group by unit_id having sum(points) <> 0
        """,
    ),
    Invariant(
        "roll-ups-are-exact",
        "A roll-up is the sum of the account's entries that are older than its mark.",
        "select account_id, kind, rolled_up, before as entries from hot where rolled_up is distinct from before",
    ),
    Invariant(
        "the-holding-account-holds-the-holds",
        "What lies on a unit's holding account is the members' holds that are not resolved.",
        """
        select t.account_id, t.rolled_up + t.after as holding, coalesce(h.points, 0) as holds
        from hot t left join (
          select a.unit_id, sum(h.points) as points from hold h join account a on a.id = h.account_id
          where not h.is_resolved group by 1
        ) h using (unit_id)
        where t.kind = 'holding' and t.rolled_up + t.after <> coalesce(h.points, 0)
        """,
    ),
    Invariant(
        "entries-keep-to-their-unit-and-brand",
        "An entry's unit is its posting's and both its accounts'; a posting's brand is its unit's.",
        """
        select p.account_id, p.id as posting_id, e.id as entry_id
        from posting p join unit u on u.id = p.unit_id join ledger_account a on a.id = p.account_id
        left join ledger_ledgerentry e on e.posting_id = p.id
        left join ledger_account d on d.id = e.debit_id left join ledger_account c on c.id = e.credit_id
        where p.brand_id <> u.brand_id or a.unit_id <> p.unit_id
           or e.id is not null and (e.unit_id, e.unit_id, e.unit_id) is distinct from (p.unit_id, d.unit_id, c.unit_id)
        """,
    ),
]
