"""What can be done about rates: set one, let a bonus run, end it. Agreements are made in `agreements`."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from exchange.rates.agreements import (
    accept_agreement,
    active_agreement,
    change_agreement,
    end_agreement,
    propose_agreement,
)
from exchange.rates.arithmetic import in_words
from exchange.rates.errors import AgreementRequired, BonusEnded, BonusOverlaps, RateTaken
from exchange.rates.guarding import lock_rates, refuse_unsafe
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.selectors import find_bonus, program_named, works_for
from exchange.rates.telling import tell_both
from exchange.rates.validity import refuse_past, refuse_same_program, refuse_terms_of_bonus, refuse_terms_of_rate
from loyalty import clock
from loyalty.errors import Forbidden, NotFound
from loyalty.identity.principals import Principal
from programs.membership.models import Program

__all__ = [
    "accept_agreement",
    "add_bonus",
    "change_agreement",
    "end_agreement",
    "end_bonus",
    "propose_agreement",
    "set_rate",
]

TERMS = frozenset(
    ("fee_percent", "fee_points", "from_min", "from_step", "from_max", "member_daily_max", "pair_daily_max",
     "pending_hours", "is_open")
)  # fmt: skip


@transaction.atomic
def set_rate(
    principal: Principal,
    from_ref: str | UUID,
    to_ref: str | UUID,
    *,
    rate: Decimal,
    valid_from: datetime | None = None,
    **terms,
) -> Rate:
    """From `valid_from` (now) on, a point of the one program gives `rate` points of the other, at these terms; those
    left out are as for a first rate, whatever the one before said. That stays on record. Points are whole, fees and
    limits are of the points given. The brand whose points are given sets the rate, or an operator, who thereby makes
    the agreement where there is none. Repeating it sets another rate. Refusals, in order of precedence: Forbidden,
    ScopeMissing, NotFound, Invalid, BeginsInThePast, AgreementRequired, RateTaken, RateTooHigh, RateMakesPoints."""
    assert terms.keys() <= TERMS, terms
    from_program, to_program = _pair(principal, "rates.add", from_ref, to_ref)
    refuse_terms_of_rate(rate, terms)
    lock_rates()
    now = clock.now()
    refuse_past(valid_from, now, "/valid_from")
    _refuse_without_agreement(from_program, to_program, principal)
    since = valid_from or now
    if Rate.objects.filter(from_program=from_program, to_program=to_program, valid_from=since).exists():
        raise RateTaken(pointer="/valid_from")
    made = Rate.objects.create(
        from_program=from_program, to_program=to_program, rate=rate, valid_from=since, actor=principal.actor, **terms
    )
    refuse_unsafe(from_program.pk, to_program.pk, now)
    told = {name: in_words(value) if isinstance(value, Decimal) else value for name, value in terms.items()}
    told |= {"rate_id": str(made.id), "rate": in_words(rate), "valid_from": since.isoformat()}
    tell_both("rate.set", made, principal, **told)
    return made


@transaction.atomic
def add_bonus(
    principal: Principal,
    from_ref: str | UUID,
    to_ref: str | UUID,
    *,
    name: str,
    percent: Decimal,
    ends_at: datetime,
    starts_at: datetime | None = None,
) -> Bonus:
    """From `starts_at` (now) on, and not any more at `ends_at`, exchanges of the pair give so many per cent more, on
    top of whatever rate is in force. The brand whose points are given adds it, or an operator. Repeating it is refused.
    Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, Invalid, BeginsInThePast, AgreementRequired,
    BonusOverlaps, RateTooHigh, RateMakesPoints."""
    from_program, to_program = _pair(principal, "bonuses.add", from_ref, to_ref)
    lock_rates()
    now = clock.now()
    since = starts_at or now
    refuse_terms_of_bonus(name, percent, since, ends_at)
    refuse_past(starts_at, now, "/starts_at")
    if not _is_agreed(from_program, to_program):
        raise AgreementRequired()
    pair = {"from_program": from_program, "to_program": to_program}
    other = Bonus.objects.filter(**pair, starts_at__lt=ends_at, ends_at__gt=since).first()
    if other:
        raise BonusOverlaps(f"{other.name} runs at that time.", bonus_id=str(other.pk))
    made = Bonus.objects.create(
        **pair, name=name.strip(), percent=percent, starts_at=since, ends_at=ends_at, actor=principal.actor
    )
    refuse_unsafe(from_program.pk, to_program.pk, now)
    tell_both("bonus.set", made, principal, **_told(made))
    return made


@transaction.atomic
def end_bonus(principal: Principal, ref: str | UUID) -> Bonus:
    """Ends a bonus that runs; one that has not begun is withdrawn, which leaves nothing but its history. Quotes that
    were given with it hold. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, BonusEnded."""
    lock_rates()
    bonus = find_bonus(principal, ref, "bonuses.end")
    now = clock.now()
    if bonus.ends_at <= now:
        raise BonusEnded()
    told = _told(bonus) | {"ends_at": now.isoformat()}
    if bonus.starts_at < now:
        bonus.ends_at = now
        bonus.save(update_fields=["ends_at"])
    else:
        Bonus.objects.filter(pk=bonus.pk).delete()
        bonus.ends_at = bonus.starts_at
    tell_both("bonus.ended", bonus, principal, **told)
    return bonus


def _pair(principal: Principal, permission: str, from_ref: str | UUID, to_ref: str | UUID) -> tuple[Program, Program]:
    """The programs of a pair of which the principal may set the terms. Who works for the brand at its other end, where
    there is an agreement, may not, and is told so. Refusals: Forbidden, ScopeMissing, NotFound, Invalid."""
    principal.require(permission)
    from_program, to_program = program_named(from_ref), program_named(to_ref)
    if from_program is None or not works_for(principal, from_program):
        known = from_program and to_program and works_for(principal, to_program)
        if known and _is_agreed(from_program, to_program):
            raise Forbidden("The brand whose points are given sets the terms.")
        raise NotFound("There is no such program, or it is not yours to see.", pointer="/from_program_id")
    principal.require(permission, from_program.brand_id)
    if to_program is None:
        raise NotFound("There is no such program.", pointer="/to_program_id")
    refuse_same_program(from_program, to_program)
    return from_program, to_program


def _is_agreed(from_program: Program, to_program: Program) -> bool:
    agreements = Agreement.objects.filter(from_program=from_program, to_program=to_program)
    return agreements.filter(status=Agreement.Status.ACTIVE).exists()


def _refuse_without_agreement(from_program: Program, to_program: Program, principal: Principal) -> None:
    if active_agreement(from_program, to_program, principal) is None:
        raise AgreementRequired()


def _told(bonus: Bonus) -> dict:
    return {
        "bonus_id": str(bonus.id),
        "name": bonus.name,
        "percent": in_words(bonus.percent),
        "starts_at": bonus.starts_at.isoformat(),
        "ends_at": bonus.ends_at.isoformat(),
    }
