"""What the worker does for webhooks. Sending is a process of its own, `deliver_webhooks`."""

import logging
from datetime import timedelta

from django.conf import settings
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

PRUNED_AT_ONCE = 10_000
PRUNED_MAX = 2_000_000


@app.periodic(cron="41 * * * *")
@app.task(name="loyalty.prune_deliveries", queueing_lock="prune_deliveries", lock="prune_deliveries")
def prune_deliveries(timestamp: int) -> None:
    """Deletes deliveries that ended WEBHOOK_DELIVERIES_KEPT_DAYS ago, and cancels what nobody waits for any more."""
    drop_dead_connection()
    if left := cancel_left():
        log.info("%s webhook deliveries to endpoints that were removed were cancelled", left)
    if done := prune():
        log.info("%s webhook deliveries that ended long ago were deleted", done)


def cancel_left() -> int:
    """Cancels what waits for endpoints that were removed: what was on its way at that moment and came back, or was
    asked for in it. Answers how many; repeating it does no more."""
    waiting = WebhookDelivery.objects.filter(
        endpoint__status=WebhookEndpoint.Status.REMOVED, status=WebhookDelivery.Status.WAITING
    )
    return waiting.update(status=WebhookDelivery.Status.CANCELLED, ended_at=clock.now())


def prune(*, limit: int = PRUNED_MAX) -> int:
    """Deletes what ended before the time for which deliveries are kept, many at a time, about `limit` at most; answers
    how many. What is open stays, however old. Repeating it goes on."""
    before, done = clock.now() - timedelta(days=settings.WEBHOOK_DELIVERIES_KEPT_DAYS), 0
    while done < limit:
        old = WebhookDelivery.objects.filter(ended_at__lt=before).order_by("ended_at").values("id")[:PRUNED_AT_ONCE]
        deleted = WebhookDelivery.objects.filter(id__in=old).delete()[0]
        done += deleted
        if deleted < PRUNED_AT_ONCE:
            break
    return done
