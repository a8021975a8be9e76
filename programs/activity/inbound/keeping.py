"""How long is kept what other systems told: as long as what the log says of members."""

from datetime import datetime

from django.conf import settings
from django.db import connection

from loyalty.identity.privacy.retention import months_before

CHUNK = 1_000
OLD = """
update programs_inboundevent set content = null, data_key = null, detail = '',
  status = case status when 'ignored' then 'discarded' else status end
where ctid = any(array(
  select ctid from programs_inboundevent where received_at < %s and status in ('done', 'discarded', 'ignored')
    and content is not null limit %s))
"""


def forget_old_contents(*, at: datetime) -> int:
    """Forgets what events said that came RETENTION_EVENT_MONTHS ago or earlier and were done or discarded, or ignored:
    these are discarded with that. That they came, and what they gave, stays. Answers how many. 0 months: never. Each
    chunk is a transaction of its own; repeating it changes nothing."""
    if not settings.RETENTION_EVENT_MONTHS:
        return 0
    before, forgotten = months_before(at, settings.RETENTION_EVENT_MONTHS), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(OLD, [before, CHUNK])
            forgotten += cursor.rowcount
            if cursor.rowcount < CHUNK:
                return forgotten
