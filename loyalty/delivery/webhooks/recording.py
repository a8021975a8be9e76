"""What came of deliveries, written down many at a time: delivered, to be tried again, given up; and how their endpoints
fare by it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty import clock
from loyalty.delivery.webhooks import disabling
from loyalty.delivery.webhooks.claiming import InHand
from loyalty.delivery.webhooks.retries import (
    FAILING_MAX,
    FAILURES_BEFORE_REST,
    WAITS,
    rest_after,
    retry_after,
    wait_after,
)
from loyalty.delivery.webhooks.transport import Answer

GONE = 410
WAIT_ASKED = frozenset({429, 503})

RECORD = """
with given as materialized (
  select * from jsonb_to_recordset(%(given)s::jsonb) as r (
    id bigint, status text, answers jsonb, tries int, code int, error text, due_at timestamptz, ended_at timestamptz)
), recorded as (
  update loyalty_webhookdelivery d
  set status = g.status, sender = null, tries = d.tries + g.tries, answers = d.answers || g.answers,
      status_code = case when g.tries = 0 then d.status_code else g.code end,
      error = case when g.tries = 0 then d.error else g.error end,
      due_at = coalesce(g.due_at, d.due_at), ended_at = g.ended_at
  from given g where d.id = g.id and d.status || '' = 'sending' and d.sender + 0 = %(sender)s
  returning d.id
)
select id from recorded
"""
# The heads' followers wait with them, and are let go with them.
FOLLOW = """
update loyalty_webhookdelivery set due_at = f.new_due_at
from (
  select o.id, x.due_at as new_due_at
  from jsonb_to_recordset(%(given)s::jsonb) as x (
    endpoint_id uuid, aggregate_id uuid, event_number bigint, is_open boolean, due_at timestamptz)
  cross join lateral (
    select id, due_at from loyalty_webhookdelivery
    where endpoint_id = x.endpoint_id and aggregate_id = x.aggregate_id and status = 'waiting'
      and event_number > x.event_number
    offset 0
  ) o
  where case when x.is_open then o.due_at < x.due_at else o.due_at > x.due_at end
) f
where loyalty_webhookdelivery.id = f.id
"""
# What was under way together counts as one try where an endpoint begins to rest, or goes on to.
FARE = """
with given as materialized (
  select * from jsonb_to_recordset(%(given)s::jsonb) as r (
    id uuid, won boolean, failed int, failed_at timestamptz, rest_until timestamptz, rests timestamptz[])
), found as materialized (
  select p.id, g.won, g.failed_at, g.rest_until, g.rests,
         case when g.won then least(g.failed, %(before_rest)s)
              when p.resting_until > %(now)s then p.failures_in_row
              else least(p.failures_in_row + g.failed, greatest(%(before_rest)s, p.failures_in_row + 1))
         end as failures
  from given g join loyalty_webhookendpoint p on p.id = g.id order by p.id for no key update of p
)
update loyalty_webhookendpoint p
set failures_in_row = f.failures,
    failing_since = case when f.failures = 0 then null when f.won then f.failed_at
                         else coalesce(p.failing_since, f.failed_at) end,
    resting_until = greatest(f.rest_until, p.resting_until, case when p.resting_until > %(now)s then null
                             else f.rests[least(f.failures, cardinality(f.rests))] end),
    succeeded_at = case when f.won then %(now)s else p.succeeded_at end
from found f
where p.id = f.id and (f.failures > 0 or p.failures_in_row > 0 or p.succeeded_at is null
                       or p.succeeded_at < %(now)s - interval '1 second' or f.rest_until is not null)
returning p.id, p.failing_since
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one delivery in hand; without an `answer` it was not sent and goes back."""

    delivery: InHand
    answer: Answer | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many were delivered, are to be tried again, were given up, went back unsent."""

    delivered: int = 0
    retried: int = 0
    failed: int = 0
    returned: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def record(results: Iterable[Result], *, sender: int) -> Recorded:
    """Writes down what came of them. Results of what the sender lost meanwhile are dropped: another has it in hand and
    sends it again. Two statements; where something failed, or came through after it had, one more. An endpoint that
    answered 410, or that has done nothing but fail for five days, is disabled in the same transaction."""
    results = list(results)
    if not results:
        return Recorded()
    with transaction.atomic():
        rows = {result.delivery.id: _row(result) for result in results}
        with connection.cursor() as cursor:
            cursor.execute(RECORD, {"given": _json(list(rows.values())), "sender": sender})
            kept = {id for (id,) in cursor.fetchall()}
        results = [result for result in results if result.delivery.id in kept]
        # Who enables or removes an endpoint has it locked before what waits for it; so the endpoints come first here.
        _fare([result for result in results if result.answer is not None and result.delivery.body is not None])
        _let_followers(results, rows)
    return _counted([rows[result.delivery.id] for result in results])


