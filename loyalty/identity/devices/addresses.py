"""Changing the e-mail address one logs in with: asked for with the password, proven by a code sent to the new
one."""

from django.db import IntegrityError, transaction

from loyalty.events import log
from loyalty.identity import guesses, tokens
from loyalty.identity.devices import codes, operations, stepping_up
from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.errors import InvalidCode
from loyalty.identity.mails import send_mail_later
from loyalty.identity.models import Person
from loyalty.identity.principals import Principal


def ask_to_change_email(principal: Principal, *, email: str, password: str) -> None:
    """Has a code sent to the new address. One that somebody logs in with already gets no code but a word about it, and
    the answer is the same. Repeating it sends another code. Refusals, in order of precedence: StepUpRequired, TooMany,
    InvalidCredentials."""
    stepping_up.check_is_calm(principal)
    person = Person.objects.get(id=principal.id)
    with guesses.counted("password", str(person.id)):
        tokens.check_password(person, password)
    with transaction.atomic():
        codes.send_code(person, OneTimeCode.Purpose.EMAIL, email.strip().lower())


def change_email(principal: Principal, *, code: str) -> tokens.Pair:
    """The person logs in with the new address from now on. All sessions end but the one that asks, which goes on with
    the pair returned; the old address is told, and codes go there while the cool-down lasts that starts now.
    Refusals, in order of precedence: StepUpRequired, TooMany, InvalidCode."""
    stepping_up.check_is_calm(principal)
    person = Person.objects.get(id=principal.id)
    proven = codes.use_code(person, OneTimeCode.Purpose.EMAIL, code)
    try:
        with transaction.atomic():
            return _change(principal, proven)
    except IntegrityError as taken:
        raise InvalidCode() from taken


def _change(principal: Principal, proven: OneTimeCode) -> tokens.Pair:
    person = Person.objects.select_for_update(no_key=True).get(id=principal.id)
    old = person.email
    person.email = proven.address
    person.save(update_fields=["email"])
    if codes.trusted_address(person) == person.email:
        operations.keep_trusting(person, old)
    operations.start_cool_down(person)
    kept = codes.keep_address(person, OneTimeCode.Purpose.EMAIL, old)
    send_mail_later("email_changed", person.id, address_id=kept.id)
    tokens.end_all_sessions(person)
    person.refresh_from_db(fields=["token_version"])
    log.record("user.email_changed", brand_id=None, aggregate_id=person.id, data={"actor": principal.actor})
    return tokens.issue_pair(person, device_id=principal.device_id)
