"""Confirming that it is oneself: while a person's cool-down lasts, what they spend of their own points waits for a
session that was confirmed with a code."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.events import log
from loyalty.identity.devices import codes
from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.errors import InvalidCode, InvalidCredentials, StepUpRequired
from loyalty.identity.models import Brand, Person
from loyalty.identity.principals import Principal
from loyalty.identity.signin.factors import check_otp, has_factor

LONGEST = timedelta(hours=168)
"""No brand's cool-down is longer."""
USUAL = timedelta(hours=24)
"""How long it lasts where it is not a brand's matter."""
CONFIRMED_SECONDS = 600


def refusal_to_spend(principal: Principal, *, brand_id: UUID, member_id: UUID) -> StepUpRequired | None:
    """What stands against the principal's spending their own points in a program of the brand. Nobody else is
    concerned, neither staff nor servers. The database is asked only while some brand's cool-down may last."""
    if principal.cool_down_from is None or member_id != principal.member_id:
        return None
    if principal.is_stepped_up or clock.now() - principal.cool_down_from >= LONGEST:
        return None
    hours = Brand.objects.filter(id=brand_id).values_list("cool_down_hours", flat=True).first() or 0
    return _refusal(principal.cool_down_from, timedelta(hours=hours))


def check_is_calm(principal: Principal) -> None:
    """For changes of the login itself. Refusals: StepUpRequired."""
    if principal.cool_down_from and not principal.is_stepped_up:
        refusal = _refusal(principal.cool_down_from, USUAL)
        if refusal:
            raise refusal


def ask_for_code(person_id: UUID) -> str:
    """Says how the person confirms: "totp" with their authenticator app, if that is not new itself, else "email", and
    then sends the code to the address that is trusted. Repeating it sends another one; earlier ones end."""
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(id=person_id)
        if _has_old_factor(person):
            return "totp"
        codes.send_code(person, OneTimeCode.Purpose.STEP_UP, codes.trusted_address(person))
    return "email"


def confirm(principal: Principal, code: str) -> tuple[Person, int]:
    """The person, and until when (epoch seconds) their session counts as confirmed. Refusals: TooMany, InvalidCode."""
    person = Person.objects.select_related("member").get(id=principal.id)
    if _has_old_factor(person):
        try:
            check_otp(person, code)
        except InvalidCredentials as wrong:
            raise InvalidCode() from wrong
    else:
        codes.use_code(person, OneTimeCode.Purpose.STEP_UP, code)
    with transaction.atomic():
        log.record("session.confirmed", brand_id=None, aggregate_id=person.id, data={"actor": principal.actor})
    return person, int(clock.now().timestamp()) + CONFIRMED_SECONDS


def _has_old_factor(person: Person) -> bool:
    """Whether a second factor proves that it is the person: not one that may have been set up by whoever started the
    cool-down."""
    return has_factor(person, before=clock.now() - LONGEST)


def _refusal(since, length: timedelta) -> StepUpRequired | None:
    until = since + length
    if clock.now() >= until:
        return None
    return StepUpRequired(cool_down_until=until.isoformat(timespec="seconds").replace("+00:00", "Z"))
