"""The figures that reports are folded into, as they follow from the events of points. How many entries there were
(`moves`) events do not tell."""

from django.db import connection, transaction

from ledger.replays import GIVEN, PREPARE
from loyalty.events.catalogue import types
from loyalty.events.replay import ReadModel, register
from programs.reports import figures

NAMES = ("issued", "taken_back", "redeemed", "given_back", "expired", "adjusted")
KEPT = f"""
select f.unit_id, f.starts_at, {", ".join(f"sum(f.{name})::bigint as {name}" for name in NAMES)}
from (
  select q.unit_id, q.starts_at, {", ".join(f"q.{name}" for name in NAMES)} from programs_quarterhour q
  union all
  select m.unit_id, m.starts_at, {", ".join(f"m.{name}" for name in NAMES)}
  from programs_moved(coalesce((select upto_xid from programs_foldmark where id = 1), 0), 9223372036854775807) m
) f join ledger_unit u on u.id = f.unit_id
where %(brand)s::uuid is null or u.brand_id = %(brand)s
group by 1, 2
"""
BY_LOG = f"""
select a.unit_id, date_bin('15 minutes', p.occurred_at, timestamptz '2000-01-01 00:00+00') as starts_at,
       coalesce(sum(p.points) filter (
         where p.type in ({GIVEN}) and p.type <> 'points.received'), 0)::bigint as issued,
       coalesce(sum(-p.points) filter (
         where p.type in ('points.returned', 'points.reversed')
           and o.type in ('points.earned', 'points.deposited')), 0)::bigint as taken_back,
       coalesce(sum(case p.type when 'points.redeemed' then -p.points
                                when 'points.captured' then -o.points - p.points
                                when 'points.exchanged_out'
                                  then case when o.type = 'points.held' then p.exchanged else -p.points end
                    end), 0)::bigint as redeemed,
       coalesce(sum(p.points) filter (
         where p.type = 'points.reversed' and o.type = 'points.redeemed'), 0)::bigint as given_back,
       coalesce(sum(-p.points) filter (where p.type = 'points.expired'), 0)::bigint as expired,
       coalesce(sum(p.points) filter (
         where p.type = 'points.adjusted' or o.type = 'points.adjusted'), 0)::bigint as adjusted
from replayed_points p join ledger_account a on a.public_id = p.aggregate_id
left join replayed_points o on o.transaction_id = p.reverses
group by 1, 2
"""


def fold_anew() -> None:
    """Throws the folded figures away and folds them anew, in one transaction: who reads meanwhile reads the old."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select from programs_foldmark where id = 1 for update")
            cursor.execute("delete from programs_quarterhour")
            cursor.execute("delete from programs_activemember")
            cursor.execute("update programs_foldmark set upto_xid = 0 where id = 1")
        figures.fold()


register(
    ReadModel(
        name="reports",
        title="figures of reports",
        types=[type for type in types() if type.startswith("points.")],
        prepare=PREPARE,
        compare=f"""
            select coalesce(k.unit_id, r.unit_id) || ' ' || coalesce(k.starts_at, r.starts_at) as quarter,
                   {", ".join(f"coalesce(k.{n}, 0) as {n}, coalesce(r.{n}, 0) as log_{n}" for n in NAMES)}
            from ({KEPT}) k full join ({BY_LOG}) r on (r.unit_id, r.starts_at) = (k.unit_id, k.starts_at)
            where ({", ".join(f"coalesce(k.{name}, 0)" for name in NAMES)}) is distinct from
                  ({", ".join(f"coalesce(r.{name}, 0)" for name in NAMES)})
            """,
        count=f"select count(*) from ({KEPT}) k",
        needs_all=True,
        rebuild=fold_anew,
    )
)
