"""Points given or taken by people, not by purchases: deposits, reversals, and adjustments, large ones by two people."""

from collections.abc import Sequence
from contextlib import nullcontext
from uuid import UUID

from django.db import transaction

from ledger.posting import Alongside, Move, Posted, post, post_one
from ledger.selectors import balances
from loyalty import clock, sql
from loyalty.errors import NotFound
from loyalty.identity.approvals.errors import OwnRequest, RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from programs.activity import limits
from programs.activity.bought import accounts_of, lock_event, lock_purchases, moves_of_parts, row_of
from programs.activity.errors import PaidForVoucher
from programs.activity.own_gain import is_own, refusal_to_give
from programs.activity.places import Names, is_visible
from programs.activity.points import find_place, fingerprint_of, move_points
from programs.activity.records import Recorded, written
from programs.earning.lifetimes import LifeTerms, expiry_of
from programs.membership.assessing import lower_tiers, raise_tiers
from programs.membership.models import Membership

FIND_POSTING = """
select a.id as account_id, a.owner_id, p.brand_id, p.kind, pr.id as program_id, pr.return_policy,
       p.data ? 'claimed' as paid_for_voucher
from ledger_posting p join ledger_account a on a.id = p.account_id join programs_program pr on pr.unit_id = p.unit_id
where p.public_id = %s
"""


def deposit(principal: Principal, names: Names, *, points: int, key: str, reason: str = "") -> Recorded:
    """Gives a member points as such; they last as long as points earned now. Repeating it (same key) answers the first
    answer. What a person gives is bounded as an adjustment is. Refusals, in order of precedence: NotFound (program,
    member), KeyReused, Forbidden, ScopeMissing, ProgramNotActive, MembershipRequired, MembershipSuspended,
    MembershipClosed, OwnRequest (to oneself), ApprovalRequired (as many points as the brand wants a second person for),
    AccountClosed, BalanceLimit."""
    place = find_place(principal, names)
    now = clock.now()
    ends = expiry_of(place.program.life_terms, now)
    data = {"description": reason, "expires_at": written(ends)}
    with transaction.atomic() if principal.kind == "person" else nullcontext():
        return move_points(
            principal, place, "deposit",
            key=key, points=points, permission="points.deposit", said=(reason,), at=now, expires_at=ends, data=data,
            refusal=refusal_to_give(principal, place, points, key=key),
        )  # fmt: skip


def reverse(principal: Principal, transaction_id: UUID, *, key: str, reason: str) -> Recorded:
    """Undoes a transaction: points spent go back to the lots they came from, with their first expiry; points given are
    taken back by the program's return policy. Repeating it (same key) answers the first answer. Refusals, in order of
    precedence: NotFound, Forbidden, ScopeMissing, OwnRequest (a person's own), PaidForVoucher (the voucher is cancelled
    instead, lest it stays usable), KeyReused, AccountClosed, NotReversible, AlreadyReversed, InsufficientPoints."""
    found = sql.rows(FIND_POSTING, [transaction_id])
    if not found or not is_visible(principal, found[0]["brand_id"], found[0]["owner_id"]):
        raise NotFound("There is no such transaction, or it is not yours to see.")
    original = found[0]
    principal.require("points.reverse", original["brand_id"])
    if is_own(principal, original["owner_id"]):
        raise OwnRequest("Nobody reverses their own transactions.")
    if original["paid_for_voucher"]:
        raise PaidForVoucher()
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
    posted = _reverse_earned(move) if original["kind"] == "earn" else post_one(move)
    lower_tiers([move.account_id], at=move.at)
    return Recorded(posted, original["owner_id"], original["program_id"])


@transaction.atomic
def _reverse_earned(move: Move) -> Posted:
    """Points that a purchase or an event gave, with all that came with them."""
    given = lock_purchases([move.target])[0] or lock_event(move.target)
    if given is None:
        return post_one(move)
    taken = given.taken_wholly()
    parts = moves_of_parts(move, taken, accounts_of([taken]))
    rows = [row_of(0, given, taken, parts=len(parts), refunded_minor=given.amount_minor)]
    posted = post([move, *parts], alongside=Alongside("programs_post_reversals", rows))[0]
    if not posted.is_done:
        raise posted.refusal()
    return posted


