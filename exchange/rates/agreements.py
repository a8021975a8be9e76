"""Agreements between two brands: proposed, accepted, changed, ended. A pair can be open only while one is active."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from exchange.rates.arithmetic import in_words
from exchange.rates.errors import AgreementEnded, AgreementExists, AgreementInForce
from exchange.rates.guarding import lock_rates, refuse_unsafe
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.selectors import find_agreement, program_named, sides_of, works_for
from exchange.rates.telling import tell_both
from exchange.rates.validity import refuse_same_program, refuse_terms_of_agreement
from ledger.accounts import open_clearing
from loyalty import clock
from loyalty.errors import Forbidden, NotFound
from loyalty.identity.principals import Principal
from programs.membership.errors import ProgramNotActive
from programs.membership.models import Program

Status = Agreement.Status
TERMS = ("rate_max", "point_price", "currency", "is_prefunded", "note")
MOMENT = timedelta(microseconds=1)


@transaction.atomic
def propose_agreement(
    principal: Principal,
    from_ref: str | UUID,
    to_ref: str | UUID,
    *,
    rate_max: Decimal | None = None,
    point_price: Decimal | None = None,
    currency: str = "",
    is_prefunded: bool = False,
    note: str = "",
) -> Agreement:
    """Proposes that points of the one program can be exchanged for points of the other: at `rate_max` points for a
    point at most (bonuses included), while the brand that sends owes `point_price` of the currency for each point that
    the other one issues, out of a pool paid for before where it `is_prefunded`. Between programs of one brand it is
    active at once, else when the other brand accepts. Repeating it is refused. Refusals, in order of precedence:
    Forbidden, ScopeMissing, NotFound (no side is the principal's, or one is not there), Invalid, ProgramNotActive,
    AgreementExists, RateTooHigh, RateMakesPoints."""
    principal.require("agreements.add")
    from_program, to_program = _sides(principal, from_ref, to_ref)
    agreed = sides_of(principal, "agreements.add", from_program, to_program)
    refuse_same_program(from_program, to_program)
    terms = {"rate_max": rate_max, "point_price": point_price, "currency": currency, "is_prefunded": is_prefunded}
    refuse_terms_of_agreement(terms)
    for side in (from_program, to_program):
        if side.status != Program.Status.ACTIVE:
            raise ProgramNotActive(status=side.status, program_id=side.id)
    lock_rates()
    agreement = make_agreement(from_program, to_program, accepted_by=agreed, note=note, **terms)
    tell_both("agreement.proposed", agreement, principal, **_told(agreement))
    _begin_if_agreed(agreement, principal)
    return agreement


@transaction.atomic
def accept_agreement(principal: Principal, ref: str | UUID) -> Agreement:
    """Agrees to what the other brand proposed: from now on the brand whose points are given can set rates. Repeating it
    changes nothing. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, AgreementEnded, Forbidden (the
    other brand is to accept), RateTooHigh, RateMakesPoints."""
    lock_rates()
    agreement = _locked(find_agreement(principal, ref, "agreements.accept"))
    if agreement.status == Status.ENDED:
        raise AgreementEnded()
    if agreement.status == Status.ACTIVE:
        return agreement
    theirs = sides_of(principal, "agreements.accept", agreement.from_program, agreement.to_program)
    if theirs <= set(agreement.accepted_by):
        raise Forbidden("The other brand accepts what yours proposed.")
    accept_for(agreement, theirs, principal)
    return agreement


@transaction.atomic
def change_agreement(principal: Principal, ref: str | UUID, changes: dict) -> Agreement:
    """Changes the terms (those of `propose_agreement`) of what is only proposed: then it waits for the other brand
    again, or after an operator's change for both. One that both accepted changes only where one and the same has both
    sides: a brand with two programs, or an operator. Repeating it changes nothing. Refusals, in order of precedence:
    Forbidden, ScopeMissing, NotFound, AgreementEnded, AgreementInForce, Invalid, RateTooHigh, RateMakesPoints."""
    assert set(changes) <= set(TERMS), changes
    lock_rates()
    agreement = _locked(find_agreement(principal, ref, "agreements.change"))
    if agreement.status == Status.ENDED:
        raise AgreementEnded()
    theirs = sides_of(principal, "agreements.change", agreement.from_program, agreement.to_program)
    if agreement.status == Status.ACTIVE and theirs != brands_of(agreement):
        raise AgreementInForce()
    changed = {name: value for name, value in changes.items() if getattr(agreement, name) != value}
    if not changed:
        return agreement
    refuse_terms_of_agreement({name: getattr(agreement, name) for name in TERMS} | changed, agreement)
    for name, value in changed.items():
        setattr(agreement, name, value)
    if agreement.status == Status.PROPOSED:
        agreement.accepted_by = [] if principal.is_operator else sorted(theirs)
    agreement.save(update_fields=[*changed, "accepted_by"])
    tell_both("agreement.changed", agreement, principal, **_told(agreement))
    if agreement.status == Status.ACTIVE:
        refuse_unsafe(agreement.from_program_id, agreement.to_program_id, clock.now())
    else:
        _begin_if_agreed(agreement, principal)
    return agreement


@transaction.atomic
def end_agreement(principal: Principal, ref: str | UUID) -> Agreement:
    """Ends the agreement, or withdraws or turns down the proposal: nothing is exchanged by it any more. Exchanges asked
    for before are settled. Its rates are closed and its bonuses end, so that none comes back with the next agreement.
    Repeating it changes nothing. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound."""
    lock_rates()
    agreement = _locked(find_agreement(principal, ref, "agreements.end"))
    if agreement.status == Status.ENDED:
        return agreement
    agreement.status, agreement.ended_at = Status.ENDED, clock.now()
    agreement.save(update_fields=["status", "ended_at"])
    _close_rates(agreement, agreement.ended_at, actor=principal.actor)
    bonuses = Bonus.objects.filter(from_program=agreement.from_program_id, to_program=agreement.to_program_id)
    bonuses.filter(starts_at__lt=agreement.ended_at, ends_at__gt=agreement.ended_at).update(ends_at=agreement.ended_at)
    bonuses.filter(starts_at__gte=agreement.ended_at).delete()
    tell_both("agreement.ended", agreement, principal, **_told(agreement))
    return agreement


def brands_of(agreement: Agreement) -> set[UUID]:
    """The brands whose agreement it is: one, where both programs are its own."""
    return {agreement.from_program.brand_id, agreement.to_program.brand_id}


def active_agreement(from_program: Program, to_program: Program, principal: Principal) -> Agreement | None:
    """The active agreement of the pair. For an operator there always is one: what is missing is made, and what is only
    proposed is accepted, for both brands. The caller holds the lock."""
    pair = Agreement.objects.select_related("from_program__unit", "to_program__unit")
    found = pair.filter(from_program=from_program, to_program=to_program).exclude(status=Status.ENDED).first()
    if not principal.is_operator or (found and found.status == Status.ACTIVE):
        return found if found and found.status == Status.ACTIVE else None
    both = {from_program.brand_id, to_program.brand_id}
    if found is None:
        found = make_agreement(from_program, to_program, accepted_by=both)
        tell_both("agreement.proposed", found, principal, **_told(found))
    accept_for(found, both, principal)
    return found


def make_agreement(from_program: Program, to_program: Program, *, accepted_by: set[UUID], **terms) -> Agreement:
    """A proposed agreement of the pair. Refusals: AgreementExists."""
    agreement = Agreement(from_program=from_program, to_program=to_program, accepted_by=sorted(accepted_by), **terms)
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError as clash:
        raise AgreementExists() from clash
    return agreement


def accept_for(agreement: Agreement, brands: set[UUID], principal: Principal) -> None:
    """These brands agree too. Refusals: RateTooHigh, RateMakesPoints."""
    agreement.accepted_by = sorted({*agreement.accepted_by, *brands})
    agreement.save(update_fields=["accepted_by"])
    _begin_if_agreed(agreement, principal)


def _sides(principal: Principal, from_ref: str | UUID, to_ref: str | UUID) -> tuple[Program, Program]:
    from_program, to_program = program_named(from_ref), program_named(to_ref)
    if not any(works_for(principal, side) for side in (from_program, to_program) if side):
        raise NotFound("There is no such program, or it is not yours to see.")
    for side, pointer in ((from_program, "/from_program_id"), (to_program, "/to_program_id")):
        if side is None:
            raise NotFound("There is no such program.", pointer=pointer)
    return from_program, to_program


def _locked(agreement: Agreement) -> Agreement:
    rows = Agreement.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("from_program__unit", "to_program__unit").get(pk=agreement.pk)


def _begin_if_agreed(agreement: Agreement, principal: Principal) -> None:
    """Once both brands have accepted: opens the clearing accounts over which points leave and arrive."""
    if not brands_of(agreement) <= set(agreement.accepted_by):
        return
    agreement.status, agreement.active_since = Status.ACTIVE, clock.now()
    agreement.save(update_fields=["status", "active_since"])
    open_clearing(agreement.from_program.unit, partner_id=agreement.to_program_id)
    open_clearing(agreement.to_program.unit, partner_id=agreement.from_program_id)
    tell_both("agreement.accepted", agreement, principal, **_told(agreement))
    refuse_unsafe(agreement.from_program_id, agreement.to_program_id, agreement.active_since)


def _close_rates(agreement: Agreement, at: datetime, *, actor: str) -> None:
    """Rates stay on record, so each that is open, now or later, is followed by one that is closed."""
    pair = {"from_program_id": agreement.from_program_id, "to_program_id": agreement.to_program_id}
    rates = Rate.objects.filter(**pair).order_by("-valid_from")
    current = rates.filter(valid_from__lte=at).first()
    later = list(rates.filter(valid_from__gt=at))
    taken = {rate.valid_from for rate in (current, *later) if rate}
    closings = [(current, at)] if current else []
    closings += [(rate, rate.valid_from + MOMENT) for rate in later]
    Rate.objects.bulk_create(
        Rate(**pair, rate=rate.rate, valid_from=since, is_open=False, actor=actor)
        for rate, since in closings
        if rate.is_open and since not in taken
    )


def _told(agreement: Agreement) -> dict:
    return {
        "agreement_id": str(agreement.id),
        "rate_max": None if agreement.rate_max is None else in_words(agreement.rate_max),
        "point_price": None if agreement.point_price is None else in_words(agreement.point_price),
        "currency": agreement.currency,
        "is_prefunded": agreement.is_prefunded,
    }
