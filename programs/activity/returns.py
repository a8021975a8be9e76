"""Goods that come back take their points back: of a known purchase in part or whole, or of an unknown one, which is
only written down. One path for one and for many."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from ledger.errors import AlreadyReversed, DuplicateReference, NotReversible
from ledger.models import Posting
from ledger.posting import Alongside, Move, Posted, post
from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.http.money import from_minor, to_minor
from loyalty.identity.principals import Principal
from programs.activity.bought import Bought, accounts_of, lock_purchases, moves_of_parts, row_of
from programs.activity.deciding import EARLIEST
from programs.activity.errors import ReturnExceedsPurchase
from programs.activity.places import is_visible
from programs.activity.purchases import CLOCK_SKEW
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.earning.returns import ReturnedItem, refund_of_items
from programs.earning.taking_back import Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest:
    """Goods of one purchase that came back: `amount_minor` of it, or the value of some `items`, or without either all
    that is left. With both the amount counts, and the items are written down. The purchase is named by its
    transaction's id, or by its reference in the program of that code.
    `is_capped`: more than is left counts as what is left, instead of being refused."""

    reference: str
    purchase_id: UUID | None = None
    program_code: str = ""
    purchase_reference: str = ""
    amount_minor: int | None = None
    amount: str | None = None
    items: Sequence[ReturnedItem] = ()
    occurred_at: datetime | None = None
    description: str = ""
    key: str = ""
    is_capped: bool = False

    def fingerprint(self, purchase_id: UUID) -> bytes:
        said = (
            "return", purchase_id, self.reference, self.amount_minor, self.amount, self.items, self.occurred_at,
            self.description,
        )  # fmt: skip
        return hashlib.sha256(msgspec.json.encode(said)).digest()


def return_purchase(principal: Principal, request: ReturnRequest) -> Recorded:
    """Takes back the points of what came back of one purchase; raises its refusal (see `return_purchases`)."""
    (answer,) = return_purchases(principal, [request])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


@transaction.atomic
def return_purchases(principal: Principal, requests: Sequence[ReturnRequest]) -> list[Recorded | LoyaltyError]:
    """Takes back points for goods that came back, each return on its own, answered in the order given; the purchases
    stay locked until the transaction ends. Points go back cumulatively, floor(points x refunded / total) of each gift,
    so that all parts together take what one return takes, and as the rule says that gave it; how is the program's
    return policy. Repeating one (same key, or same purchase and reference without a key) answers the first answer.
    Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, NotReversible, KeyReused, Invalid (time),
    AlreadyReversed, DuplicateReference, Invalid (items), ReturnExceedsPurchase, AccountClosed, InsufficientPoints."""
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    locked = _lock(requests)
    waiting = []
    for n, request in enumerate(requests):
        purchase = locked[n]
        answers[n] = _no_purchase(principal, request) if purchase is None else _no_right(principal, purchase)
        if answers[n] is None:
            waiting.append(n)
    while waiting:
        # Returns of one purchase build on each other: at most one of them in each wave.
        wave, taken = [], set()
        for n in waiting:
            if locked[n].id not in taken:
                wave.append(n)
                taken.add(locked[n].id)
        waiting = [n for n in waiting if n not in set(wave)]
        _carry_out(principal, [(n, requests[n], locked[n]) for n in wave], answers)
    return answers


def _lock(requests: Sequence[ReturnRequest]) -> dict[int, Bought | None]:
    """The purchase of each request, locked; None where there is none. Requests of one purchase share it."""
    return lock_purchases(
        [request.purchase_id for request in requests],
        [request.program_code for request in requests],
        [request.purchase_reference for request in requests],
    )


def _no_purchase(principal: Principal, request: ReturnRequest) -> LoyaltyError:
    """Why there is nothing to return: no such transaction, or one that is not a purchase."""
    posting = Posting.objects.filter(public_id=request.purchase_id).select_related("account").first()
    if posting and is_visible(principal, posting.brand_id, posting.account.owner_id):
        return NotReversible("Only a purchase can be returned.", kind=posting.kind)
    return NotFound("There is no such transaction, or it is not yours to see.")


def _no_right(principal: Principal, purchase: Bought) -> LoyaltyError | None:
    if not is_visible(principal, purchase.brand_id, purchase.member_id):
        return NotFound("There is no such transaction, or it is not yours to see.")
    try:
        principal.require("points.return", purchase.brand_id)
    except LoyaltyError as refusal:
        return refusal
    return None


def _carry_out(principal: Principal, wave: list[tuple[int, ReturnRequest, Bought]], answers: list) -> None:
    """Returns of different purchases: first what came before, then the rest in one statement."""
    asked = []
    for _, request, purchase in wave:
        key = f"{principal.actor}:{request.key}" if request.key else f"return:{purchase.id}:{request.reference}"
        asked.append(Asked(purchase.brand_id, key, request.fingerprint(purchase.id)))
    due = []
    for (n, request, purchase), mine, earlier in zip(wave, asked, earlier_answers(asked), strict=True):
        try:
            minor = None if earlier else _value(request, purchase)
        except LoyaltyError as refusal:
            earlier = refusal
        if earlier:
            answers[n] = earlier
            continue
        refunded = min(purchase.amount_minor, purchase.refunded_minor + minor)
        taken = purchase.taken(refunded, request.items)
        due.append(_Due(n, request, purchase, mine, minor, refunded, taken))
    accounts = accounts_of([one.taken for one in due])
    moves, rows, by_place = [], [], {}
    for one in due:
        main = _move(principal, one)
        parts = moves_of_parts(main, one.taken, accounts)
        of = {"member_id": one.purchase.member_id} | row_of(
            len(moves), one.purchase, one.taken, parts=len(parts), refunded_minor=one.refunded
        )
        request = one.request
        rows.append(of | _row(len(moves), request, one.minor, one.purchase.currency, main.at, request.items))
        by_place[len(moves)] = one
        moves += [main, *parts]
    for posted in _post(moves, rows):
        one = by_place.get(posted.n)
        if one is None:
            continue
        answers[one.n] = _answer(posted, one.purchase.member_id, one.purchase.program_id)
        if posted.is_done:
            one.purchase.refunded_minor = one.refunded
            one.purchase.note(one.request.reference, one.refunded, one.request.items)


@dataclass(frozen=True, slots=True)
class _Due:
    """One return that is carried out: how much money comes back now, how much is back then, what the gifts owe then."""

    n: int
    request: ReturnRequest
    purchase: Bought
    asked: Asked
    minor: int
    refunded: int
    taken: Taken


def refuse_other_times(at: datetime | None) -> None:
    """What is told of a time to come would let points lapse that have not lapsed yet. Refusals: Invalid."""
    if at and not EARLIEST <= at <= clock.now() + CLOCK_SKEW:
        detail = "A return lies in the past, and not before 1990."
        raise Invalid([{"pointer": "/occurred_at", "code": "out-of-range", "detail": detail}])


def _value(request: ReturnRequest, purchase: Bought) -> int:
    """How much of the purchase comes back, in minor units."""
    refuse_other_times(request.occurred_at)
    if purchase.is_reversed:
        raise AlreadyReversed()
    if request.reference in purchase.references:
        raise DuplicateReference("A return of this purchase with this reference has been recorded already.")
    left = purchase.amount_minor - purchase.refunded_minor
    if request.items and request.amount_minor is None:
        total, items = purchase.amount_minor, purchase.items
        minor = refund_of_items(total, items, before=purchase.returned, now=request.items)
    elif request.amount is not None:
        minor = to_minor(request.amount, purchase.currency)
    else:
        minor = left if request.amount_minor is None else request.amount_minor
    is_over = minor > left or (left == 0 and purchase.amount_minor > 0)
    if is_over and not request.is_capped:
        raise ReturnExceedsPurchase(
            left=from_minor(left, purchase.currency), requested=from_minor(minor, purchase.currency)
        )
    return minor


def _move(principal: Principal, due: _Due) -> Move:
    purchase, request = due.purchase, due.request
    return Move(
        kind="return",
        account_id=purchase.account_id,
        key=due.asked.key,
        fingerprint=due.asked.fingerprint,
        actor=principal.actor,
        points=due.taken.points,
        targets=due.taken.lots if len(due.taken.lots) > 1 else None,
        at=request.occurred_at or clock.now(),
        reference=request.reference,
        target=purchase.id,
        policy=purchase.return_policy,
        program_id=purchase.program_id,
        data=_data(due.minor, purchase.currency, request.description),
    )


def _data(minor: int, currency: str, description: str = "") -> dict:
    data = {"amount_minor": minor, "currency": currency}
    return data | {"description": description} if description else data


def _row(n: int, request, minor: int, currency: str, at: datetime, items: Sequence[ReturnedItem] = ()) -> dict:
    return {
        "n": n,
        "reference": request.reference,
        "amount_minor": minor,
        "currency": currency,
        "items": items,
        "at": at,
    }


def _post(moves: list[Move], rows: list[dict]) -> list[Posted]:
    return post(moves, alongside=Alongside("programs_post_returns", rows))


def _answer(posted: Posted, member_id: UUID, program_id: UUID) -> Recorded | LoyaltyError:
    return Recorded(posted, member_id, program_id) if posted.is_done else posted.refusal()
