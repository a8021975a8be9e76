"""What must hold of exchanges: each invariant a sentence, and a query that returns no row while it is true. Checked as
the ledger's own are, see `ledger.reconciliation`."""

from ledger.invariants import Invariant

LEGS = Invariant(
    "exchanges-have-both-legs-or-none",
    "A completed exchange took its points from the one account and gave its others to the other; no other moved any.",
    """
    select x.from_account_id as account_id, x.id as exchange, x.status, o.kind as out, i.kind as into, i.points,
           r.captured
    from exchange_exchange x
    left join ledger_posting o on o.public_id = x.out_id
    left join ledger_posting i on i.public_id = x.in_id
    left join ledger_holdresolution r on r.posting_id = o.id
    where x.status = 'completed' and (
      (o.kind, o.account_id, r.captured, i.kind, i.account_id, i.points) is distinct from
      ('exchange_out', x.from_account_id, x.from_amount, 'exchange_in', x.to_account_id, x.to_amount))
    union all
    select p.account_id, x.id, x.status, p.kind, null, p.points, null
    from ledger_posting p left join exchange_exchange x on p.public_id in (x.out_id, x.in_id)
    where p.kind in ('exchange_out', 'exchange_in') and p.data ? 'exchange_id' and x.id is null
    """,
)
AMOUNTS = Invariant(
    "exchanges-are-as-quoted",
    "An exchange gives what its quote said, and what its rate makes of its points, rounded down.",
    """
    select x.from_account_id as account_id, x.id as exchange, x.rate, x.from_amount, x.fee, x.to_amount,
           q.to_amount as quoted
    from exchange_exchange x left join exchange_quote q on q.id = x.quote_id
    where x.to_amount <> floor((x.from_amount - x.fee) * x.rate)
       or x.residue <> (x.from_amount - x.fee) * x.rate - x.to_amount
       or (q.rate, q.from_amount, q.fee, q.to_amount) <> (x.rate, x.from_amount, x.fee, x.to_amount)
    """,
)
HOLDS = Invariant(
    "holds-of-exchanges-end-with-them",
    "What an exchange set aside is taken whole when it completes, and goes back whole when it fails or is cancelled.",
    """
    select x.from_account_id as account_id, x.id as exchange, x.status, h.points, r.captured
    from exchange_exchange x
    left join ledger_posting p on p.public_id = x.hold_id
    left join ledger_hold h on h.posting_id = p.id
    left join ledger_holdresolution r on r.hold_id = h.id
    where h.points is distinct from x.from_amount
       or x.status = 'completed' and r.captured is distinct from x.from_amount
       or x.status in ('failed', 'cancelled') and r.captured is distinct from 0
    """,
)
USAGE = Invariant(
    "days-count-what-was-exchanged",
    "A day counts what its exchanges gave whose terms have a limit, without those that failed or were cancelled.",
    """
    with counted as (
      select x.from_program_id, x.to_program_id, x.day, m.member_id, sum(x.from_amount) as points
      from exchange_exchange x join exchange_rate r on r.id = x.terms_id
      cross join lateral (select x.member_id where r.member_daily_max is not null
                          union all select null where r.pair_daily_max is not null) m
      where x.status not in ('failed', 'cancelled') group by 1, 2, 3, 4
    )
    select null::bigint as account_id, coalesce(u.day, c.day) as day, coalesce(u.member_id, c.member_id) as member,
           coalesce(u.from_program_id, c.from_program_id) as program, u.points, c.points as exchanged
    from exchange_dayusage u full join counted c
      on (u.from_program_id, u.to_program_id, u.day) = (c.from_program_id, c.to_program_id, c.day)
      and coalesce(u.member_id, u.from_program_id) = coalesce(c.member_id, c.from_program_id)
    where coalesce(u.points, 0) <> coalesce(c.points, 0)
    """,
)
TOLD = Invariant(
    "exchanges-tell-of-their-end-once",
    "There is one event of the end of an exchange, and none before it; events are numbered without a gap.",
    """
    select x.from_account_id as account_id, x.id as exchange, x.status, e.ends, e.last, e.events
    from exchange_exchange x left join (
      select aggregate_id, count(*) as events, max(sequence) as last,
             count(*) filter (where type in ('exchange.completed', 'exchange.failed', 'exchange.cancelled')) as ends
      from loyalty_event where type like 'exchange.%%' group by 1
    ) e on e.aggregate_id = x.id
    where (coalesce(e.ends, 0) <> case when x.status in ('pending', 'processing') then 0 else 1 end
           or e.last <> e.events)
      and not x.created_at <= coalesce((select max(last_at) from loyalty_eventarchive), '-infinity')
    """,
)
DEAD = Invariant(
    "dead-exchanges",
    "Exchanges that wait for somebody to look.",
    """
    select from_account_id as account_id, id as exchange, attempts, last_error from exchange_exchange where is_dead
    """,
    informational=True,
)
EXCHANGES = [LEGS, AMOUNTS, HOLDS, USAGE, TOLD, DEAD]
