"""Sending what is not the event as it happened: a test, one event once more, all of a time once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from loyalty import clock
from loyalty.delivery.webhooks import patterns
from loyalty.delivery.webhooks.errors import EndpointNotActive, EventsArchived, ReplayTooLarge
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.selectors import find_delivery, find_endpoint
from loyalty.errors import Invalid
from loyalty.events import log, reading
from loyalty.events.models import Event, EventArchive
from loyalty.identity.principals import Principal

REPLAY_MAX = 100_000
TYPES_MAX = 50
Status = WebhookDelivery.Status

ASKED = """
from loyalty_event e
where e.brand_id = %(brand)s and e.id > %(after)s and e.id <= %(upto)s
  and e.recorded_at >= %(since)s and e.recorded_at < %(until)s
  and e.type like any (%(patterns)s) and e.type like any (%(types)s) and e.type not like 'webhook.%%'
"""
COUNT = f"select count(*) from (select 1 {ASKED} limit %(most)s) found"
# They go before what waits, for of a member the older events go first; but what waits for its next try is waited for.
REPLAY = f"""
with first as (
  select least(%(now)s, min(due_at)) as due_at from loyalty_webhookdelivery
  where endpoint_id = %(endpoint)s and status = 'waiting'
)
insert into loyalty_webhookdelivery
  (endpoint_id, event_number, event_id, type, aggregate_id, sequence, origin, status, tries, due_at, answers, error,
   created_at)
