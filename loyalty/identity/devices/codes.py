"""Codes of six digits, sent by e-mail: good once, for ten minutes and five tries. The code is made when the mail is
written and kept as a keyed hash only."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.identity import guesses
from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.errors import InvalidCode
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Person
from loyalty.sealed.ring import ring
from loyalty.sql import drop_dead_connection

LIFETIME = timedelta(minutes=10)
TRIES = 5
GUESSES = ((10, 3_600), (20, 86_400))
"""Over all codes of a person."""
KEPT = timedelta(days=1)

NEVER = ""
"""The hash that no code has."""


def send_code(person: Person, purpose: str, address: str) -> OneTimeCode:
    """Has a new code sent to the address; those sent before for the same purpose end. In the caller's transaction.
    Repeating it sends another one."""
    now = clock.now()
    open_ = OneTimeCode.objects.filter(person=person, purpose=purpose, used_at=None, expires_at__gt=now)
    open_.exclude(code_hash=NEVER, tries=TRIES).update(expires_at=now)
    code = OneTimeCode.objects.create(person=person, purpose=purpose, address=address, expires_at=now + LIFETIME)
    send_mail_later(f"{purpose}_code", person.id, {"code_id": str(code.id)}, address_id=code.id)
    return code


def keep_address(person: Person, purpose: str, address: str, *, lifetime: timedelta = KEPT) -> OneTimeCode:
    """Keeps an address that the person had, sealed: for a mail about its change, or, for the purpose STEP_UP, to send
    codes to as long as the new one is not trusted. It is no code: none is right for it."""
    return OneTimeCode.objects.create(
        person=person,
        purpose=purpose,
        code_hash=NEVER,
        address=address,
        tries=TRIES,
        expires_at=clock.now() + lifetime,
    )


def trusted_address(person: Person) -> str:
    """Where a code proves that it is the person: what they log in with, or, while a change of that is young, what they
    logged in with before it."""
    kept = OneTimeCode.objects.filter(
        person=person, purpose=OneTimeCode.Purpose.STEP_UP, code_hash=NEVER, tries=TRIES, expires_at__gt=clock.now()
    )
    before = kept.order_by("created_at").first()
    return before.address if before else person.email


def use_code(person: Person, purpose: str, given: str) -> OneTimeCode:
    """Uses up the newest code. Each wrong try counts, and stays counted. Refusals: TooMany, InvalidCode."""
    with guesses.counted(f"{purpose}-code", str(person.id), GUESSES):
        code = _tried(person, purpose)
        if code is None or not secrets.compare_digest(_hash(code, given), code.code_hash):
            raise InvalidCode()
        if not OneTimeCode.objects.filter(id=code.id, used_at=None).update(used_at=clock.now()):
            raise InvalidCode()
    return code


def _tried(person: Person, purpose: str) -> OneTimeCode | None:
    """The newest code that may still be tried, with one more try written down."""
    with transaction.atomic():
        code = OneTimeCode.objects.filter(person=person, purpose=purpose, tries__lt=TRIES, used_at=None)
        code = code.filter(expires_at__gt=clock.now()).exclude(code_hash=NEVER).order_by("-created_at").first()
        counted = OneTimeCode.objects.filter(id=code.id, tries__lt=TRIES) if code else None
        return code if counted and counted.update(tries=F("tries") + 1) else None


def _hash(code: OneTimeCode, digits: str) -> str:
    return ring().blind_index("one-time-code", digits.strip(), scope=code.id)


@prepares(f"{OneTimeCode.Purpose.STEP_UP}_code")
def prepare_step_up(person: Person, facts: dict) -> dict | None:
    return _fresh_digits(person, facts["code_id"])


@prepares(f"{OneTimeCode.Purpose.EMAIL}_code")
def prepare_email(person: Person, facts: dict) -> dict | None:
    """An address that somebody else logs in with gets no code, but is told that it was asked for."""
    code = OneTimeCode.objects.get(id=facts["code_id"])
    if Person.objects.filter(email=code.address).exists():
        return {"is_taken": True}
    return _fresh_digits(person, facts["code_id"])


def _fresh_digits(person: Person, code_id: str) -> dict | None:
    """The digits of the code, made now; None when it would come too late."""
    code = OneTimeCode.objects.filter(id=code_id, person=person, used_at=None, expires_at__gt=clock.now()).first()
    if code is None:
        return None
    digits = f"{secrets.randbelow(10**6):06}"
    OneTimeCode.objects.filter(id=code.id).update(code_hash=_hash(code, digits))
    return {"code": digits}


@app.periodic(cron="37 * * * *")
@app.task(name="loyalty.prune_codes", queueing_lock="prune_codes")
def prune_codes(timestamp: int) -> None:
    """Deletes codes, and addresses kept, a day after their end."""
    drop_dead_connection()
    OneTimeCode.objects.filter(expires_at__lt=clock.now() - KEPT).delete()
