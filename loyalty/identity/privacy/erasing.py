"""Erasing somebody: all rooms give up what they have of them, in one transaction. What the books know stays, under ids
that lead to nobody any more."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from loyalty.errors import Conflict, Invalid
from loyalty.events import log as event_log
from loyalty.history.acting import acting
from loyalty.identity.approvals.kinds import approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.models import BrandMember, Member, Person
from loyalty.identity.principals import Principal
from loyalty.identity.privacy.models import Erasure
from loyalty.identity.privacy.rooms import Counts, Erasing, every_room, traces_of
from loyalty.identity.privacy.subjects import Subject, Traces, find_subject

log = logging.getLogger(__name__)

KIND = "members.erase"


class StillWorksHere(Conflict):
    """The person still works for a brand or runs the platform: end that first."""

    code = "still-works-here"


@dataclass(frozen=True)
class Erased:
    """What came of it: when, what went (rows by kind of thing, and points), and whether it had been done before."""

    erased_at: datetime
    counts: Counts = field(default_factory=dict)
    is_repeated: bool = False


class _Unwanted(Exception):
    """Takes back what a dry run did, and carries what it came to."""

    def __init__(self, erased: Erased):
        self.erased = erased


def erase_person(subject: Subject, *, actor: str, reason: str, dry_run: bool = False) -> Erased:
    """Erases a member with their login, a login alone, or, with a brand, all that this brand has of a member. Points
    are forfeited, debts written off, holds released, memberships ended; the books balance as before. A member whom
    nobody else knows and who has no login goes as a whole when their only brand erases what it has. Repeating it
    answers what it answered first. With `dry_run` all is done and taken back. Refusals, in order of precedence:
    StillWorksHere, Invalid (the reason names them: it is kept)."""
    try:
        with transaction.atomic(), acting(actor=actor, reason=reason):
            erased = _erase(subject, actor=actor, reason=reason)
            if dry_run:
                raise _Unwanted(erased)
            return erased
    except _Unwanted as done:
        return done.erased


def _erase(subject: Subject, *, actor: str, reason: str) -> Erased:
    subject = _locked(subject)
    if before := _earlier(subject):
        return Erased(before.erased_at, before.counts, is_repeated=True)
    subject = _widened(subject)
    if not subject.brand and subject.person:
        _check_has_left(subject.person)
    traces = traces_of(subject)
    check_reason(reason, traces)
    record = Erasure.objects.create(
        kind=Erasure.Kind.BRAND if subject.brand else Erasure.Kind.WHOLE,
        brand_id=subject.brand.id if subject.brand else None,
        member_id=subject.member_id,
        person_id=subject.person_id if not subject.brand else None,
        reason=reason,
        actor=actor,
    )
    _record(subject, actor)
    erasing = Erasing(subject=subject, traces=traces, actor=actor)
    for room in every_room():
        for name, count in room.erase(erasing).items():
            record.counts[name] = record.counts.get(name, 0) + count
    record.save(update_fields=["counts"])
    log.info("erased %s (%s)", subject.member_id or subject.person_id, record.kind)
    return Erased(record.erased_at, record.counts)


def check_reason(reason: str, traces: Traces) -> None:
    """The reason is kept, so it must not name who goes. Refusals: Invalid."""
    if any(word.casefold() in reason.casefold() for word in traces.words):
        detail = "The reason is kept: write it without name, number or address of whom it is about."
        raise Invalid([{"pointer": "/reason", "code": "names-the-person", "detail": detail}])


def request_erasure(principal: Principal, subject: Subject, *, reason: str) -> ApprovalRequest:
    """Asks a second person to agree to erase what the brand has of the member. Repeating it while that waits answers
    the same request. Refusals: Forbidden, Invalid (the reason names them)."""
    assert subject.brand and subject.member
    check_reason(reason, traces_of(subject))
    return request_approval(
        principal,
        subject.brand,
        KIND,
        {"member_id": str(subject.member_id)},
        f"Erase all that {subject.brand.name} has of member {subject.member_id}",
        reason,
        subject=subject.member_id,
    )


@approvable(KIND, permission="personal_data.erase", title="Erasure of a member", about=lambda request: _whom(request))
def carry_out_erasure(payload: dict, request: ApprovalRequest) -> str:
    """Erases it. Refusals: NotFound (the brand does not know the member any more), Invalid (what was said for it names
    them, and is kept), StillWorksHere."""
    subject = find_subject(payload["member_id"], brand=request.brand, only_brand=True)
    check_reason(request.decision_reason, traces_of(subject))
    erased = erase_person(subject, actor=f"person:{request.decided_by_id}", reason=request.reason)
    return f"Erased; {erased.counts.get('points_forfeited', 0):,} points were forfeited."


def _whom(request: ApprovalRequest) -> str:
    return str(Member.objects.filter(pk=request.subject_id, erased_at=None).first() or "")


def _locked(subject: Subject) -> Subject:
    """The same as it is now, and nobody else's until the transaction ends: the member before the login, as wherever
    both are locked."""
    member = Member.objects.select_for_update(of=("self",)).filter(id=subject.member_id).first()
    person = Person.objects.select_for_update().filter(id=subject.person_id).first()
    return Subject(member=member, person=person, brand=subject.brand)


def _earlier(subject: Subject) -> Erasure | None:
    """The erasure that did this already: nothing is known of them that came since."""
    if subject.brand and BrandMember.objects.filter(brand=subject.brand, member=subject.member).exists():
        return None
    if not subject.brand and any(each.erased_at is None for each in (subject.member, subject.person) if each):
        return None
    found = Erasure.objects.filter(Q(member_id=subject.member_id) if subject.member else Q(person_id=subject.person_id))
    if subject.brand:
        found = found.filter(Q(brand_id=subject.brand.id) | Q(kind=Erasure.Kind.WHOLE))
    else:
        found = found.filter(kind=Erasure.Kind.WHOLE)
    return found.first()


def _widened(subject: Subject) -> Subject:
    """Who is known to this brand only, and cannot log in, is nobody's when the brand has forgotten them: all goes."""
    if not subject.brand or subject.member.person_id:
        return subject
    others = BrandMember.objects.filter(member=subject.member).exclude(brand=subject.brand)
    return subject if others.exists() else Subject(member=subject.member)


def _check_has_left(person: Person) -> None:
    if person.is_operator or person.posts.filter(is_active=True).exists():
        raise StillWorksHere()


def _record(subject: Subject, actor: str) -> None:
    """An event for each brand that knew them, and nothing in it but ids."""
    if subject.brand:
        brands = [subject.brand.id]
    else:
        known = BrandMember.objects.filter(member=subject.member) if subject.member else BrandMember.objects.none()
        brands = sorted(known.values_list("brand_id", flat=True)) or [None]
    for brand_id in brands:
        event_log.record(
            "member.erased" if subject.member else "user.erased",
            brand_id=brand_id,
            aggregate_id=subject.member_id or subject.person_id,
            member_id=subject.member_id,
            data={"actor": actor},
        )
