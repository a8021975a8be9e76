"""Exchanges in a member's history: one row for each, in place of the transactions that it is made of."""

from programs.activity.history import Stream, tells

# Seen from the program whose points are given where that is among those asked about, else from the other one.
EXCHANGES = Stream(
    name="exchanges",
    key=(("x.id", "uuid"),),
    page="""
    select x.created_at as at, array[x.id::text] as key,
           json_build_object(
             'id', x.id, 'type', 'exchange', 'status', x.status, 'member_id', x.member_id,
             'program_id', case when s.gives then x.from_program_id else x.to_program_id end,
             'partner', case when s.gives then t.code else f.code end,
             'points', case when s.gives then -x.from_amount else x.to_amount end,
             'from_program_id', x.from_program_id, 'to_program_id', x.to_program_id, 'from_amount', x.from_amount,
             'to_amount', x.to_amount, 'rate', trim_scale(x.rate)::text, 'fee', x.fee,
             'failure', nullif(x.failure, ''), 'completed_at', x.completed_at,
             'occurred_at', x.created_at, 'created_at', x.created_at) as row
    from exchange_exchange x
    join programs_program f on f.id = x.from_program_id join programs_program t on t.id = x.to_program_id
    cross join lateral (select x.from_account_id = any(%(accounts)s) as gives) s
    where x.member_id = %(member)s and (s.gives or x.to_account_id = any(%(accounts)s)) and {edge}
    order by x.id {order} limit %(limit)s
    """,
    hides="(p.data ? 'exchange_id' and p.kind in ('hold', 'release', 'exchange_out', 'exchange_in'))",
)
tells(EXCHANGES)
