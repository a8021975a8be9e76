"""An earn or redeem that its sender wants answered later: written down with a job now, carried out by the worker."""

from uuid import UUID

import msgspec
from django.db import transaction

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.activity.deciding import Deciding
from programs.activity.models import Submission
from programs.activity.places import Place, refusal_of
from programs.activity.points import find_place
from programs.activity.purchases import CLOCK_SKEW, PurchaseRequest, record_purchase
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.activity.spending import RedeemRequest, redeem, refusal_to_redeem

REQUESTS = {"earn": PurchaseRequest, "redeem": RedeemRequest}


def submit(principal: Principal, request: PurchaseRequest | RedeemRequest) -> tuple[Submission | Recorded, bool]:
    """Writes down a request to be carried out by the worker, and the job for it, in one transaction; True beside it
    when the key came before (a request that has been answered at once gives that answer). Refusals: those of
    `record_purchases` and `redeem_many` that do not depend on the points."""
    place = find_place(principal, request.names)
    key, fingerprint = request.key_at(principal, place), request.fingerprint(place)
    earlier = _earlier(place.program.brand_id, key, fingerprint)
    if earlier:
        return earlier, True
    refusal = _refusal(principal, request, place)
    if refusal:
        raise refusal
    with transaction.atomic():
        submission, is_new = Submission.objects.get_or_create(
            brand_id=place.program.brand_id,
            key=key,
            defaults={
                "program_id": place.program.id,
                "member_id": place.member_id,
                "kind": "earn" if isinstance(request, PurchaseRequest) else "redeem",
                "actor": principal.actor,
                "fingerprint": fingerprint,
                "body": msgspec.to_builtins(request),
            },
        )
        if is_new:
            _enqueue(submission)
            _record("transaction.submitted", submission)
    if bytes(submission.fingerprint) != fingerprint:
        raise KeyReused()
    submission.refresh_from_db(fields=["created_at"])
    return submission, not is_new


@transaction.atomic
def complete_submission(submission_id: UUID) -> Submission:
    """Carries out what was submitted; its end, completed or failed with a problem, is written in the same transaction
    as the points. Repeating it changes nothing."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    if submission.status != Submission.Status.PENDING:
        return submission
    # Who asked was allowed to when they asked.
    asker = Principal(kind="system", id=submission.id, actor=submission.actor, is_operator=True)
    body = submission.body | {"public_id": submission.id, "names": _names(submission)}
    request = msgspec.convert(body, REQUESTS[submission.kind], strict=False)
    try:
        if submission.kind == "earn":
            record_purchase(asker, request, at=submission.created_at)
        else:
            redeem(asker, request)
        submission.status = Submission.Status.COMPLETED
    except LoyaltyError as refusal:
        submission.status = Submission.Status.FAILED
        submission.problem = _problem(refusal)
        _record("transaction.failed", submission)
    submission.save(update_fields=["status", "problem"])
    return submission


def _earlier(brand_id: UUID, key: str, fingerprint: bytes) -> Submission | Recorded | None:
    submission = Submission.objects.filter(brand_id=brand_id, key=key).first()
    if submission is None:
        (answer,) = earlier_answers([Asked(brand_id, key, fingerprint)])
        if isinstance(answer, LoyaltyError):
            raise answer
        return answer
    if bytes(submission.fingerprint) != fingerprint:
        raise KeyReused()
    return submission


def _refusal(principal: Principal, request: PurchaseRequest | RedeemRequest, place: Place) -> LoyaltyError | None:
    if isinstance(request, RedeemRequest):
        return refusal_to_redeem(principal, request, place)
    refusal = refusal_of(principal, place, "points.earn")
    if refusal is None:
        try:
            now = clock.now()
            Deciding([place]).decide(request, place, now=now, latest=now + CLOCK_SKEW)
        except LoyaltyError as mistake:
            refusal = mistake
    return refusal


def _names(submission: Submission) -> dict:
    return {"program": str(submission.program_id), "member": str(submission.member_id)}


def _problem(refusal: LoyaltyError) -> dict:
    """The refusal as an answer keeps it."""
    facts = msgspec.to_builtins(refusal.facts)
    said = {"code": refusal.code, "status": refusal.status, "title": refusal.title(), "detail": refusal.detail}
    return said | facts


def _enqueue(submission: Submission) -> None:
    # The job knows this module, so it is only looked for when there is something to enqueue.
    from programs.activity.jobs import complete

    complete.defer(submission_id=str(submission.id))


def _record(type: str, submission: Submission) -> None:
    log.record(
        type,
        brand_id=submission.brand_id,
        aggregate_id=submission.id,
        member_id=submission.member_id,
        program_id=submission.program_id,
        data={"transaction_id": str(submission.id), "kind": submission.kind}
        | ({"problem": submission.problem} if submission.problem else {}),
    )
