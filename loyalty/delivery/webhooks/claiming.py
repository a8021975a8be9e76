"""Taking deliveries in hand: which may go now, for whom, and what a sender that died had in hand. Several senders may
run; an endpoint is served by one of them at a time, so its `in_flight_max` and the order of its events hold."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty import clock
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.delivery.webhooks.retries import FAILURES_BEFORE_REST
from loyalty.delivery.webhooks.signing import key_of, secrets_of
from loyalty.events.envelopes import envelope
from loyalty.events.models import Event

SENDERS = 7_281_002
"""The first half of the advisory locks that senders hold; the second half is the sender's number."""
AHEAD = 8
"""Taken in hand of an endpoint that takes them well, for each request it may have open."""
CHAIN = 8
"""Of one aggregate, in their order, at most."""
WINDOW = 1_000
"""Looked at for each endpoint."""
SILENCE = ("idle_session_timeout", "idle_in_transaction_session_timeout")

# Locked in a statement of its own: the next one sees what whoever had the lock before has done with it.
FREE = """
select p.* from loyalty_webhookendpoint p
cross join lateral (
  select from loyalty_webhookdelivery w
  where w.endpoint_id = p.id and w.status = 'waiting' and w.due_at <= %(now)s order by w.due_at limit 1
) w
where p.status = 'active' and (p.resting_until is null or p.resting_until <= %(now)s)
for no key update of p skip locked
"""
# Only heads, and behind a head what follows it in its aggregate: the sender keeps them in order. What is due first
# comes first; followers of what waits for its next try are not due (see recording). The table is empty at one time and
# holds millions at another: laterals with a limit leave no choice but the index, whatever the planner believes.
CLAIM = """
with free as materialized (
  select p.id, p.in_flight_max * case when p.failures_in_row = 0 then %(ahead)s else 1 end as places_max,
         p.failures_in_row >= %(resting)s as is_trial, coalesce(h.mine, 0) as mine
  from loyalty_webhookendpoint p
  left join (
    select endpoint_id, count(*) as mine, bool_or(sender <> %(sender)s) as has_other
    from loyalty_webhookdelivery where status = 'sending' and sender > 0 group by endpoint_id
  ) h on h.endpoint_id = p.id
  where p.id = any(%(free)s) and h.has_other is not true
), due as (
  select f.id as endpoint_id, case when f.is_trial then 1 else f.places_max end - f.mine as places, d.*
  from free f cross join lateral (
    select aggregate_id, event_number, id, due_at from loyalty_webhookdelivery
    where endpoint_id = f.id and status = 'waiting' and due_at <= %(now)s
    order by due_at, event_number limit %(window)s
  ) d
), first as (
  select distinct on (endpoint_id, aggregate_id) * from due where places > 0
  order by endpoint_id, aggregate_id, event_number, id
), head as (
  select h.*, row_number() over (partition by h.endpoint_id order by h.due_at, h.event_number, h.id) as place
  from first h cross join lateral (
    select o.id from loyalty_webhookdelivery o
    where o.endpoint_id = h.endpoint_id and o.aggregate_id = h.aggregate_id and o.status in ('waiting', 'sending')
    order by o.event_number, o.id limit 1
  ) oldest
  where oldest.id = h.id
), chain as (
  select c.id, row_number() over (partition by h.endpoint_id order by c.behind, h.place) as place, h.places
  from head h cross join lateral (
    select o.id, row_number() over (order by o.event_number, o.id) as behind
    from (
      select id, event_number from loyalty_webhookdelivery
      where endpoint_id = h.endpoint_id and aggregate_id = h.aggregate_id and status = 'waiting'
      order by event_number, id limit %(chain)s
    ) o
  ) c
  where h.place <= h.places
), picked as materialized (
  select id from chain where place <= places order by id
)
update loyalty_webhookdelivery d set status = 'sending', sender = %(sender)s
from picked where d.id = picked.id and d.status || '' = 'waiting'
returning d.id, d.endpoint_id, d.event_number, d.event_id, d.aggregate_id, d.tries
"""
HEAL = """
with other as materialized (
  select distinct sender from loyalty_webhookdelivery where status = 'sending' and sender > 0 and sender <> %(sender)s
), dead as materialized (
  select sender from other where pg_try_advisory_xact_lock(%(locks)s, sender)
)
update loyalty_webhookdelivery d set status = 'waiting', sender = null
from dead where d.status = 'sending' and d.sender = dead.sender
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, as it stood when the delivery was taken in hand."""

    id: UUID
    url: str
    keys: list[bytes] = field(repr=False)
    in_flight_max: int


