"""What an exchange would give, promised for a short time. Moves nothing."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from exchange.rates import cache
from exchange.rates.arithmetic import convert
from exchange.rates.errors import PairNotOpen
from exchange.requests.asking import PERMISSION
from exchange.requests.models import Quote
from exchange.requests.sides import Sides, find_sides
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.principals import Principal
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.membership.models import Membership, Program


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """Points that might be exchanged. Programs are named by id or code; `from_amount` are whole points of the first,
    fees included."""

    member: str
    from_program: str
    to_program: str
    from_amount: int


def quote(principal: Principal, request: QuoteRequest) -> Quote:
    """Promises what so many points would become, for QUOTE_SECONDS and one exchange. The balance and what was exchanged
    that day are looked at only then. Asking again gives another quote. Refusals, in order of precedence: NotFound
    (source program, member), Forbidden, ScopeMissing, StepUpRequired, ProgramNotActive, MembershipRequired,
    MembershipSuspended, MembershipClosed (of the source), NotFound (target program), PairNotOpen, ExchangeBelowMin,
    ExchangeAboveMax, ExchangeNotInSteps, ExchangeTooSmall, ExchangeTooLarge; ProgramNotActive, MembershipRequired,
    MembershipSuspended, MembershipClosed (of the target)."""
    sides = find_sides(principal, request.from_program, request.to_program, request.member)
    refusal = sides.refusal(principal, PERMISSION)
    if refusal:
        raise refusal
    now = clock.now()
    terms = cache.terms_at(sides.place.program.id, sides.to_program.id, now)
    if terms is None:
        raise PairNotOpen(pointer="/to_program_id")
    made = convert(terms, request.from_amount)
    refusal = _refusal_of_target(sides)
    if refusal:
        raise refusal
    return Quote.objects.create(
        member_id=sides.place.member_id,
        from_program_id=sides.place.program.id,
        to_program_id=sides.to_program.id,
        terms_id=terms.rate_id,
        bonus_id=terms.bonus_id,
        rate=made.rate,
        from_amount=made.from_amount,
        fee=made.fee,
        to_amount=made.to_amount,
        residue=made.residue,
        actor=principal.actor,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.QUOTE_SECONDS),
    )


def _refusal_of_target(sides: Sides) -> LoyaltyError | None:
    """What stands against giving the member points of the target."""
    pointer, program_id = "/to_program_id", sides.to_program.id
    part = Membership.objects.filter(program=program_id, member=sides.place.member_id).values("status")
    (found,) = Program.objects.filter(id=program_id).values_list("status", part[:1])
    status, membership = found
    if status != Program.Status.ACTIVE:
        return ProgramNotActive(pointer=pointer, status_of_program=status)
    if membership is None:
        return MembershipRequired(pointer=pointer, program_id=program_id)
    if membership == Membership.Status.SUSPENDED:
        return MembershipSuspended(pointer=pointer)
    return None if membership == Membership.Status.ACTIVE else MembershipClosed(pointer=pointer)
