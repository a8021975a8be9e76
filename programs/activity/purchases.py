"""Purchases become points: one path for a till's single purchase, a batch and an import."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.http.idempotency import KeyRequired
from loyalty.identity.principals import Principal
from programs.activity.batching import Batch, Whose, side_by_side
from programs.activity.deciding import Deciding
from programs.activity.limits_busy import TRIES_MAX, LimitsBusy
from programs.activity.models import Purchase
from programs.activity.places import Names, Place, find_places, refusal_of
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.earning.facts import ItemFacts

# How far a till's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequest:
    """One purchase as a till or shop tells it. `amount_minor` is the total in the currency's smallest unit; without
    `occurred_at` it happens now. `key` is the sender's idempotency key; without it `reference` serves."""

    names: Names
    amount_minor: int
    currency: str
    reference: str = ""
    occurred_at: datetime | None = None
    items: Sequence[ItemFacts] = ()
    tenders: Sequence[dict] = ()
    source: str = ""
    location_id: str = ""
    description: str = ""
    metadata: dict = field(default_factory=dict)
    key: str = ""
    public_id: UUID | None = None

    def key_at(self, principal: Principal, place: Place) -> str:
        """The ledger's key: the sender's own belongs to the sender, a reference to the program whoever sends it."""
        if self.key:
            return f"{principal.actor}:{self.key}"
        return f"earn:{place.program.id}:{self.reference}" if self.reference else ""

    def fingerprint(self, place: Place) -> bytes:
        """What makes two requests the same: everything they say, by whatever names and way they came."""
        said = (
            "earn", place.program.id, place.member_id, self.amount_minor, self.currency, self.reference,
            self.occurred_at, self.items, self.tenders, self.source, self.location_id, self.description, self.metadata,
        )  # fmt: skip
        return hashlib.sha256(_encode(said)).digest()


def record_purchases(
    principal: Principal, requests: Sequence[PurchaseRequest], *, at: datetime | None = None
) -> list[Recorded | LoyaltyError]:
    """Records purchases and gives their points (whole ones, possibly none), each on its own, answered in the order
    given. Two round trips for any number; where rules decide, two or three for each purchase of the same member among
    them, and as many more when somebody else used up what a limit had left meanwhile. Repeating one (same key, or same
    reference in the program without a key) answers the first answer. `at` is when purchases without a time happened.
    Refusals, in order of precedence: NotFound (program, member), KeyRequired, KeyReused, Forbidden, ScopeMissing,
    ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, Invalid (currency, time),
    TooManyPoints, DuplicateReference, AccountClosed, BalanceLimit, LimitsBusy."""
    now = at or clock.now()
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    refused: list[tuple[int, Asked]] = []
    waiting, tries, whose = list(range(len(requests))), 0, {}
    while waiting:
        wave = side_by_side(waiting, whose)
        later, moved = _record_wave(principal, requests, wave, answers, refused, whose, now=now)
        tries = tries + 1 if moved else 0
        if tries > TRIES_MAX:
            for n in moved:
                answers[n] = LimitsBusy()
            moved = []
        waiting = sorted({*waiting} - {*wave} | {*later, *moved})
    for (n, _), earlier in zip(refused, earlier_answers([asked for _, asked in refused]), strict=True):
        answers[n] = earlier or answers[n]
    return answers


def _record_wave(
    principal: Principal,
    requests,
    waiting: list[int],
    answers: list,
    refused: list,
    whose: dict[int, Whose],
    *,
    now: datetime,
) -> tuple[list[int], list[int]]:
    """Records of the purchases that wait as many as can be decided side by side. Answers those that have to wait for
    another of the same member, and those whose limits others have used meanwhile."""
    latest = clock.now() + CLOCK_SKEW
    ats = [requests[n].occurred_at or now for n in waiting]
    places = find_places(principal, [requests[n].names for n in waiting], ats=ats)
    deciding = Deciding(place for place in places if isinstance(place, Place))
    batch, later, taken = Batch(principal), [], set()
    _answer_again(principal, requests, waiting, places, answers)
    last = _in_books(requests, waiting, places, answers)
    for n, place in zip(waiting, places, strict=True):
        request = requests[n]
        if answers[n]:
            continue
        if n in last:
            later.append(n)
            continue
        if isinstance(place, LoyaltyError):
            answers[n] = place
            continue
        if place.program.is_by_turns:
            whose[n] = place.program.id, place.member_id
            if whose[n] in taken:
                later.append(n)
                continue
            taken.add(whose[n])
        key = request.key_at(principal, place)
        if not key:
            answers[n] = KeyRequired()
            continue
        fingerprint = request.fingerprint(place)
        try:
            refusal = refusal_of(principal, place, "points.earn")
            if refusal:
                raise refusal
            decided = deciding.decide(request, place, now=now, latest=latest)
        except LoyaltyError as refusal:
            answers[n] = refusal
            refused.append((n, Asked(place.program.brand_id, key, fingerprint)))
            continue
        batch.add(n, request, place, decided, key=key, fingerprint=fingerprint)
    return later, batch.post(answers)


def _answer_again(principal: Principal, requests, waiting: list[int], places: list, answers: list) -> None:
    """Answers those that came before, where several are decided side by side and limits count: what they used is used
    already and is not to be taken from the others again."""
    asked = {
        n: Asked(place.program.brand_id, requests[n].key_at(principal, place), requests[n].fingerprint(place))
        for n, place in zip(waiting, places, strict=True)
        if isinstance(place, Place) and "counters" in place.program.needs
    }
    if len(asked) > 1:
        for n, earlier in zip(asked, earlier_answers(list(asked.values())), strict=True):
            answers[n] = earlier


def _in_books(requests, waiting: list[int], places: list, answers: list) -> set[int]:
    """Those whose references are in the books already, under other keys, where there are others beside them:
    they are going to be refused, and are left to the end so as to take nothing from the others of what limits have."""
    named = {
        (place.program.id, requests[n].reference): n
        for n, place in zip(waiting, places, strict=True)
        if answers[n] is None and isinstance(place, Place) and "counters" in place.program.needs
        and requests[n].key and requests[n].reference
    }  # fmt: skip
    if len(waiting) < 2 or not named:
        return set()
    programs, references = zip(*named, strict=True)
    known = Purchase.objects.filter(program__in=programs, reference__in=references)
    found = {named[one] for one in known.values_list("program_id", "reference") if one in named}
    return found if any(answers[n] is None and n not in found for n in waiting) else set()


def record_purchase(principal: Principal, request: PurchaseRequest, *, at: datetime | None = None) -> Recorded:
    """Records one purchase; raises its refusal (see `record_purchases`)."""
    (answer,) = record_purchases(principal, [request], at=at)
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer
