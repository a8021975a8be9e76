"""How long messages are kept, and tokens of apps that nobody came back with."""

from datetime import datetime

from django.conf import settings
from django.db import connection

from loyalty.delivery.notifications.models import PushToken
from loyalty.identity.privacy.retention import months_before

CHUNK = 10_000
OLD = """
delete from loyalty_notification where ctid = any(array(
  select ctid from loyalty_notification where created_at < %s and status in ('sent', 'dropped', 'failed') limit %s))
"""


def forget_old_messages(*, at: datetime) -> int:
    """Deletes messages that came to an end RETENTION_MESSAGE_MONTHS ago or earlier, from inboxes too, and tokens that
    were not seen for as long; answers how many messages. 0 months: never. Each chunk is a transaction of its own;
    repeating it changes nothing."""
    if not settings.RETENTION_MESSAGE_MONTHS:
        return 0
    before = months_before(at, settings.RETENTION_MESSAGE_MONTHS)
    forgotten = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(OLD, [before, CHUNK])
            forgotten += cursor.rowcount
            if cursor.rowcount < CHUNK:
                break
    PushToken.objects.filter(seen_at__lt=before).delete()
    return forgotten
