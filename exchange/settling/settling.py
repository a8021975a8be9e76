"""Settling exchanges in batches: claimed, decided and carried out in one transaction, and put off when that fails.

Nothing says that a worker has an exchange in hand but the lock on its row: a worker that is killed leaves it as it
was, and the next one takes it. So who reads an exchange sees it pending, and then completed or failed with both legs or
none; `processing` is one whose settlement failed for the moment and is tried again: it cannot be cancelled any more.

Locks are taken in this order: exchanges by id (those that somebody has are skipped), balances as the ledger takes them,
the day's usage, agreements. So a pool is read without a lock; that it is not overdrawn is the database's word, and a
batch that would is tried again with what is left then.

A worker that is killed can count nothing, so that is done for it: before a batch a row is written in a commit of its
own (a handful), which goes with the batch's commit. Where one stayed, and for every exchange that was tried before,
each goes alone, and its attempt is counted first: one that kills its workers is dead after six of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import DatabaseError, connection, transaction

from exchange.requests.models import Exchange, ExchangeStep
from exchange.settling.deciding import ACTOR, Claim, Plan, Verdict, decide, plan
from ledger.posting import Alongside, post
from loyalty import clock
from loyalty.errors import LoyaltyError

log = logging.getLogger(__name__)

BATCH = 500
BACKOFF_SECONDS = (1, 5, 30, 120, 600)
ATTEMPTS_MAX = len(BACKOFF_SECONDS) + 1
OPEN = (Exchange.Status.PENDING, Exchange.Status.PROCESSING)
# A handful that is older, and that nobody has locked, is of a worker that ended in the middle.
LEFT_AFTER = timedelta(seconds=3)
AT_HAND = 20
CUT_SHORT = "Its worker ended in the middle of the attempt."

TAKE = "select * from exchange_take_in_hand(%s, %s, %s)"
PUT_DOWN = "select from exchange_put_down(%s, %s, %s)"
# The handful goes with what is done, and is locked until then.
CLAIM = """
with gone as (delete from exchange_handful where id = %s) select exchange_claim(%s, %s::uuid[], %s, %s)::text
"""
SETTLE_WITHOUT_MOVES = "select from exchange_settled('[]', true, %s::jsonb)"
TELL = "select exchange_tell(%s::jsonb, %s)"
_decoder = msgspec.json.Decoder(Claim)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many exchanges were completed, failed for good, and put off to another attempt."""

    completed: int = 0
    failed: int = 0
    retried: int = 0

    @property
    def total(self) -> int:
        return self.completed + self.failed + self.retried

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(self.completed + other.completed, self.failed + other.failed, self.retried + other.retried)


