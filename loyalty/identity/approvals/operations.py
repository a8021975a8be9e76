"""Asking a second person, and deciding: maker and checker. What is carried out then is the business of the room that
registered the kind; see `kinds`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.errors import Forbidden, NotFound
from loyalty.events import log
from loyalty.history.acting import acting
from loyalty.identity.approvals.errors import OwnRequest, RequestChanged, RequestDecided, RequestOutdated
from loyalty.identity.approvals.kinds import KINDS, ApprovalKind, Difference, differences_of, version_of, written
from loyalty.identity.approvals.letters import tell_who_can_decide
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import Brand, Member, Person
from loyalty.identity.principals import Principal

Status = ApprovalRequest.Status
LAPSE_DAYS = 30
SOMEBODY_ELSE = (
    "Somebody else decides on it: another person of the brand who may do the same, or the platform's operators."
)


@transaction.atomic
def request_approval(
    principal: Principal,
    brand: Brand,
    kind: str,
    payload: dict,
    summary: str,
    reason: str = "",
    *,
    subject: UUID | None = None,
    differences: Iterable[Difference] = (),
) -> ApprovalRequest:
    """Asks a second person. `payload` are the ids and figures that carry it out and `summary` says it in words, neither
    with anything personal; `differences` are what would change, `subject` the id of what it is about. Whoever can
    decide is told by mail. Repeating it while the very same thing waits answers that request; later it asks again.
    Refusals: Forbidden (not a person, or may not do it even with a second person)."""
    found = KINDS[kind]
    principal.require(found.permission, brand.id)
    asked_by = _person(principal)
    payload = payload | ({"differences": written(differences)} if differences else {})
    same = {"brand": brand, "kind": kind, "payload": payload, "subject_id": subject, "requested_by": asked_by}
    if waiting := ApprovalRequest.objects.filter(status=Status.WAITING, **same).first():
        return waiting
    request = ApprovalRequest.objects.create(**same, summary=summary[:400], reason=reason[:400])
    _record("approval.requested", principal, request)
    tell_who_can_decide(request, found.permission)
    return request


@transaction.atomic
def approve(principal: Principal, request: ApprovalRequest, *, reason: str = "", version: str = "") -> ApprovalRequest:
    """Agrees to what another person asked for, and carries it out in the same transaction; what stands against it now
    is refused and leaves the request waiting. `version` (`kinds.version_of`) is that of the differences looked at;
    empty agrees whatever they are by now. Refusals, in order of precedence: NotFound, Forbidden, OwnRequest,
    RequestDecided, RequestOutdated, RequestChanged, those of the kind."""
    request, kind = _lock_waiting(principal, request)
    asked_by = _asker(request)
    if asked_by is None or not asked_by.may(kind.permission, request.brand_id):
        raise RequestOutdated("Whoever asked for it may not do it any more; it can only be rejected.")
    differences = differences_of(request)
    if version and version != version_of(differences):
        raise RequestChanged()
    _set_decision(principal, request, Status.APPROVED, reason)
    with acting(reason=reason or request.reason):
        request.result = kind.carry_out(request.payload, request)[:400]
        request.payload |= {"differences": written(differences)} if differences else {}
        request.save(update_fields=["status", "payload", "decided_by", "decided_at", "decision_reason", "result"])
    _record("approval.approved", principal, request)
    return request


@transaction.atomic
def reject(principal: Principal, request: ApprovalRequest, *, reason: str = "") -> ApprovalRequest:
    """Turns down what another person asked for; nothing else changes. Refusals, in order of precedence: NotFound,
    Forbidden, OwnRequest, RequestDecided."""
    request, _ = _lock_waiting(principal, request)
    return _close(principal, request, Status.REJECTED, reason)


@transaction.atomic
def withdraw(principal: Principal, request: ApprovalRequest, *, reason: str = "") -> ApprovalRequest:
    """Takes one's own request back. Refusals, in order of precedence: NotFound, Forbidden (another's request),
    RequestDecided."""
    request = _locked(principal, request)
    if principal.kind != "person" or request.requested_by_id != principal.id:
        raise Forbidden("Only whoever asked for it takes it back; you can reject it.")
    _check_waits(request)
    return _close(principal, request, Status.WITHDRAWN, reason)


def lapse_requests(*, before: datetime, limit: int = 1000) -> int:
    """Ends the requests that nobody decided on since they were made before that moment, at most `limit`; answers how
    many. Repeating it changes nothing."""
    lapsed = 0
    waiting = ApprovalRequest.objects.filter(status=Status.WAITING, requested_at__lt=before).order_by("requested_at")
    for found in waiting[:limit]:
        with transaction.atomic(), acting(actor="job:lapse_requests"):
            request = ApprovalRequest.objects.select_for_update(of=("self",)).get(pk=found.pk)
            if request.status == Status.WAITING:
                request.status, request.decided_at = Status.WITHDRAWN, clock.now()
                request.result = "Nobody decided on it in time."
                request.save(update_fields=["status", "decided_at", "result"])
                _record("approval.lapsed", None, request)
                lapsed += 1
    return lapsed


def _locked(principal: Principal, request: ApprovalRequest) -> ApprovalRequest:
    locked = ApprovalRequest.objects.select_for_update(of=("self",)).select_related("brand").filter(pk=request.pk)
    found = locked.first()
    if found is None or not principal.may("approvals.view", found.brand_id):
        raise NotFound("There is no such request, or it is not yours to see.")
    return found


def _lock_waiting(principal: Principal, request: ApprovalRequest) -> tuple[ApprovalRequest, ApprovalKind]:
    """The request, locked, with its kind, once the principal may decide on it."""
    request = _locked(principal, request)
    kind = KINDS[request.kind]
    principal.require("approvals.decide", request.brand_id)
    principal.require(kind.permission, request.brand_id)
    if _is_own(principal, request):
        raise OwnRequest(SOMEBODY_ELSE)
    _check_waits(request)
    return request, kind


def _is_own(principal: Principal, request: ApprovalRequest) -> bool:
    """Whether the principal asked for it: with this login, or as the member whom the other login is."""
    if _person(principal).pk == request.requested_by_id:
        return True
    asked_as = Member.objects.filter(person_id=request.requested_by_id).values_list("pk", flat=True).first()
    return asked_as is not None and asked_as == principal.member_id


def _check_waits(request: ApprovalRequest) -> None:
    if request.status != Status.WAITING:
        raise RequestDecided(status=request.status)


def _asker(request: ApprovalRequest) -> Principal | None:
    """Whoever asked, with today's posts."""
    person = request.requested_by
    return person.worker if person and person.is_active else None


def _set_decision(principal: Principal, request: ApprovalRequest, status: str, reason: str) -> None:
    request.status, request.decided_by_id = status, principal.id
    request.decided_at, request.decision_reason = clock.now(), reason[:400]


def _close(principal: Principal, request: ApprovalRequest, status: str, reason: str) -> ApprovalRequest:
    _set_decision(principal, request, status, reason)
    request.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    _record(f"approval.{status}", principal, request)
    return request


def _person(principal: Principal) -> Person:
    """The person who asks; a server key decides on nothing."""
    person = Person.objects.filter(pk=principal.id).first() if principal.kind == "person" else None
    if person is None:
        raise Forbidden("Only a person asks for an approval or decides on it.")
    return person


def _record(type_: str, principal: Principal | None, request: ApprovalRequest) -> None:
    data = {"kind": request.kind, "status": request.status, "actor": principal.actor if principal else "system"}
    data |= {"subject_id": str(request.subject_id)} if request.subject_id else {}
    log.record(type_, brand_id=request.brand_id, aggregate_id=request.id, data=data)
