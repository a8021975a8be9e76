"""What must hold of receipts: each invariant a sentence, and a query that returns no row while it is true. Checked as
the ledger's own are, see `ledger.reconciliation`."""

from ledger.invariants import Invariant

PURCHASES = Invariant(
    "claimed-receipts-are-purchases",
    "A claimed receipt became one purchase of its program, member, number and total; no other receipt became any.",
    """
    select s.account_id, r.id as receipt, r.status, r.amount_minor, u.id as purchase, u.amount_minor as bought
    from programs_receipt r
    left join programs_purchase u on u.id = r.transaction_id
    left join programs_membership s on s.program_id = r.program_id and s.member_id = r.member_id
    where r.status = 'claimed' and (
      (u.program_id, u.member_id, u.reference, u.amount_minor, u.currency) is distinct from
      (r.program_id, r.member_id, r.reference, r.amount_minor, r.currency)
      or u.refunded_minor < r.refunded_minor or r.claimed_at is null)
    or r.status <> 'claimed' and (r.transaction_id is not null or r.member_id is not null or r.claimed_at is not null)
    """,
)
ONCE = Invariant(
    "receipts-are-claimed-once",
    "No purchase was made of two receipts, and none that is void.",
    """
    select null::bigint as account_id, transaction_id as purchase, count(*) as receipts from programs_receipt
    where transaction_id is not null group by transaction_id having count(*) > 1
    union all
    select null, id, 1 from programs_receipt where status = 'void' and refunded_minor <> amount_minor
    """,
)
RETURNS = Invariant(
    "receipts-count-what-came-back",
    "What came back of a receipt before it was claimed is the sum of the returns that it knows.",
    """
    select null::bigint as account_id, r.id as receipt, r.refunded_minor, x.minor as told
    from programs_receipt r
    cross join lateral (
      select coalesce(sum((t ->> 'minor')::bigint), 0) as minor from jsonb_array_elements(r.returns) t) x
    where r.refunded_minor <> x.minor
    """,
)
RECEIPTS = (PURCHASES, ONCE, RETURNS)