def adjust(principal: Principal, membership: Membership, *, points: int, reason: str, key: str) -> Posted:
    """Adds signed `points` to a member's balance, for a reason. Repeating it (same key) answers the first answer.
    Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, OwnRequest (own balance), ApprovalRequired (as
    many points as the brand wants a second person for, with what they adjusted alone within a day), KeyReused,
    AccountClosed, InsufficientPoints, BalanceLimit."""
    brand, key = membership.program.brand, f"{principal.actor}:{key}"
    _check_may_adjust(principal, membership)
    with transaction.atomic():
        if refusal := limits.refusal_alone(brand, principal.actor, points=points, key=key):
            raise refusal
        return _adjust(principal.actor, membership, points=points, reason=reason, key=key)


def request_adjustment(principal: Principal, membership: Membership, *, points: int, reason: str) -> ApprovalRequest:
    """Asks a second person for an adjustment by signed `points`. Repeating it while it waits answers the same request.
    Refusals, in order of precedence: NotFound, Forbidden (also: not a person), OwnRequest."""
    _check_may_adjust(principal, membership)
    return request_approval(
        principal,
        membership.program.brand,
        "points.adjust",
        {"membership_id": str(membership.id), "points": points},
        f"{points:+,} {membership.program.unit.name} for card {membership.card_number}",
        reason,
        subject=membership.id,
    )


def _by_now(requests: Sequence[ApprovalRequest]) -> dict[UUID, list[Difference]]:
    """The balances that would be different, as they are now."""
    accounts = dict(
        Membership.objects.filter(pk__in=[each.subject_id for each in requests]).values_list("pk", "account_id")
    )
    held = balances(list(accounts.values()))
    told = {}
    for each in requests:
        posted = held[accounts[each.subject_id]].posted if each.subject_id in accounts else 0
        told[each.pk] = [Difference("Balance", f"{posted:,}", f"{posted + each.payload['points']:,}")]
    return told


def _whom(request: ApprovalRequest) -> str:
    membership = Membership.objects.select_related("member").filter(pk=request.subject_id).first()
    return str(membership.member) if membership else ""


@approvable("points.adjust", permission="points.adjust", title="Adjustment of points", about=_whom, by_now=_by_now)
def carry_out_adjustment(payload: dict, request: ApprovalRequest) -> str:
    """Moves the points that were asked for. Refusals, in order of precedence: OwnRequest (own balance), RequestOutdated
    (the membership has ended), AccountClosed, InsufficientPoints, BalanceLimit."""
    known = Membership.objects.select_related("program__brand", "program__unit", "member")
    membership = known.get(pk=payload["membership_id"], program__brand_id=request.brand_id)
    if membership.member.person_id and membership.member.person_id == request.decided_by_id:
        raise OwnRequest("Nobody adjusts their own balance.")
    if membership.status == Membership.Status.CLOSED:
        raise RequestOutdated("The membership has ended since; this request can only be rejected.")
    posted = _adjust(
        f"person:{request.decided_by_id}", membership,
        points=payload["points"], reason=request.reason, key=f"adjustment:{request.id}",
    )  # fmt: skip
    return f"Adjusted by {posted.points:+,}; the balance is {posted.balance_after:,}."


def _check_may_adjust(principal: Principal, membership: Membership) -> None:
    if not is_visible(principal, membership.program.brand_id, membership.member_id):
        raise NotFound("There is no such member, or they are not yours to see.")
    principal.require("points.adjust", membership.program.brand_id)
    if is_own(principal, membership.member_id):
        raise OwnRequest("Nobody adjusts their own balance.")


def _adjust(actor: str, membership: Membership, *, points: int, reason: str, key: str) -> Posted:
    program, now = membership.program, clock.now()
    ends = expiry_of(LifeTerms.of(program), now) if points > 0 else None
    data = {"description": reason} | ({"expires_at": written(ends)} if ends else {})
    posted = post_one(
        Move(
            kind="adjust",
            account_id=membership.account_id,
            key=key,
            fingerprint=fingerprint_of("adjust", membership.id, points, reason),
            actor=actor,
            points=points,
            at=now,
            expires_at=ends,
            program_id=program.id,
            data=data,
        )
    )
    raise_tiers([membership.account_id], at=now)
    return posted