def settle_lane(lane: int, *, limit: int = BATCH) -> Settled:
    """Settles up to `limit` exchanges of a lane that are due, the oldest of each member, in one transaction of two
    statements, after one that takes them in hand; answers nothing done when there are none or others have them.

    Both legs are posted at the amounts that were asked for, or the exchange fails with a code (see `decide`), its
    points go back and count no more for the day. What the ledger refuses in a batch is found by halving it, and fails
    alone. Anything else that goes wrong is taken for a passing trouble of the exchange that it happens to: it is tried
    again later, and after six attempts it is dead until somebody looks; so it is where the worker is killed by it.
    Repeating it, anywhere and at the same time, settles each exchange once. Raises DatabaseError only when the database
    is gone; nothing has changed then.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [lane, now, now - LEFT_AFTER])
        handful, is_careful = cursor.fetchone()
    if handful is None:
        return Settled()
    if is_careful:
        done = _settle_singly(lane, limit)
        _put_down(lane, handful, now - LEFT_AFTER)
        return done
    claimed: list[UUID] = []
    tried: list[UUID] = []
    try:
        done = _settle(claimed, lane=lane, limit=limit, handful=handful, tried=tried)
    except Exception as error:
        if not claimed or not connection.is_usable():
            raise
        log.warning("a batch of %s exchanges is taken apart: %s", len(claimed), _in_short(error))
        done = _settle_apart(claimed, error)
        _put_down(lane, handful, now - LEFT_AFTER)
    return sum((_settle_alone(one) for one in tried), done)


def _settle(
    claimed: list[UUID],
    *,
    lane: int | None = None,
    ids: list[UUID] | None = None,
    limit: int = BATCH,
    handful: int | None = None,
    tried: list[UUID] | None = None,
) -> Settled:
    """One transaction; `claimed` is told what was claimed before anything can go wrong with it, and `tried`, if given,
    which of them are left alone, for they have been tried before."""
    with transaction.atomic():
        claim = _claim(lane=lane, ids=ids, limit=limit, handful=handful)
        if tried is not None:
            tried += [exchange.id for exchange in claim.rows or () if exchange.attempts]
            claim = msgspec.structs.replace(claim, rows=[one for one in claim.rows or () if not one.attempts])
        claimed += [exchange.id for exchange in claim.rows or ()]
        if not claimed:
            return Settled()
        return _carry_out(claim, decide(claim))


def _claim(
    *, lane: int | None = None, ids: Sequence[UUID] | None = None, limit: int = BATCH, handful: int | None = None
) -> Claim:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [handful, lane, ids, limit, clock.now()])
        return _decoder.decode(cursor.fetchone()[0])


def _put_down(lane: int, handful: int, left_since: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PUT_DOWN, [lane, handful, left_since])


def _settle_singly(lane: int, limit: int) -> Settled:
    """Up to `limit` exchanges of the lane, one after the other, for any of them may be what ended a worker: of the
    oldest those first that were tried least."""
    done = Settled()
    for _ in range(limit):
        with transaction.atomic():
            rows = _claim(lane=lane, limit=AT_HAND).rows
            begun = _begin(min(rows, key=lambda one: (one.attempts, one.id)).id) if rows else None
        if begun is None:
            break
        done += _finish(begun)
    return done


def _settle_alone(exchange_id: UUID) -> Settled:
    """One that was tried before, unless it has ended since, waits again or is in somebody's hands."""
    with transaction.atomic():
        rows = _claim(ids=[exchange_id]).rows
        begun = _begin(exchange_id) if rows else None
    return _finish(begun) if begun else Settled()


def _begin(exchange_id: UUID) -> Exchange | None:
    """Counts an attempt that is about to be made and says when the next one is, should nothing come of it; the caller
    has locked the exchange and commits. Answers it as it was before. None: it waits again, or its attempts are used up,
    the last one by a worker that did not live to say so, and it is dead."""
    before = Exchange.objects.get(id=exchange_id)
    now = clock.now()
    if before.next_attempt_at and before.next_attempt_at > now:
        return None
    counted = Exchange.objects.get(id=exchange_id)
    if before.attempts >= ATTEMPTS_MAX:
        _bury(counted, counted.last_error or CUT_SHORT, now)
    else:
        counted.attempts += 1
        counted.next_attempt_at = now + _wait_after(counted.attempts)
        counted.last_error = CUT_SHORT
        # A broker is told again when the time has come.
        counted.told_at = None
    counted.save(update_fields=["attempts", "next_attempt_at", "last_error", "told_at", "status", "is_dead"])
    return before


def _finish(begun: Exchange) -> Settled:
    """Settles one whose attempt is counted; one that is settled did not fail, and counts as before."""
    if begun.attempts >= ATTEMPTS_MAX:
        return Settled(retried=1)
    try:
        with transaction.atomic():
            Exchange.objects.filter(id=begun.id, status__in=OPEN).update(
                attempts=begun.attempts, last_error=begun.last_error
            )
            return _settle([], ids=[begun.id])
    except Exception as error:
        if not connection.is_usable():
            raise
        return _settle_badly(begun.id, error, is_counted=True)


def _wait_after(attempts: int) -> timedelta:
    return timedelta(seconds=BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1])


