"""Points given or taken by people, not by purchases: deposits, reversals, and adjustments, large ones by two people."""

from uuid import UUID

from django.db import transaction

from ledger.posting import Move, Posted, post_one
from loyalty import clock, sql
from loyalty.errors import Forbidden, NotFound
from loyalty.events import log
from loyalty.identity.models import Person
from loyalty.identity.principals import Principal
from programs.activity.errors import ApprovalRequired, OwnRequest, RequestDecided
from programs.activity.models import AdjustmentRequest
from programs.activity.places import Names, is_visible
from programs.activity.points import find_place, fingerprint_of, move_points
from programs.activity.records import Recorded, written
from programs.earning.lifetimes import expires_at
from programs.membership.models import Membership

FIND_POSTING = """
select a.id as account_id, a.owner_id, p.brand_id, pr.id as program_id, pr.return_policy
from ledger_posting p join ledger_account a on a.id = p.account_id join programs_program pr on pr.unit_id = p.unit_id
where p.public_id = %s
"""


def deposit(principal: Principal, names: Names, *, points: int, key: str, reason: str = "") -> Recorded:
    """Gives a member points as such; they last as long as points earned now. Repeating it (same key) answers the first
    answer. Refusals, in order of precedence: NotFound (program, member), KeyReused, Forbidden, ScopeMissing,
    ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, AccountClosed, BalanceLimit."""
    place = find_place(principal, names)
    now = clock.now()
    ends = expires_at(now, place.program.expiry_months, place.program.timezone)
    data = {"description": reason, "expires_at": written(ends)}
    return move_points(
        principal, place, "deposit",
        key=key, points=points, permission="points.deposit", said=(reason,), at=now, expires_at=ends, data=data,
    )  # fmt: skip


def reverse(principal: Principal, transaction_id: UUID, *, key: str, reason: str) -> Recorded:
    """Undoes a transaction: points spent go back to the lots they came from, with their first expiry; points given are
    taken back by the program's return policy. Repeating it (same key) answers the first answer. Refusals, in order of
    precedence: NotFound, Forbidden, ScopeMissing, KeyReused, AccountClosed, NotReversible, AlreadyReversed,
    InsufficientPoints."""
    found = sql.rows(FIND_POSTING, [transaction_id])
    if not found or not is_visible(principal, found[0]["brand_id"], found[0]["owner_id"]):
        raise NotFound("There is no such transaction, or it is not yours to see.")
    original = found[0]
    principal.require("points.reverse", original["brand_id"])
    move = Move(
        kind="reverse",
        account_id=original["account_id"],
        key=f"{principal.actor}:{key}",
        fingerprint=fingerprint_of("reverse", transaction_id, reason),
        actor=principal.actor,
        target=transaction_id,
        policy=original["return_policy"],
        program_id=original["program_id"],
        data={"description": reason},
    )
    return Recorded(post_one(move), original["owner_id"], original["program_id"])


def adjust(principal: Principal, membership: Membership, *, points: int, reason: str, key: str) -> Posted:
    """Adds signed `points` to a member's balance, for a reason. Repeating it (same key) answers the first answer.
    Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, OwnRequest (own balance), ApprovalRequired (as
    many points as the brand wants a second person for), KeyReused, AccountClosed, InsufficientPoints, BalanceLimit."""
    brand = membership.program.brand
    _check_may_adjust(principal, membership)
    if abs(points) >= brand.approval_points_min:
        raise ApprovalRequired(approval_points_min=brand.approval_points_min, requested=points)
    return _adjust(principal, membership, points=points, reason=reason, key=f"{principal.actor}:{key}")


@transaction.atomic
def request_adjustment(principal: Principal, membership: Membership, *, points: int, reason: str) -> AdjustmentRequest:
    """Asks a second person for an adjustment by signed `points`. Repeating it asks again. Refusals, in order of
    precedence: NotFound, Forbidden (also: not a person), OwnRequest."""
    _check_may_adjust(principal, membership)
    asked_by = _person(principal)
    request = AdjustmentRequest.objects.create(
        membership=membership, points=points, reason=reason, requested_by=asked_by
    )
    _record("adjustment.requested", request)
    return request


@transaction.atomic
def approve_adjustment(principal: Principal, request: AdjustmentRequest) -> AdjustmentRequest:
    """Carries out an adjustment that another person asked for. Refusals, in order of precedence: NotFound, Forbidden,
    OwnRequest, RequestDecided, AccountClosed, InsufficientPoints, BalanceLimit."""
    request = _lock_undecided(principal, request)
    posted = _adjust(
        principal, request.membership, points=request.points, reason=request.reason, key=f"adjustment:{request.id}"
    )
    request.posting_id = posted.id
    return _decide(principal, request, AdjustmentRequest.Status.APPROVED)


@transaction.atomic
def reject_adjustment(principal: Principal, request: AdjustmentRequest) -> AdjustmentRequest:
    """Turns down an adjustment that another person asked for. Refusals, in order of precedence: NotFound, Forbidden,
    OwnRequest, RequestDecided."""
    return _decide(principal, _lock_undecided(principal, request), AdjustmentRequest.Status.REJECTED)


def _check_may_adjust(principal: Principal, membership: Membership) -> None:
    if not is_visible(principal, membership.program.brand_id, membership.member_id):
        raise NotFound("There is no such member, or they are not yours to see.")
    principal.require("points.adjust", membership.program.brand_id)
    if principal.member_id == membership.member_id:
        raise OwnRequest("Nobody adjusts their own balance.")


def _adjust(principal: Principal, membership: Membership, *, points: int, reason: str, key: str) -> Posted:
    program, now = membership.program, clock.now()
    ends = expires_at(now, program.expiry_months, program.timezone) if points > 0 else None
    data = {"description": reason} | ({"expires_at": written(ends)} if ends else {})
    return post_one(
        Move(
            kind="adjust",
            account_id=membership.account_id,
            key=key,
            fingerprint=fingerprint_of("adjust", membership.id, points, reason),
            actor=principal.actor,
            points=points,
            at=now,
            expires_at=ends,
            program_id=program.id,
            data=data,
        )
    )


def _lock_undecided(principal: Principal, request: AdjustmentRequest) -> AdjustmentRequest:
    request = (
        AdjustmentRequest.objects.select_for_update(of=["self"])
        .select_related("membership__program__brand")
        .get(pk=request.pk)
    )
    _check_may_adjust(principal, request.membership)
    if _person(principal).pk == request.requested_by_id:
        raise OwnRequest()
    if request.status != AdjustmentRequest.Status.WAITING:
        raise RequestDecided(status=request.status)
    return request


def _decide(principal: Principal, request: AdjustmentRequest, status: str) -> AdjustmentRequest:
    request.status = status
    request.decided_by_id = principal.id
    request.decided_at = clock.now()
    request.save(update_fields=["status", "decided_by", "decided_at", "posting"])
    _record(f"adjustment.{status}", request)
    return request


def _person(principal: Principal) -> Person:
    """The person who asks; a server key decides on nothing."""
    person = Person.objects.filter(pk=principal.id).first() if principal.kind == "person" else None
    if person is None:
        raise Forbidden("Only a person asks for an adjustment or decides on it.")
    return person


def _record(type: str, request: AdjustmentRequest) -> None:
    membership = request.membership
    log.record(
        type,
        brand_id=membership.program.brand_id,
        aggregate_id=request.id,
        member_id=membership.member_id,
        program_id=membership.program_id,
        data={"points": request.points, "reason": request.reason, "status": request.status},
    )
