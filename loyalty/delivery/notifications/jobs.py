"""What the worker does for messages: makes those that the log asks for, sends what is due, forgets the old ones."""

import logging

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.delivery.notifications.keeping import forget_old_messages
from loyalty.delivery.notifications.making import BATCH, make_messages
from loyalty.delivery.notifications.sending import send_due
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

BATCHES_MAX = 50
SENT_MAX = 2_000
"""At a time: then the worker looks at the log again."""


@app.periodic(cron="* * * * * */5")
@app.task(name="loyalty.send_notifications", queueing_lock="send_notifications", lock="send_notifications")
def send_notifications(timestamp: int) -> None:
    """Makes what the log asks for and sends what is due."""
    drop_dead_connection()
    for _ in range(BATCHES_MAX):
        read, _made = make_messages()
        # Less than that is the end of the log: while it grows there would always be some more.
        if read < BATCH:
            break
    sent = send_due(limit=SENT_MAX)
    if sent.total:
        log.info("messages to members: %s", sent)


@app.periodic(cron="53 3 * * *")
@app.task(name="loyalty.prune_notifications", queueing_lock="prune_notifications", lock="prune_notifications")
def prune_notifications(timestamp: int) -> None:
    """Forgets messages, and apps, that are older than RETENTION_MESSAGE_MONTHS."""
    drop_dead_connection()
    if forgotten := forget_old_messages(at=clock.now()):
        log.info("forgot %s old messages", forgotten)