def _carry_out(claim: Claim, verdicts: list[Verdict]) -> Settled:
    planned: Plan = plan(verdicts, claim.programs or (), at=clock.now())
    if planned.moves:
        post(planned.moves, together=True, alongside=Alongside("exchange_settled", planned.rows))
    else:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE_WITHOUT_MOVES, [msgspec.json.encode(planned.rows).decode()])
    failed = sum(bool(verdict.failure) for verdict in verdicts)
    return Settled(completed=len(verdicts) - failed, failed=failed)


def _settle_apart(ids: list[UUID], error: Exception) -> Settled:
    """What to do about a batch that could not be settled: its halves, in order, down to the one it was because of."""
    if len(ids) == 1:
        return _settle_badly(ids[0], error)
    middle = len(ids) // 2
    done = Settled()
    for half in (ids[:middle], ids[middle:]):
        try:
            done += _settle([], ids=half)
        except Exception as reason:
            if not connection.is_usable():
                raise
            done += _settle_apart(half, reason)
    return done


def _settle_badly(exchange_id: UUID, error: Exception, *, is_counted: bool = False) -> Settled:
    """The one exchange that cannot be settled: refused by the ledger it fails with that code, else it is put off."""
    if isinstance(error, LoyaltyError):
        try:
            return fail(exchange_id, error.code)
        except (LoyaltyError, DatabaseError) as reason:
            if not connection.is_usable():
                raise
            error = reason
    put_off(exchange_id, error, is_counted=is_counted)
    return Settled(retried=1)


@transaction.atomic
def fail(exchange_id: UUID, code: str) -> Settled:
    """Ends an exchange with a problem code: the points that were set aside go back, the day counts it no more. Nothing
    when it has ended, is dead or in somebody's hands."""
    claim = _claim(ids=[exchange_id])
    verdicts = [Verdict(exchange, code) for exchange in claim.rows or ()]
    return _carry_out(claim, verdicts) if verdicts else Settled()


@transaction.atomic
def put_off(exchange_id: UUID, error: Exception, *, is_counted: bool = False) -> None:
    """Counts a failed attempt, unless it `is_counted`, and says when the next one is; after the last the exchange is
    dead."""
    exchange = Exchange.objects.select_for_update().filter(id=exchange_id, status__in=OPEN, is_dead=False).first()
    if exchange is None:
        return
    now, reason = clock.now(), _in_short(error)
    log.warning("exchange %s could not be settled: %s", exchange_id, reason, exc_info=error)
    exchange.attempts += not is_counted
    exchange.processing_since = exchange.processing_since or now
    exchange.last_error = reason
    # A broker is told again when the time has come.
    exchange.told_at = None
    if exchange.attempts >= ATTEMPTS_MAX:
        _bury(exchange, reason, now)
    else:
        exchange.status = Exchange.Status.PROCESSING
        exchange.next_attempt_at = now + _wait_after(exchange.attempts)
        ExchangeStep.objects.create(exchange=exchange, name="retry", note=reason, actor=ACTOR, occurred_at=now)
    exchange.save(
        update_fields=[
            *("attempts", "is_dead", "status", "processing_since", "last_error", "told_at", "next_attempt_at"),
        ]
    )


def _bury(exchange: Exchange, reason: str, now: datetime) -> None:
    """Somebody must look; the caller has locked the exchange and saves it."""
    exchange.status, exchange.is_dead, exchange.last_error = Exchange.Status.PROCESSING, True, reason
    ExchangeStep.objects.create(exchange=exchange, name="dead", note=reason, actor=ACTOR, occurred_at=now)
    tell(exchange.id, "exchange.dead", {"attempts": exchange.attempts, "error": reason})


def tell(exchange_id: UUID, type: str, data: dict) -> None:
    """Writes an event of an exchange whose row the caller has locked."""
    rows = [{"id": exchange_id, "type": type, "data": data}]
    with connection.cursor() as cursor:
        cursor.execute(TELL, [msgspec.json.encode(rows).decode(), clock.now()])


def _in_short(error: Exception) -> str:
    """The error without its details, in which a database tells values of rows."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
