"""From the log to the endpoints: each event that an endpoint asks for becomes a delivery of it, once. Set-based; the
endpoint's place in the log moves in the same statement."""

from dataclasses import dataclass

from django.db import connection

from loyalty import clock
from loyalty.events import reading

LOOKED_AT_ONCE = 500
"""Events looked at for one endpoint in one go."""
LOCK = 7_281_001

# Of an aggregate whose oldest delivery waits for its next try the new one waits as long: it could not go before, and
# whoever looks for what is due need not step over it.
FAN_OUT = r"""
with endpoint as materialized (
  select p.id, p.brand_id, p.position,
         array(select replace(replace(replace(replace(x, '\', '\\'), '_', '\_'), '%%', '\%%'), '*', '%%')
               from unnest(p.events) x) as patterns
  from loyalty_webhookendpoint p
  where p.status = 'active' and p.position < %(upto)s and (select pg_try_advisory_xact_lock(%(lock)s))
  for no key update skip locked
), looked as materialized (
  select p.id as endpoint_id, e.id, e.event_id, e.type, e.aggregate_id, e.sequence,
         e.type like any (p.patterns) and e.type not like 'webhook.%%' as is_asked
  from endpoint p cross join lateral (
    select id, event_id, type, aggregate_id, sequence from loyalty_event l
    where l.brand_id = p.brand_id and l.id > p.position and l.id <= %(upto)s order by l.id limit %(limit)s
  ) e
), told as (
  insert into loyalty_webhookdelivery
    (endpoint_id, event_number, event_id, type, aggregate_id, sequence, origin, status, tries, due_at, answers, error,
     created_at)
  select l.endpoint_id, l.id, l.event_id, l.type, l.aggregate_id, l.sequence, 'live', 'waiting', 0,
         greatest(%(now)s, (
           select o.due_at from loyalty_webhookdelivery o
           where o.endpoint_id = l.endpoint_id and o.aggregate_id = l.aggregate_id
             and o.status in ('waiting', 'sending')
           order by o.event_number, o.id limit 1)),
         '[]', '', %(now)s
  from looked l where l.is_asked order by l.id
  on conflict (endpoint_id, event_number) where origin = 'live' do nothing
  returning 1
), moved as (
  update loyalty_webhookendpoint p set position = l.newest
  from (select endpoint_id, max(id) as newest from looked group by endpoint_id) l where p.id = l.endpoint_id
)
select (select count(*) from told), (select count(*) from looked)
"""


@dataclass(frozen=True, slots=True)
class FannedOut:
    """`told` deliveries were made of `looked` pairs of endpoint and event."""

    told: int
    looked: int


def fan_out(*, limit: int = LOOKED_AT_ONCE) -> int:
    """Makes a delivery of each settled event for each active endpoint that asks for it, up to `limit` events looked at
    for each endpoint; answers how many. Repeating it goes on from there. Two statements. While another does it
    nothing happens."""
    return step(reading.settled_id(), limit=limit).told


def step(upto: int, *, limit: int = LOOKED_AT_ONCE) -> FannedOut:
    """The same up to a number that is known to be settled; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(FAN_OUT, {"upto": upto, "lock": LOCK, "limit": limit, "now": clock.now()})
        return FannedOut(*cursor.fetchone())
