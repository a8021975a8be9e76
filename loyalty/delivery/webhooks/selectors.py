"""Questions about endpoints and what was sent to them: whose they are, and how they fare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from loyalty import clock
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid

HEALTH_SPAN = timedelta(hours=24)
COUNTED_MAX = 10_000
"""Deliveries of an endpoint that are looked at, the newest; and waiting ones that are counted."""

HEALTH = """
select p.id, t.tries, t.taken, t.p50, t.p95, w.waiting, w.oldest
from unnest(%(ids)s::uuid[]) as p (id)
cross join lateral (
  select count(*) as tries, count(*) filter (where (a ->> 'status')::int between 200 and 299) as taken,
         percentile_disc(0.5) within group (order by (a ->> 'ms')::int) as p50,
         percentile_disc(0.95) within group (order by (a ->> 'ms')::int) as p95
  from (select answers from loyalty_webhookdelivery where endpoint_id = p.id order by id desc limit %(most)s) d
  cross join jsonb_array_elements(d.answers) as a
  where (a ->> 'at')::timestamptz > %(since)s
) t
cross join lateral (
  select count(*) as waiting, min(o.created_at) as oldest
  from (select created_at from loyalty_webhookdelivery
        where endpoint_id = p.id and status in ('waiting', 'sending') limit %(most)s) o
) w
"""


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fares: tries of the last 24 hours and how many of them were taken, the milliseconds that half and
    95 of 100 of them took at most, what waits and for how many seconds the oldest has. Of very many deliveries the
    newest 10,000 are looked at."""

    tries: int
    taken: int
    p50_ms: int | None
    p95_ms: int | None
    waiting: int
    oldest_seconds: int | None
    failing_since: datetime | None

    @property
    def success_percent(self) -> int | None:
        return self.taken * 100 // self.tries if self.tries else None


def visible_endpoints(principal: Principal) -> QuerySet[WebhookEndpoint]:
    """The endpoints of the brands where the principal may look at them; what was removed is gone."""
    found = WebhookEndpoint.objects.exclude(status=WebhookEndpoint.Status.REMOVED)
    brands = principal.brands_where("webhooks.view")
    return found if brands is None else found.filter(brand_id__in=brands)


def find_endpoint(principal: Principal, ref: Any) -> WebhookEndpoint:
    """The endpoint by its id (or the object itself). Refusals: NotFound."""
    uuid = as_uuid(getattr(ref, "pk", ref))
    found = visible_endpoints(principal).filter(id=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such webhook, or it is not yours to see.")
    return found


def deliveries_of(endpoint: WebhookEndpoint, *, status: str = "", type: str = "", event_id: UUID | None = None):
    """The endpoint's deliveries, narrowed by what is given."""
    asked: dict[str, Any] = {"status": status, "type": type, "event_id": event_id}
    return WebhookDelivery.objects.filter(endpoint=endpoint, **{name: one for name, one in asked.items() if one})


def find_delivery(principal: Principal, ref: Any, *, endpoint: Any = None) -> WebhookDelivery:
    """The delivery by its number (or the object itself), of an endpoint that the principal sees and that was not
    removed, or of this one. Refusals: NotFound."""
    number = str(getattr(ref, "pk", ref))
    found = WebhookDelivery.objects.select_related("endpoint").filter(endpoint__in=visible_endpoints(principal))
    if endpoint is not None:
        found = found.filter(endpoint=find_endpoint(principal, endpoint))
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    delivery = found.filter(id=int(number)).first() if is_number else None
    if delivery is None:
        raise NotFound("There is no such delivery, or it is not yours to see.")
    return delivery


def health_of(endpoints: Sequence[WebhookEndpoint]) -> dict[UUID, Health]:
    """How they fare, in one query."""
    if not endpoints:
        return {}
    now = clock.now()
    asked = {"ids": [one.id for one in endpoints], "most": COUNTED_MAX, "since": now - HEALTH_SPAN}
    failing = {one.id: one.failing_since for one in endpoints}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(HEALTH, asked)
        for id, tries, taken, p50, p95, waiting, oldest in cursor.fetchall():
            seconds = None if oldest is None else max((now - oldest) // timedelta(seconds=1), 0)
            found[id] = Health(tries, taken, p50, p95, waiting, seconds, failing[id])
    return found