@dataclass(frozen=True, slots=True)
class InHand:
    """One delivery that a sender has taken; `body` is None where the event has been moved out of the log."""

    id: int
    target: Target
    event_number: int
    event_id: str
    aggregate_id: UUID
    tries: int
    body: bytes | None = field(repr=False)


class Claims:
    """What one sender takes in hand, under its number; on the connection that the number's lock lives on."""

    def __init__(self):
        self.number = 0
        self._keys: dict[UUID, tuple[tuple, list[bytes]]] = {}

    def sign_on(self, *, silent_seconds_max: int = 0) -> int:
        """Takes a number. While this connection lives nobody takes from us what we have in hand; when it ends, however
        it ends, others do at once. It ends too when nothing is asked on it for `silent_seconds_max` (0: however long),
        as of a process that was stopped and not ended. What the sender writes may be lost with a crash of the database:
        then something is sent twice, which may happen anyway, so no statement waits for the disk. What is asked is
        asked of indexes."""
        with connection.cursor() as cursor:
            cursor.execute("set synchronous_commit = off; set enable_seqscan = off")
            for name in SILENCE:
                cursor.execute("select set_config(%s, %s, false)", [name, f"{silent_seconds_max}s"])
            while True:
                number = random.randint(1, 2**31 - 1)  # noqa: S311
                cursor.execute("select pg_try_advisory_lock(%s, %s)", [SENDERS, number])
                if cursor.fetchone()[0]:
                    self.number = number
                    return number

    def sign_off(self) -> None:
        """Gives the number back, and what is in hand."""
        with connection.cursor() as cursor:
            cursor.execute(
                "update loyalty_webhookdelivery set status = 'waiting', sender = null "
                "where status = 'sending' and sender = %s",
                [self.number],
            )
            cursor.execute("select pg_advisory_unlock(%s, %s)", [SENDERS, self.number])
            cursor.execute("; ".join(f"reset {name}" for name in ("synchronous_commit", "enable_seqscan", *SILENCE)))

    def heal(self) -> int:
        """Puts back what senders that are gone had in hand; answers how many."""
        with connection.cursor() as cursor:
            cursor.execute(HEAL, {"sender": self.number, "locks": SENDERS})
            return cursor.rowcount

    def claim(self) -> list[InHand]:
        """Takes in hand what may go now, in the order in which it may go; of one aggregate all that is answered here
        must be sent one after the other. The endpoints stay as they are until it is written down who has them."""
        asked = {"sender": self.number, "now": clock.now(), "ahead": AHEAD, "chain": CHAIN, "window": WINDOW}
        with transaction.atomic(), connection.cursor() as cursor:
            free = {one.id: one for one in WebhookEndpoint.objects.raw(FREE, asked)}
            if not free:
                return []
            cursor.execute(CLAIM, asked | {"resting": FAILURES_BEFORE_REST, "free": list(free)})
            taken = cursor.fetchall()
        targets = self._targets([free[id] for id in {row[1] for row in taken}])
        bodies = _bodies([row[2] for row in taken])
        return [
            InHand(id, targets[endpoint], number, str(event_id), aggregate, tries, bodies.get(number))
            for id, endpoint, number, event_id, aggregate, tries in sorted(taken, key=_order)
        ]

    def _targets(self, endpoints: Iterable[WebhookEndpoint]) -> dict[UUID, Target]:
        """Only the opening of their secrets is remembered."""
        found, at = {}, clock.now()
        for one in endpoints:
            rotating = one.previous_until is not None and one.previous_until > at
            sealed = (_raw(one, "secret"), _raw(one, "previous_secret") if rotating else None)
            known = self._keys.get(one.id)
            if known is None or known[0] != sealed:
                signing = secrets_of(one.secret, one.previous_secret, one.previous_until, at)
                known = self._keys[one.id] = (sealed, [key_of(secret) for secret in signing])
            found[one.id] = Target(one.id, one.url, known[1], one.in_flight_max)
        return found


def _order(row: tuple) -> tuple:
    return row[2], row[0]


def _raw(endpoint: WebhookEndpoint, name: str) -> bytes:
    return bytes(endpoint.__dict__[name] or b"")


def _bodies(numbers: list[int]) -> dict[int, bytes]:
    if not numbers:
        return {}
    return {event.id: msgspec.json.encode(envelope(event)) for event in Event.objects.filter(id__in=numbers)}