def _row(result: Result) -> dict:
    delivery, answer = result.delivery, result.answer
    row = {"id": delivery.id, "tries": 0, "answers": [], "code": None, "error": "", "due_at": None, "ended_at": None}
    if answer is None:
        return row | {"status": "waiting"}
    told = {"at": result.at, "ms": answer.ms, "status": answer.status, "error": answer.error}
    row |= {"tries": 1, "answers": [told], "code": answer.status, "error": answer.error}
    if answer.is_taken:
        return row | {"status": "delivered", "ended_at": result.at}
    wait = wait_after(delivery.tries + 1) if delivery.body is not None else None
    if wait is None and answer.status != GONE:
        return row | {"status": "failed", "ended_at": result.at}
    # Who is gone is disabled and keeps what waits for it, whichever try this was.
    due_at = result.at + max(wait or wait_after(1), _asked_wait(result))
    return row | {"status": "waiting", "due_at": due_at}


def _asked_wait(result: Result) -> timedelta:
    answer = result.answer
    asked = retry_after(answer.retry_after, result.at) if answer.status in WAIT_ASKED and answer.retry_after else None
    return asked or timedelta(0)


def _let_followers(results: list[Result], rows: dict[int, dict]) -> None:
    """What follows a delivery that failed waits with it; what follows one that came through, or was given up, after
    it had failed goes now."""
    given = []
    for result in results:
        row, delivery = rows[result.delivery.id], result.delivery
        is_open = row["status"] == "waiting"
        if result.answer is None or (not is_open and delivery.tries == 0):
            continue
        given.append(
            {
                "endpoint_id": delivery.target.id, "aggregate_id": delivery.aggregate_id,
                "event_number": delivery.event_number, "is_open": is_open,
                "due_at": row["due_at"] if is_open else result.at,
            }
        )  # fmt: skip
    if given:
        with connection.cursor() as cursor:
            cursor.execute(FOLLOW, {"given": _json(given)})


def _fare(results: list[Result]) -> None:
    by_endpoint: dict[UUID, list[Result]] = defaultdict(list)
    for result in results:
        by_endpoint[result.delivery.target.id].append(result)
    if not by_endpoint:
        return
    at = clock.now()
    with connection.cursor() as cursor:
        given = [_fared(id, of_one, at) for id, of_one in by_endpoint.items()]
        cursor.execute(FARE, {"given": _json(given), "now": at, "before_rest": FAILURES_BEFORE_REST})
        failing = {id for id, since in cursor.fetchall() if since is not None and since <= at - FAILING_MAX}
    gone = {id for id, of_one in by_endpoint.items() if any(one.answer.status == GONE for one in of_one)}
    for id in gone:
        disabling.disable(id, disabling.GONE)
    for id in failing - gone:
        disabling.disable(id, disabling.FAILING)


def _fared(id: UUID, results: list[Result], at: datetime) -> dict:
    won, failed, failed_at, rest_until = False, 0, None, None
    for result in results:
        if result.answer.is_taken:
            won, failed, failed_at = True, 0, None
        else:
            failed += 1
            failed_at = failed_at or result.at
        if asked := _asked_wait(result):
            rest_until = max(rest_until or at, result.at + asked)
    # By the number of failures that it comes to, which only the table knows.
    rests = [rest and at + rest for rest in map(rest_after, range(1, FAILURES_BEFORE_REST + len(WAITS)))]
    return {"id": id, "won": won, "failed": failed, "failed_at": failed_at, "rest_until": rest_until, "rests": rests}


def _counted(rows: list[dict]) -> Recorded:
    return Recorded(
        delivered=sum(row["status"] == "delivered" for row in rows),
        retried=sum(row["status"] == "waiting" and row["tries"] == 1 for row in rows),
        failed=sum(row["status"] == "failed" for row in rows),
        returned=sum(row["tries"] == 0 for row in rows),
    )


def _json(given: list[dict]) -> str:
    return msgspec.json.encode(given).decode()
