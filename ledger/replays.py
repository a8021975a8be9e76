"""Balances as they follow from the events of points alone. Debt and the entries' count are not told by events; they
stay with `ledger.rebuild`, which reads the books."""

from loyalty.events.catalogue import types
from loyalty.events.replay import ReadModel, register

GIVEN = "'points.earned', 'points.deposited', 'points.exchanged_in', 'points.received'"
SPENT = "'points.redeemed', 'points.exchanged_out', 'points.given'"
RESOLVED = "'points.captured', 'points.released', 'points.exchanged_out'"

MOVED = """
create temporary table replayed_points on commit drop as
select id, aggregate_id, type, sequence, occurred_at, (data->>'transaction_id')::uuid as transaction_id,
       (data->>'points')::bigint as points, coalesce((data->>'shortfall')::bigint, 0) as shortfall,
       (data->>'reverses')::uuid as reverses, coalesce((data->>'exchanged')::bigint, 0) as exchanged
from replayed where type like 'points.%%' and data ? 'transaction_id'
"""
"""`points` is what the balance moved by; `reverses` the transaction that it undoes, captures or releases."""

PREPARE = [
    "drop table if exists replayed_points",
    MOVED,
    "create index on replayed_points (transaction_id)",
    "create index on replayed_points (reverses)",
    "analyze replayed_points",
]
BALANCES = f"""
select p.aggregate_id, sum(p.points)::bigint as posted, count(*)::bigint as events, max(p.sequence) as newest,
       coalesce(sum(case
         when p.type in ({GIVEN}) or p.type = 'points.adjusted' and p.points > 0 then p.points
         when o.type in ('points.earned', 'points.deposited') or o.type = 'points.adjusted' and o.points > 0
           then p.points - p.shortfall end), 0)::bigint as earned,
       coalesce(sum(case
         when p.type = 'points.captured' then -o.points - p.points
         when p.type = 'points.exchanged_out' and o.type = 'points.held' then p.exchanged
         when p.type in ({SPENT}) or o.type = 'points.redeemed' then -p.points end), 0)::bigint as redeemed,
       coalesce(sum(-p.points) filter (where p.type = 'points.held' and r.id is null), 0)::bigint as held
from replayed_points p
left join replayed_points o on o.transaction_id = p.reverses
left join replayed_points r on p.type = 'points.held' and r.reverses = p.transaction_id and r.type in ({RESOLVED})
group by 1
"""
KEPT = """
select a.public_id, b.posted, b.held, b.earned, b.redeemed, b.events
from ledger_balance b join ledger_account a on a.id = b.account_id join ledger_unit u on u.id = a.unit_id
where (%(brand)s::uuid is null or u.brand_id = %(brand)s)
  and not exists (select from loyalty_event e where e.aggregate_id = a.public_id and e.id > %(upto)s)
"""

register(
    ReadModel(
        name="balances",
        title="balances of members' accounts",
        types=[type for type in types() if type.startswith("points.")],
        prepare=PREPARE,
        compare=f"""
            select k.public_id::text as account, k.posted, coalesce(r.posted, 0) as log_posted, k.held,
                   coalesce(r.held, 0) as log_held, k.earned, coalesce(r.earned, 0) as log_earned, k.redeemed,
                   coalesce(r.redeemed, 0) as log_redeemed, k.events, coalesce(r.events, 0) as log_events
            from ({KEPT}) k left join ({BALANCES}) r on r.aggregate_id = k.public_id
            where (k.posted, k.held, k.earned, k.redeemed, k.events, coalesce(r.events, 0)) is distinct from
                  (coalesce(r.posted, 0), coalesce(r.held, 0), coalesce(r.earned, 0), coalesce(r.redeemed, 0),
                   coalesce(r.events, 0), coalesce(r.newest, 0))
            """,
        count=f"select count(*) from ({KEPT}) k",
    )
)
