"""What the worker does for quotes: those that nobody took are thrown away."""

from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection

KEPT = timedelta(days=7)
QUOTES_MAX = 50_000

# What an exchange rests on stays with it. Oldest first, by index.
FORGET = """
delete from exchange_quote where id in (
  select q.id from exchange_quote q
  where q.expires_at < %s and not exists (select from exchange_exchange x where x.quote_id = q.id)
  order by q.expires_at limit %s)
"""


def forget_quotes(*, before: datetime, limit: int = QUOTES_MAX) -> int:
    """Removes at most `limit` quotes that ran out before that instant and were never used; says how many. Safe to
    repeat."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [before, limit])
        return cursor.rowcount


@app.periodic(cron="23 * * * *")
@app.task(name="exchange.forget_quotes", queueing_lock="forget_quotes", lock="forget_quotes")
def forget_old_quotes(timestamp: int) -> None:
    """Throws away quotes that ran out a week ago; until then people can be told what they were offered."""
    drop_dead_connection()
    forget_quotes(before=clock.now() - KEPT)
