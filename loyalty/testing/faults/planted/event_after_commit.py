"""Settings of a service with a planted bug: the event of a posting is written after the commit of the posting, as an
`on_commit` hook would. It is right every time, until a process dies in between."""

import time

from django.db import connection, transaction

from ledger import posting
from loyalty.settings import *  # noqa: F403

# Long enough that a process that is killed under load is killed in here.
SECONDS_BETWEEN = 0.05
LOCK = "select from ledger_balance where account_id = any(%s) order by account_id for update"
WRITE = """
insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, posting_id, data, occurred_at)
select gen_random_uuid(), p.brand_id, ledger_event_type(p.kind), a.public_id,
       (select coalesce(max(e.sequence), 0) + 1 from loyalty_event e where e.aggregate_id = a.public_id),
       a.owner_id, p.id,
       ledger_event_data(p.public_id, p.points, p.balance_after, p.reference), p.occurred_at
from ledger_posting p join ledger_account a on a.id = p.account_id where p.id = %s
"""

post_with_its_event = posting.post


def write_events(answers) -> None:
    time.sleep(SECONDS_BETWEEN)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [[answer.account_id for answer in answers]])
        for answer in answers:
            cursor.execute(WRITE, [answer.id])


def post(moves, **options):
    answers = post_with_its_event(moves, **options)
    new = [answer for answer in answers if answer.outcome == "posted"]
    if new:
        transaction.on_commit(lambda: write_events(new))
    return answers


posting.post = post
