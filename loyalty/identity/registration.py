"""Becoming a member by oneself. An address that somebody logs in with already is answered like any other: whether there
was a login, the mail to its owner tells, and nothing else does."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from loyalty.events import log
from loyalty.identity.mails import send_mail_later
from loyalty.identity.models import Member, Person
from loyalty.identity.operations import checked_birth_date, consent_changes, merged
from loyalty.identity.passwords.resetting import check_password_is_fit
from loyalty.identity.privacy.consents import REGISTRATION, record_consents

NOWHERE = "nobody.invalid"


@dataclass(frozen=True, slots=True)
class Registered:
    """The ids of the new person and the member they are; of nobody where the address had a login."""

    person_id: UUID
    member_id: UUID


def register(
    *,
    email: str,
    password: str,
    name: str = "",
    phone: str | None = None,
    birth_date: date | None = None,
    address: dict | None = None,
    consents: dict | None = None,
) -> Registered:
    """Makes a person with a login and the member they are, known to no brand until they join a program. A member that
    a brand entered under the same address stays apart: the address is not proven.

    Where somebody logs in with the address already the same is done and taken back, so that answer, ids and time are
    alike, and its owner is told by mail; nothing of theirs changes. So repeating it gives other ids, and makes nobody.
    Who then logs in with the password they chose learns the truth: for as long as addresses need not be proven, an open
    door can do no more, and it is narrow (few tries an hour for an address on the network).
    Refusals: Invalid (password too weak, birth date)."""
    email = email.strip().lower()
    person = Person(email=email, name=name.strip())
    check_password_is_fit(password, person)
    member = Member(
        name=person.name,
        email=email,
        phone=phone or "",
        birth_date=checked_birth_date(birth_date),
        address=merged({}, address or {}, "/address"),
        consents=merged({}, consents or {}, "/consents"),
    )
    person.set_password(password)
    try:
        return _enter(person, member)
    except IntegrityError:
        # Another one registered with the address at the same moment.
        return _enter(person, member)


@transaction.atomic
def _enter(person: Person, member: Member) -> Registered:
    email = person.email
    owner = Person.objects.filter(email=email).first()
    with transaction.atomic():
        person.email = email if owner is None else f"{uuid4().hex}@{NOWHERE}"
        person.save(force_insert=True)
        member.person = person
        member.save(force_insert=True)
        actor = f"person:{person.id}"
        record_consents(member, {}, member.consents, brand_id=None, actor=actor, source=REGISTRATION)
        log.record(
            "member.registered",
            brand_id=None,
            aggregate_id=member.id,
            member_id=member.id,
            data={"actor": actor} | consent_changes({}, member.consents),
        )
        if owner is not None:
            transaction.set_rollback(True)
    person.email = email
    send_mail_later("registered" if owner is None else "registered_already", (owner or person).id)
    return Registered(person.id, member.id)
