"""Goods that come back take their points back: of a known purchase in part or whole, or of an unknown one, which is
only written down. One path for one and for many."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction

from ledger.errors import DuplicateReference, NotReversible
from ledger.models import Posting
from ledger.posting import Alongside, Move, Posted, post
from loyalty import clock, sql
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.http.money import from_minor, to_minor
from loyalty.identity.principals import Principal
from programs.activity.errors import ReturnExceedsPurchase
from programs.activity.places import Names, Place, find_places, is_visible
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem, points_to_take_back, refund_of_items

# Locks the purchases in the order of their ids, whatever the order of the requests.
LOCK_PURCHASES = """
select a.n, u.id, u.program_id, u.member_id, u.amount_minor, u.refunded_minor, u.currency, u.items::text as items,
       pr.brand_id, pr.return_policy, s.account_id, p.points
from unnest(%s::uuid[], %s::text[], %s::text[]) with ordinality a (id, program, reference, n)
join programs_purchase u on u.id = coalesce(a.id, (
  select x.id from programs_purchase x join programs_program y on y.id = x.program_id
  where y.code = a.program and x.reference = a.reference order by x.recorded_at, x.id limit 1))
join programs_program pr on pr.id = u.program_id
join programs_membership s on s.program_id = u.program_id and s.member_id = u.member_id
join ledger_posting p on p.public_id = u.id
order by u.id, a.n for update of u
"""
RETURNS_BEFORE = "select purchase_id, reference, items::text as items from programs_return where purchase_id = any(%s)"
REFUND = """
update programs_purchase u set refunded_minor = r.minor
from unnest(%s::uuid[], %s::bigint[]) r (id, minor) where u.id = r.id
"""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkedReturn:
    """Goods that came back without a word of the purchase they were bought with."""

    names: Names
    reference: str
    amount_minor: int
    currency: str
    occurred_at: datetime | None = None


@dataclass(slots=True)
class _Purchase:
    """A locked purchase, with what has come back of it so far."""

    id: UUID
    program_id: UUID
    member_id: UUID
    amount_minor: int
    refunded_minor: int
    currency: str
    items: list[ItemFacts]
    brand_id: UUID
    return_policy: str
    account_id: int
    points: int
    references: set[str]
    returned: list[ReturnedItem]


def return_purchase(principal: Principal, request: ReturnRequest) -> Recorded:
    """Takes back the points of what came back of one purchase; raises its refusal (see `return_purchases`)."""
    (answer,) = return_purchases(principal, [request])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


@transaction.atomic
def return_purchases(principal: Principal, requests: Sequence[ReturnRequest]) -> list[Recorded | LoyaltyError]:
    """Takes back points for goods that came back, each return on its own, answered in the order given; the purchases
    stay locked until the transaction ends. Points go back cumulatively, floor(points x refunded / total), so that all
    parts together take what one return takes; how is the program's return policy. Repeating one (same key, or same
    purchase and reference without a key) answers the first answer. Refusals, in order of precedence: NotFound,
    Forbidden, ScopeMissing, NotReversible, KeyReused, DuplicateReference, Invalid (items), ReturnExceedsPurchase,
    AlreadyReversed, AccountClosed, InsufficientPoints."""
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


def record_unlinked_returns(principal: Principal, requests: Sequence[UnlinkedReturn]) -> list[Recorded | LoyaltyError]:
    """Writes down goods that came back of purchases that are not known; moves no points. Two round trips for any
    number. Repeating one (same reference in the program) answers the first answer. Refusals, in order of precedence:
    NotFound (program, member, not a member of the program), Forbidden, ScopeMissing, Invalid (currency), KeyReused,
    AccountClosed."""
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    moves, rows, sources = [], [], []
    places = find_places(principal, [request.names for request in requests])
    for n, (request, place) in enumerate(zip(requests, places, strict=True)):
        answers[n] = place if isinstance(place, LoyaltyError) else _no_unlinked(principal, request, place)
        if answers[n] is None:
            move = _unlinked_move(principal, request, place)
            purchase_of = {"program_id": place.program.id, "member_id": place.member_id, "purchase_id": None}
            rows.append(purchase_of | _row(len(moves), request, request.amount_minor, request.currency, move.at))
            moves.append(move)
            sources.append(n)
    for n, posted in zip(sources, _post(moves, rows), strict=True):
        answers[n] = _answer(posted, places[n].member_id, places[n].program.id)
    return answers


def record_unlinked_return(principal: Principal, request: UnlinkedReturn) -> Recorded:
    """Writes down one return of an unknown purchase; raises its refusal (see `record_unlinked_returns`)."""
    (answer,) = record_unlinked_returns(principal, [request])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def _lock(requests: Sequence[ReturnRequest]) -> dict[int, _Purchase | None]:
    """The purchase of each request, locked; None where there is none. Requests of one purchase share it."""
    found: dict[int, _Purchase | None] = dict.fromkeys(range(len(requests)))
    ids = [request.purchase_id for request in requests]
    programs = [request.program_code for request in requests]
    references = [request.purchase_reference for request in requests]
    purchases: dict[UUID, _Purchase] = {}
    for row in sql.rows(LOCK_PURCHASES, [ids, programs, references]):
        n = row.pop("n") - 1
        items = msgspec.json.decode(row.pop("items"), type=list[ItemFacts])
        if row["id"] not in purchases:
            purchases[row["id"]] = _Purchase(**row, items=items, references=set(), returned=[])
        found[n] = purchases[row["id"]]
    # Read after the lock was got, so that returns that were just committed are seen.
    for row in sql.rows(RETURNS_BEFORE, [list(purchases)]):
        purchase = purchases[row["purchase_id"]]
        purchase.references.add(row["reference"])
        purchase.returned += msgspec.json.decode(row["items"], type=list[ReturnedItem])
    return found


def _no_purchase(principal: Principal, request: ReturnRequest) -> LoyaltyError:
    """Why there is nothing to return: no such transaction, or one that is not a purchase."""
    posting = Posting.objects.filter(public_id=request.purchase_id).select_related("account").first()
    if posting and is_visible(principal, posting.brand_id, posting.account.owner_id):
        return NotReversible("Only a purchase can be returned.", kind=posting.kind)
    return NotFound("There is no such transaction, or it is not yours to see.")


def _no_right(principal: Principal, purchase: _Purchase) -> LoyaltyError | None:
    if not is_visible(principal, purchase.brand_id, purchase.member_id):
        return NotFound("There is no such transaction, or it is not yours to see.")
    try:
        principal.require("points.return", purchase.brand_id)
    except LoyaltyError as refusal:
        return refusal
    return None


def _carry_out(principal: Principal, wave: list[tuple[int, ReturnRequest, _Purchase]], answers: list) -> None:
    """Returns of different purchases: first what came before, then the rest in one statement."""
    asked = []
    for _, request, purchase in wave:
        key = f"{principal.actor}:{request.key}" if request.key else f"return:{purchase.id}:{request.reference}"
        asked.append(Asked(purchase.brand_id, key, request.fingerprint(purchase.id)))
    moves, rows, done = [], [], []
    for (n, request, purchase), mine, earlier in zip(wave, asked, earlier_answers(asked), strict=True):
        try:
            minor = None if earlier else _value(request, purchase)
        except LoyaltyError as refusal:
            earlier = refusal
        if earlier:
            answers[n] = earlier
            continue
        refunded = min(purchase.amount_minor, purchase.refunded_minor + minor)
        move = _move(principal, request, purchase, mine, minor=minor, refunded=refunded)
        of = {"program_id": purchase.program_id, "member_id": purchase.member_id, "purchase_id": purchase.id}
        rows.append(of | _row(len(moves), request, minor, purchase.currency, move.at, request.items))
        moves.append(move)
        done.append((n, request, purchase, refunded))
    for (n, request, purchase, refunded), posted in zip(done, _post(moves, rows), strict=True):
        answers[n] = _answer(posted, purchase.member_id, purchase.program_id)
        if posted.is_done:
            purchase.refunded_minor = refunded
            purchase.references.add(request.reference)
            purchase.returned += request.items
    changed = [purchase for _, _, purchase, _ in done]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(REFUND, [[one.id for one in changed], [one.refunded_minor for one in changed]])


def _value(request: ReturnRequest, purchase: _Purchase) -> int:
    """How much of the purchase comes back, in minor units."""
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


def _move(principal, request: ReturnRequest, purchase: _Purchase, asked: Asked, *, minor: int, refunded: int) -> Move:
    return Move(
        kind="return",
        account_id=purchase.account_id,
        key=asked.key,
        fingerprint=asked.fingerprint,
        actor=principal.actor,
        points=points_to_take_back(purchase.points, purchase.amount_minor, refunded),
        at=request.occurred_at or clock.now(),
        reference=request.reference,
        target=purchase.id,
        policy=purchase.return_policy,
        program_id=purchase.program_id,
        data=_data(minor, purchase.currency, request.description),
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


def _no_unlinked(principal: Principal, request: UnlinkedReturn, place: Place) -> LoyaltyError | None:
    try:
        principal.require("points.return", place.program.brand_id)
    except LoyaltyError as refusal:
        return refusal
    if place.account_id is None:
        return NotFound("The member does not take part in this program.")
    if request.currency != place.program.money_currency:
        detail = f"The program counts purchases in {place.program.money_currency}."
        return Invalid([{"pointer": "/currency", "code": "currency-mismatch", "detail": detail}])
    return None


def _unlinked_move(principal: Principal, request: UnlinkedReturn, place: Place) -> Move:
    said = ("return", place.program.id, place.member_id, request.reference, request.amount_minor, request.occurred_at)
    return Move(
        kind="return",
        account_id=place.account_id,
        key=f"return:{place.program.id}:{request.reference}",
        fingerprint=hashlib.sha256(msgspec.json.encode(said)).digest(),
        actor=principal.actor,
        at=request.occurred_at or clock.now(),
        reference=request.reference,
        program_id=place.program.id,
        data=_data(request.amount_minor, request.currency),
    )


def _post(moves: list[Move], rows: list[dict]) -> list[Posted]:
    return post(moves, alongside=Alongside("programs_post_returns", rows))


def _answer(posted: Posted, member_id: UUID, program_id: UUID) -> Recorded | LoyaltyError:
    return Recorded(posted, member_id, program_id) if posted.is_done else posted.refusal()
