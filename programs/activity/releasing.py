"""Pending points that need not wait any longer: an event said so (the goods were delivered, say), or a colleague does.
What becomes available on its day needs nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.models import Posting
from ledger.posting import UNTIL_RELEASED, Move, post
from loyalty import clock, sql
from loyalty.errors import NotFound
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.principals import Principal
from programs.activity.models import Purchase
from programs.activity.own_gain import is_own
from programs.activity.places import is_visible
from programs.activity.points import fingerprint_of
from programs.membership.models import Program

FIND = """
select a.owner_id, p.brand_id, pr.id as program_id
from ledger_posting p join ledger_account a on a.id = p.account_id join programs_program pr on pr.unit_id = p.unit_id
where p.public_id = %s
"""
WAITING = """
select p.public_id, p.account_id from ledger_posting p
where p.public_id = any(%(ids)s::uuid[]) and exists (
  select from ledger_lot l where l.posting_id = p.id and l.is_open
    and l.available_at > %(at)s and (l.expires_at is null or l.expires_at > %(at)s))
order by p.account_id, p.id
"""
# Purchases that were told later than the event for which their points wait.
OVERTAKEN = """
select distinct p.public_id from ledger_lot l
join ledger_posting p on p.id = l.posting_id and p.kind = 'earn' and p.reference <> ''
join programs_membership m on m.account_id = l.account_id and m.program_id = %(program)s
where l.is_open and l.available_at > l.granted_at and l.available_at = %(never)s
  and (l.expires_at is null or l.expires_at > %(at)s)
  and exists (
    select from programs_memberevent e
    where e.member_id = m.member_id and e.program_id = m.program_id and e.type = %(event)s
      and e.data ->> 'reference' = p.reference and e.occurred_at <= %(at)s)
order by 1 limit %(limit)s
"""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Released:
    """How many points of a transaction count from `at` on (None: none had to wait). `is_replayed`: they had been
    released before."""

    transaction_id: UUID
    points: int
    at: datetime | None
    is_replayed: bool = False


def release_pending(program, reference: str, at: datetime, actor: str) -> int:
    """Makes the points available that still wait of the purchase with that reference in the program (a model or its
    facts), those of whoever brought the buyer too. Answers how many: none where there is no such purchase, or nothing
    waits. Repeating it answers none. Refusals: AccountClosed."""
    purchase = Purchase.objects.filter(program_id=program.id, reference=reference).first() if reference else None
    return 0 if purchase is None else _release(_family(purchase), program.id, at=at, actor=actor)


def release_overtaken(program: Program, *, at: datetime, limit: int | None = None, dry_run: bool = False) -> int:
    """Makes the points available of purchases that were told only after the event for which they wait, `limit` of them
    at most, each chunk in a transaction of its own. Answers how many purchases. Repeating it finds none. With `dry_run`
    nothing changes and it says how many there are."""
    asked = {"program": program.id, "event": program.pending_until, "never": UNTIL_RELEASED, "at": at}
    done = 0
    while program.pending_until and (limit is None or done < limit):
        most = CHUNK if limit is None else min(CHUNK, limit - done)
        found = [row["public_id"] for row in sql.rows(OVERTAKEN, asked | {"limit": None if dry_run else most})]
        done += len(found)
        if dry_run or not found:
            break
        ids = [each for purchase in Purchase.objects.filter(pk__in=found) for each in _family(purchase)]
        if not _release(ids, program.id, at=at, actor="system:release"):
            break
    return done


def release_transaction(principal: Principal, transaction_id: UUID) -> Released:
    """Makes the points of a transaction available that still wait, and with those of a purchase what somebody else got
    for it: none where none wait. Repeating it answers the first answer. Refusals, in order of precedence: NotFound,
    Forbidden, ScopeMissing, OwnRequest (a person's own), AccountClosed."""
    found = sql.rows(FIND, [transaction_id])
    if not found or not is_visible(principal, found[0]["brand_id"], found[0]["owner_id"]):
        raise NotFound("There is no such transaction, or it is not yours to see.")
    brand_id, program_id = found[0]["brand_id"], found[0]["program_id"]
    principal.require("points.release", brand_id)
    if is_own(principal, found[0]["owner_id"]):
        raise OwnRequest("Nobody releases their own points.")
    purchase = Purchase.objects.filter(pk=transaction_id).first()
    ids, now = _family(purchase) if purchase else [transaction_id], clock.now()
    if points := _release(ids, program_id, at=now, actor=principal.actor):
        return Released(transaction_id, points, now)
    earlier = Posting.objects.filter(brand_id=brand_id, key__in=map(_key, ids), kind=Posting.Kind.MATURE)
    done = list(earlier.values_list("data", "occurred_at"))
    if not done:
        return Released(transaction_id, 0, None)
    return Released(transaction_id, sum(data["matured"] for data, _ in done), max(at for _, at in done), True)


def is_waiting(transaction_id: UUID) -> bool:
    """Whether something could be released of this transaction now."""
    purchase = Purchase.objects.filter(pk=transaction_id).first()
    ids = _family(purchase) if purchase else [transaction_id]
    return bool(sql.rows(WAITING, {"ids": ids, "at": clock.now()}))


def _family(purchase: Purchase) -> list[UUID]:
    """The postings that a purchase made: the buyer's, and those of others."""
    return [purchase.pk, *sorted({UUID(gift["part"]) for gift in purchase.gifts or () if "part" in gift})]


def _release(ids: Iterable[UUID], program_id: UUID, *, at: datetime, actor: str) -> int:
    waiting = sql.rows(WAITING, {"ids": list(ids), "at": at})
    return _matured(waiting, program_id, at=at, actor=actor) if waiting else 0


def _matured(waiting: Sequence[dict], program_id: UUID, *, at: datetime, actor: str) -> int:
    """A release has one effect, whoever asks for it: its key is the posting's."""
    done = post(
        [
            Move(
                kind=Posting.Kind.MATURE,
                account_id=each["account_id"],
                key=_key(each["public_id"]),
                fingerprint=fingerprint_of("mature", each["public_id"]),
                actor=actor,
                at=at,
                target=each["public_id"],
                program_id=program_id,
            )
            for each in waiting
        ],
        together=True,
    )
    return sum(posted.facts["matured"] for posted in done)


def _key(public_id: UUID) -> str:
    return f"release:{public_id}"
