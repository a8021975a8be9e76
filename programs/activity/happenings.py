"""What members do that is no purchase: told by other systems, or seen by ourselves, it can earn points by rules."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from ledger.posting import Alongside, post
from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.batching import LIMITS_MOVED, Whose, data_of, moves_of, row_of, side_by_side
from programs.activity.deciding import EARLIEST, Decided, Deciding
from programs.activity.facts import member_facts
from programs.activity.limits_busy import TRIES_MAX, LimitsBusy
from programs.activity.places import Names, Place, find_places, refusal_of
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.activity.releasing import release_pending
from programs.earning.models import EventType
from programs.earning.rules.catalogue import BIRTHDAY, EVENT, JOINED
from programs.earning.rules.happening import Happening, read_event

OWN = (JOINED, BIRTHDAY)
"""What only the system itself tells."""
CLOCK_SKEW = timedelta(minutes=5)
NAME_CHARS = 300
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """Something that a member did, as `source` tells it under its own number `reference`. Without `occurred_at` it
    happens now. `data` are the fields of its type; others are kept and not asked for."""

    names: Names
    type: str
    source: str
    reference: str
    occurred_at: datetime | None = None
    data: Mapping = field(default_factory=dict)

    def fingerprint(self, place: Place) -> bytes:
        """What makes two requests the same."""
        said = (
            "event", place.program.id, place.member_id, self.type, self.occurred_at, self.data, self.source,
            self.reference,
        )  # fmt: skip
        return hashlib.sha256(_encode(said)).digest()

    def key_at(self, place: Place) -> str:
        """The ledger's key: the sender's number of it, in the program. Of long names it keeps what tells them apart."""
        name = f"{self.source}:{self.reference}"
        if ":" in self.source or len(name) > NAME_CHARS:
            name = hashlib.sha256(_encode((self.source, self.reference))).hexdigest()
        return f"event:{place.program.id}:{name}"


def record_events(principal: Principal, requests: Sequence[EventRequest]) -> list[Recorded | LoyaltyError]:
    """Writes down what members did and gives the points that rules give for it (whole ones, possibly none), each on its
    own, answered in the order given; what gives nothing is written down too. Three round trips for any number, for each
    event of the same member among them. Repeating one (same source and reference in the program) answers the first
    answer. Refusals, in order of precedence: NotFound (program, member), Forbidden, ScopeMissing, ProgramNotActive,
    MembershipRequired, MembershipSuspended, MembershipClosed, Invalid (time, fields of the event), KeyReused,
    TooManyPoints, AccountClosed, BalanceLimit, LimitsBusy."""
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    waiting, tries, whose = list(range(len(requests))), 0, {}
    while waiting:
        wave = side_by_side(waiting, whose)
        later, moved = _record_wave(principal, requests, wave, answers, whose)
        tries = tries + 1 if moved else 0
        if tries > TRIES_MAX:
            for n in moved:
                answers[n] = LimitsBusy()
            moved = []
        waiting = sorted({*waiting} - {*wave} | {*later, *moved})
    return answers


def record_event(principal: Principal, request: EventRequest) -> Recorded:
    """Writes down one event; raises its refusal (see `record_events`)."""
    (answer,) = record_events(principal, [request])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def _record_wave(
    principal: Principal, requests, waiting: list[int], answers: list, whose: dict[int, Whose]
) -> tuple[list[int], list[int]]:
    now = clock.now()
    ats = [requests[n].occurred_at or now for n in waiting]
    places = find_places(principal, [requests[n].names for n in waiting], ats=ats)
    there = [place for place in places if isinstance(place, Place)]
    deciding, fields = Deciding(there), _fields_of(there)
    moves, rows, sources, later, taken = [], [], {}, [], set()
    earlier = _earlier(requests, waiting, places)
    for n, place, at in zip(waiting, places, ats, strict=True):
        if n in earlier:
            answers[n] = earlier[n]
            if isinstance(earlier[n], Recorded):
                _release(principal, requests[n], place, at)
            continue
        if isinstance(place, LoyaltyError):
            answers[n] = place
            continue
        whose[n] = place.program.id, place.member_id
        if whose[n] in taken:
            later.append(n)
            continue
        taken.add(whose[n])
        try:
            decided = _decide(principal, requests[n], place, at, deciding, fields)
        except LoyaltyError as refusal:
            answers[n] = refusal
            continue
        sources[len(moves)] = n, place
        row, own = _row_and_moves(principal, requests[n], place, decided, n=len(moves))
        rows.append(row)
        moves += own
    moved = []
    alongside = Alongside("programs_post_member_events", rows)
    for posted in post(moves, alongside=alongside) if moves else ():
        if posted.n in sources:
            n, place = sources[posted.n]
            if posted.outcome == LIMITS_MOVED:
                moved.append(n)
            elif posted.is_done:
                answers[n] = Recorded(posted, place.member_id, place.program.id)
                _release(principal, requests[n], place, ats[waiting.index(n)])
            else:
                answers[n] = posted.refusal()
    return later, moved


def _earlier(requests, waiting: list[int], places: list) -> dict[int, Recorded | LoyaltyError]:
    """The answers to those that came before, where several are decided side by side and limits count: what they used
    is used already and is not to be taken from the others again."""
    asked = {
        n: Asked(place.program.brand_id, requests[n].key_at(place), requests[n].fingerprint(place))
        for n, place in zip(waiting, places, strict=True)
        if isinstance(place, Place) and "counters" in place.program.needs
    }
    answers = earlier_answers(list(asked.values())) if len(asked) > 1 else []
    return {n: answer for n, answer in zip(asked, answers, strict=False) if answer}


def _release(principal: Principal, request: EventRequest, place: Place, at: datetime) -> None:
    """The points of a purchase wait for this kind of event, where the program says so. Done also for an event that is
    told again, for a first telling may have been cut off here."""
    reference = request.data.get("reference")
    if request.type == place.program.pending_until and isinstance(reference, str):
        release_pending(place.program, reference, at, principal.actor)


def _fields_of(places: Sequence[Place]) -> dict[tuple[UUID, str], dict[str, str]]:
    """The fields of every kind of event that the brands of these places know."""
    brands = {place.program.brand_id for place in places}
    known = EventType.objects.filter(brand__in=brands).values_list("brand_id", "name", "fields")
    return {(brand_id, name): fields for brand_id, name, fields in known}


def _decide(
    principal: Principal, request: EventRequest, place: Place, at: datetime, deciding: Deciding, fields: Mapping
) -> Decided:
    refusal = refusal_of(principal, place, "events.add")
    if refusal:
        raise refusal
    if not EARLIEST <= at <= clock.now() + CLOCK_SKEW:
        detail = "An event lies in the past, and not before 1990."
        raise Invalid([{"pointer": "/time", "code": "out-of-range", "detail": detail}])
    known = fields.get((place.program.brand_id, request.type), {})
    event = _read(known, request.data, place.program.money_currency) if known else {}
    member = member_facts(place, at, deciding.birthdays.get(place.member_id))
    trigger = request.type if request.type in OWN else EVENT + request.type
    return deciding.decide_happening(place, Happening(at=at, member=member, trigger=trigger, event=event))


def _read(fields: Mapping[str, str], data: Mapping, currency: str) -> dict:
    """The event's fields; its mistakes are told where they stand in the request."""
    try:
        return read_event(fields, data, currency)
    except Invalid as refusal:
        raise Invalid([one | {"pointer": f"/data{one['pointer']}"} for one in refusal.errors]) from None


def _row_and_moves(principal: Principal, request: EventRequest, place: Place, decided: Decided, *, n: int):
    at = decided.happening.at
    data = {"description": request.type, "source": request.source} | data_of(decided.decision, at)
    moves = moves_of(
        principal.actor, place, decided,
        key=request.key_at(place),
        fingerprint=request.fingerprint(place),
        public_id=uuid7(),
        reference="",
        data={name: value for name, value in data.items() if value not in ("", None, [])},
    )  # fmt: skip
    row = row_of(n, place, decided, parts=moves[1:])
    row.pop("has_links", None)
    said = {"type": request.type, "source": request.source, "reference": request.reference, "data": dict(request.data)}
    return row | said, moves
