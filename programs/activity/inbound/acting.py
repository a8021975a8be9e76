"""From an event and what it means to what it does here, by the operations that everybody else calls."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.errors import DuplicateReference, KeyReused
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.identity import look_ups
from loyalty.identity.models import Brand
from loyalty.identity.phones import international
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from loyalty.roles import ADMIN
from programs.activity.errors import MembershipRequired
from programs.activity.happenings import EventRequest, record_events
from programs.activity.inbound import waiting
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import (
    AmbiguousPurchase,
    MemberMissing,
    MemberUnknown,
    ProgramRequired,
    PurchaseUnknown,
)
from programs.activity.inbound.joining import joined
from programs.activity.inbound.meanings import Act, Meaning, ProgramThere
from programs.activity.inbound.parts import MemberNames, Reading, facts_in
from programs.activity.inbound.unmatched import is_to_be_kept, keeper
from programs.activity.models import Purchase, Return
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchase
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest, return_purchase

KEY_MAX = 200
REFERENCE_MAX = 200
LABEL = "label."


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An event that is to be carried out: whose it is, when it happened, and in whose name it acts."""

    brand_id: UUID
    told: Told
    meaning: Meaning
    at: datetime
    actor: str
    location_id: str = ""

    @property
    def principal(self) -> Principal:
        """Acts at this brand alone, whoever sent it: what the sender may do is looked at when it is taken in."""
        return Principal(kind="system", id=uuid7(), actor=self.actor, brands={self.brand_id: ADMIN})

    @property
    def key(self) -> str:
        """The idempotency key of all that it does: its name."""
        name = f"{self.told.source}:{self.told.id}"
        if ":" in self.told.source or len(name) > KEY_MAX:
            name = hashlib.sha256(repr((self.told.source, self.told.id)).encode()).hexdigest()
        return f"inbound:{name}"

    def reading(self) -> Reading:
        return Reading(self.told.document(), self.meaning.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an event gave, and what others may have waited for."""

    member_id: UUID | None = None
    recorded: list[Recorded] = field(default_factory=list)
    membership_ids: list[UUID] = field(default_factory=list)
    receipt_ids: list[UUID] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)


class Missing(Exception):
    """Something is not there that may come later; `instead` is what to do when it did not."""

    def __init__(self, refusal: LoyaltyError, waits_for: str, instead: Callable[[], Done] | None = None):
        self.refusal, self.waits_for, self.instead = refusal, waits_for, instead
        super().__init__(refusal.detail)


def carry_out(coming: Coming) -> Done:
    """Does what the event means, at the time when it happened. Repeating it, also after it was cut off, does nothing
    again: every effect goes by a key that is the event's name. Raises Missing where it has to wait. Refusals: Invalid
    (every part at fault with its place in the event), MemberMissing, ProgramRequired, AmbiguousPurchase, and those of
    the operation that is called."""
    acts = {Act.ENROL: _enrol, Act.EARN: _earn, Act.RETURN: _return, Act.TRIGGER: _trigger}
    return acts[Act(coming.meaning.act)](coming)


def only_program(coming: Coming) -> ProgramThere:
    """The one program in which it counts. Refusals: NotFound (the one it names), ProgramRequired."""
    programs = coming.meaning.programs
    if len(programs) == 1:
        return programs[0]
    if coming.told.program:
        raise NotFound("There is no such program.", pointer="/programid")
    raise ProgramRequired(programs=[one.code for one in programs])


def _enrol(coming: Coming) -> Done:
    program = only_program(coming)
    membership, names = joined(coming, program.id)
    return Done(
        member_id=membership.member_id,
        membership_ids=[membership.id],
        brought=waiting.for_member(coming.brand_id, names),
    )


def _earn(coming: Coming) -> Done:
    program, reading = only_program(coming), coming.reading()
    asked = _purchase(coming, reading, program)
    names = reading.member()
    reading.finish()
    keeps = is_to_be_kept(coming.told.data)
    if keeps and not names.any:
        return _kept(coming, asked)
    try:
        request = replace(asked, names=_named(coming, names, program))
    except Missing as missing:
        raise (
            Missing(missing.refusal, missing.waits_for, lambda: _kept(coming, asked)) if keeps else missing
        ) from None
    try:
        recorded = record_purchase(coming.principal, request)
    except DuplicateReference:
        if not _is_in_books(program.id, request):
            raise
        return Done(brought=waiting.for_purchase(coming.brand_id, request.reference))
    except (NotFound, MembershipRequired) as refusal:
        missing = _no_member(coming, names, refusal)
        missing.instead = (lambda: _kept(coming, asked)) if keeps else None
        raise missing from None
    except Invalid as refusal:
        raise _at_their_places(refusal, reading) from None
    return Done(
        member_id=recorded.member_id,
        recorded=[recorded],
        brought=waiting.for_purchase(coming.brand_id, request.reference),
    )


def _kept(coming: Coming, asked: PurchaseRequest) -> Done:
    """A purchase of nobody, kept for whoever claims it."""
    kept_id = keeper().keep(coming.principal, asked)
    return Done(receipt_ids=[kept_id], brought=waiting.for_purchase(coming.brand_id, asked.reference))


def _purchase(coming: Coming, reading: Reading, program: ProgramThere) -> PurchaseRequest:
    """The purchase as the event tells it, of nobody yet."""
    currency = reading.text("currency", most=3).upper() or program.currency
    facts = {name: _as_text(value)[:200] for name, value in _facts(coming).items()}
    labels = {name.removeprefix(LABEL): value for name, value in facts.items() if name.startswith(LABEL)}
    minor = reading.money("amount", currency)
    if minor is None:
        reading.wrong(reading.pointer("amount"), "required", "The amount is missing.")
    return PurchaseRequest(
        names=Names(str(program.id)),
        amount_minor=minor or 0,
        currency=currency,
        reference=reading.text("reference", most=REFERENCE_MAX, required=True),
        occurred_at=coming.at,
        items=reading.items(currency, labels),
        tenders=reading.tenders(currency),
        source=facts.get("channel", "")[:40] or reading.text("channel", most=40),
        location_id=facts.get("location", "")[:80] or reading.text("location", most=80) or coming.location_id,
        metadata={name: value for name, value in facts.items() if name not in ("channel", "location")},
        key=coming.key,
    )


def _is_in_books(program_id: UUID, request: PurchaseRequest) -> bool:
    """Whether the purchase that has this reference already is the same one, told in another way."""
    same = {"amount_minor": request.amount_minor, "currency": request.currency}
    return Purchase.objects.filter(program_id=program_id, reference=request.reference, **same).exists()


def _return(coming: Coming) -> Done:
    reading = coming.reading()
    programs = {one.id for one in coming.meaning.programs}
    if coming.told.program and not programs:
        raise NotFound("There is no such program.", pointer="/programid")
    reference = reading.text("purchase", most=REFERENCE_MAX, required=True)
    items, own = reading.returned(), reading.text("reference", most=REFERENCE_MAX, required=True)
    reading.finish()
    found = list(Purchase.objects.filter(program__in=programs, reference=reference).values("id", "currency")[:2])
    kept = keeper().find(programs, reference) if keeper() and not found else None
    if not found and not kept:
        raise Missing(PurchaseUnknown(), waiting.for_purchase(coming.brand_id, reference)[0])
    if len(found) > 1:
        raise AmbiguousPurchase()
    minor = reading.money("amount", kept[1] if kept else found[0]["currency"])
    reading.finish()
    request = ReturnRequest(
        reference=own, purchase_id=None if kept else found[0]["id"], amount_minor=minor, items=items,
        occurred_at=coming.at, key=coming.key, is_capped=_is_capped(coming.told.data),
    )  # fmt: skip
    try:
        if kept:
            recorded = keeper().come_back(coming.principal, kept[0], request)
        else:
            recorded = return_purchase(coming.principal, request)
    except Invalid as refusal:
        raise _at_their_places(refusal, reading) from None
    except (DuplicateReference, KeyReused):
        if not kept and Return.objects.filter(purchase=request.purchase_id, reference=own, amount_minor=minor).exists():
            return Done()
        raise
    if recorded is None:
        return Done(receipt_ids=[kept[0]])
    return Done(member_id=recorded.member_id, recorded=[recorded])


def _is_capped(data: Any) -> bool:
    """Whether more than is left is meant to count as what is left: shops tell of one thing in two ways."""
    return isinstance(data, dict) and data.get("is_capped") is True


def _trigger(coming: Coming) -> Done:
    reading, told = coming.reading(), coming.told
    names = reading.member()
    reading.finish()
    programs = coming.meaning.programs
    if not programs:
        raise NotFound("There is no such program.", pointer="/programid")
    data = (told.data if isinstance(told.data, dict) else {}) | _facts(coming)
    requests = [
        EventRequest(
            names=_named(coming, names, program), type=coming.meaning.event_type, source=told.source, reference=told.id,
            occurred_at=coming.at, data=data,
        )
        for program in programs
    ]  # fmt: skip
    answers = record_events(coming.principal, requests)
    done = [one for one in answers if isinstance(one, Recorded)]
    others = [one for one in answers if isinstance(one, LoyaltyError) and not isinstance(one, MembershipRequired)]
    if refusal := next((one for one in others if not isinstance(one, NotFound)), None):
        raise refusal
    if others or not done:
        raise _no_member(coming, names, (others or answers)[0])
    return Done(member_id=done[0].member_id, recorded=done)


def _facts(coming: Coming) -> Mapping[str, Any]:
    return facts_in(coming.told.document(), coming.meaning.facts)


def _as_text(value: Any) -> str:
    """A text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _named(coming: Coming, names: MemberNames, program: ProgramThere) -> Names:
    """The member by the name that the front door knows. Refusals: MemberMissing; raises Missing."""
    if names.ref or names.card_number:
        card_number = "" if names.ref else names.card_number
        return Names(str(program.id), names.ref, card_number)
    if not names.any:
        raise MemberMissing()
    address = {"email": names.email} if names.email else {"phone": _phone(coming.brand_id, names.phone)}
    found = look_ups.known_by([coming.brand_id], **address).values_list("member_id", flat=True)[:2]
    if len(found) != 1:
        raise _no_member(coming, names, NotFound())
    return Names(str(program.id), str(found[0]))


def _no_member(coming: Coming, names: MemberNames, refusal: LoyaltyError) -> Missing:
    """The member is unknown, or does not take part yet: either may come."""
    told = MemberUnknown() if isinstance(refusal, NotFound) else refusal
    return Missing(told, waiting.for_member(coming.brand_id, [names.any])[0])


def _phone(brand_id: UUID, text: str) -> str:
    """The number as it is kept; one that can be none is nobody's."""
    country = Brand.objects.values_list("country", flat=True).get(pk=brand_id)
    return international(text, country=country) or text


def _at_their_places(refusal: Invalid, reading: Reading) -> Invalid:
    """Mistakes of a request, told where they stand in the event."""
    places = {"/currency": reading.find("currency")[1], "/occurred_at": "/time"}
    return Invalid([one | {"pointer": places.get(one["pointer"]) or one["pointer"]} for one in refusal.errors])