select %(endpoint)s, e.id, e.event_id, e.type, e.aggregate_id, e.sequence, 'replay', 'waiting', 0,
       greatest((select due_at from first), (
         select o.due_at from loyalty_webhookdelivery o
         where o.endpoint_id = %(endpoint)s and o.aggregate_id = e.aggregate_id and o.event_number <= e.id
           and o.status in ('waiting', 'sending')
         order by o.event_number, o.id limit 1)),
       '[]', '', %(now)s
{ASKED} order by e.id
"""


@transaction.atomic
def send_test(principal: Principal, endpoint: Any) -> WebhookDelivery:
    """Has an event webhook.test sent to the endpoint, whatever it asks for, at once; it is in the log as any other.
    Repeating it sends another. Refusals, in order of precedence: NotFound, ScopeMissing, Forbidden,
    EndpointNotActive."""
    found = _active(principal, endpoint, "webhooks.test")
    data = {"endpoint_id": str(found.id), "actor": principal.actor}
    event = log.record("webhook.test", brand_id=found.brand_id, aggregate_id=found.id, data=data)
    _wake(found)
    return WebhookDelivery.objects.create(
        endpoint=found,
        event_number=event.id,
        event_id=event.event_id,
        type=event.type,
        aggregate_id=event.aggregate_id,
        sequence=event.sequence,
        origin=WebhookDelivery.Origin.TEST,
    )


@transaction.atomic
def redeliver(principal: Principal, delivery: Any) -> WebhookDelivery:
    """Sends the event once more, with the same id, as soon as nothing older of its aggregate is open; one that waits
    for its next try is tried at once, and one that has ended gets all its tries again. Repeating it while it waits or
    is being sent changes nothing more. Refusals, in order of precedence: NotFound, ScopeMissing, Forbidden,
    EndpointNotActive, EventsArchived."""
    asked = find_delivery(principal, delivery)
    _wake(_active(principal, asked.endpoint_id, "deliveries.redeliver"))
    found = WebhookDelivery.objects.select_for_update(no_key=True).get(pk=asked.pk)
    if found.status == Status.SENDING:
        return found
    if not Event.objects.filter(id=found.event_number).exists():
        raise EventsArchived("The event has been moved out of the log.")
    if found.status != Status.WAITING:
        found.status, found.tries, found.ended_at = Status.WAITING, 0, None
    found.due_at = clock.now()
    found.save(update_fields=["status", "tries", "ended_at", "due_at"])
    return found


def replay(
    principal: Principal, endpoint: Any, since: datetime, until: datetime | None = None, types: Sequence[str] = ()
) -> int:
    """Sends the events recorded in [since, until) once more, with the same ids: those that the endpoint asks for now,
    or of these only what fits `types`; answers how many. Repeating it sends them again. Refusals, in order of
    precedence: NotFound, ScopeMissing, Forbidden, EndpointNotActive, Invalid, EventsArchived, ReplayTooLarge."""
    found = _active(principal, endpoint, "webhooks.replay")
    asked = _asked(found, since, until, types)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COUNT, asked)
        (count,) = cursor.fetchone()
        if count > REPLAY_MAX:
            raise ReplayTooLarge(f"At most {REPLAY_MAX:,} events are replayed at once.", maximum=REPLAY_MAX)
        cursor.execute(REPLAY, asked)
        count = cursor.rowcount
        data = {"actor": principal.actor, "endpoint_id": str(found.id), "events": count}
        data |= {"since": asked["since"], "until": asked["until"]}
        log.record("webhook.replayed", brand_id=found.brand_id, aggregate_id=found.id, data=_plain(data))
    return count


def count_replay(
    principal: Principal, endpoint: Any, since: datetime, until: datetime | None = None, types: Sequence[str] = ()
) -> int:
    """How many events `replay` would send, one more than the most where they are more than that; changes nothing.
    Refusals: those of `replay` but for the last."""
    found = _active(principal, endpoint, "webhooks.replay")
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _asked(found, since, until, types))
        return cursor.fetchone()[0]


def _asked(found: WebhookEndpoint, since: datetime, until: datetime | None, types: Sequence[str]) -> dict[str, Any]:
    """What the statements ask for. Refusals, in order of precedence: Invalid, EventsArchived."""
    now = clock.now()
    until = min(until or now, now)
    _judge(since, until, types)
    if EventArchive.objects.filter(last_at__gte=since, first_at__lt=until).exists():
        oldest = EventArchive.objects.order_by("-last_id").values_list("last_at", flat=True).first()
        raise EventsArchived("Events up to that time have been moved out of the log.", archived_until=oldest)
    return {
        "brand": found.brand_id,
        "endpoint": found.id,
        "after": reading.number_before(since),
        "upto": reading.settled_id(),
        "since": since,
        "until": until,
        "patterns": [patterns.like(pattern) for pattern in found.events],
        "types": [patterns.like(pattern) for pattern in types or ("*",)],
        "most": REPLAY_MAX + 1,
        "now": now,
    }


def _active(principal: Principal, endpoint: Any, permission: str) -> WebhookEndpoint:
    found = find_endpoint(principal, endpoint)
    principal.require(permission, found.brand_id)
    if found.status != WebhookEndpoint.Status.ACTIVE:
        raise EndpointNotActive(f"The webhook is {found.status}: enable it first.")
    return found


def _wake(endpoint: WebhookEndpoint) -> None:
    """Who asks for a try gets it, also of an endpoint that rests."""
    if endpoint.resting_until:
        WebhookEndpoint.objects.filter(id=endpoint.id).update(resting_until=None)


def _judge(since: datetime, until: datetime, types: Sequence[str]) -> None:
    errors = []
    if since >= until:
        errors.append({"pointer": "/from", "code": "out-of-range", "detail": "It must lie before the end."})
    if len(types) > TYPES_MAX:
        errors.append({"pointer": "/types", "code": "invalid-length", "detail": f"At most {TYPES_MAX} types."})
    known = patterns.types_known()
    for index, pattern in enumerate(types[:TYPES_MAX]):
        if mistake := patterns.mistake_in(pattern, known):
            errors.append({"pointer": f"/types/{index}", "code": "unknown-event", "detail": mistake})
    if errors:
        raise Invalid(errors)


def _plain(data: dict) -> dict:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()}
