"""Work that gives many members points: from a sum on that the brand sets, in one go or within a day, it begins only
when a second person agrees."""

import hashlib
from datetime import timedelta
from uuid import UUID

import msgspec

from loyalty import clock
from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from loyalty.runs.models import Run
from loyalty.runs.operations import begin

KIND = "points.bulk"
WINDOW = timedelta(hours=24)
ALONE = "points_alone"
"""In the arguments of a run that began without a second person: the points it gives in all."""
TOLD = {"members": "Members", "rows": "Rows", "points": "Points for each"}
"""What of the arguments a second person is told."""


def begin_or_ask(principal: Principal, run: Run, *, points: int, is_large: bool = False) -> ApprovalRequest | None:
    """Begins work that was only written down, or asks a second person and answers the request: where it gives as many
    `points` in all as the brand wants one for, with what whoever asks began alone within a day, or to one member as
    many as need one (`is_large`). Repeating it while that waits answers the same request. Refusals: RunEnded,
    Forbidden."""
    limit = max(run.brand.approval_bulk_points_min, 1)
    if not is_large and (not points or points + _begun_alone(principal, run) < limit):
        if points:
            run.arguments |= {ALONE: points}
            run.save(update_fields=["arguments"])
        begin(run)
        return None
    told = [Difference(title, "", f"{run.arguments[n]:,}") for n, title in TOLD.items() if n in run.arguments]
    return request_approval(
        principal,
        run.brand,
        KIND,
        {"run_id": str(run.pk), "points": points, "work": _work_of(run)},
        f"{run.title}: {points:,} points in all",
        run.reason,
        subject=run.pk,
        differences=[*told, Difference("Points in all", "0", f"{points:,}")],
    )


def _begun_alone(principal: Principal, run: Run) -> int:
    """The points of all that the principal began at the brand within a day without a second person."""
    begun = Run.objects.filter(brand=run.brand_id, created_at__gt=clock.now() - WINDOW, started_by=principal.id)
    return sum(begun.filter(arguments__has_key=ALONE).exclude(pk=run.pk).values_list(f"arguments__{ALONE}", flat=True))


def _work_of(run: Run) -> str:
    """What tells whether the work is still the one that was asked for: all that it goes by."""
    given = Run.objects.only("kind", "arguments", "file").get(pk=run.pk)
    return hashlib.sha256(msgspec.json.encode([given.kind, given.arguments, given.file], order="sorted")).hexdigest()


@approvable(KIND, permission="points.deposit", title="Points for many members")
def carry_out_run(payload: dict, request: ApprovalRequest) -> str:
    """Begins the work. Refusals: RequestOutdated (it is not the work that was asked for), RunEnded (it was cancelled,
    or its file is a week old)."""
    run = Run.objects.defer("file").get(pk=payload["run_id"], brand_id=request.brand_id)
    if run.status == Run.Status.WAITING and _work_of(run) != payload["work"]:
        raise RequestOutdated("What the work goes by has been changed since; this request can only be rejected.")
    begin(run)
    return f"It has begun: {run.title}."


def givers_of(run: Run) -> set[UUID]:
    """The people by whose word the work gives points: who started it, and who agreed. None of them gets any."""
    agreed = ApprovalRequest.objects.filter(kind=KIND, subject_id=run.pk, status=ApprovalRequest.Status.APPROVED)
    return {run.started_by_id, *agreed.values_list("decided_by_id", flat=True)} - {None}


def waiting_for(run: Run) -> ApprovalRequest | None:
    """The request that the work waits for."""
    waiting = ApprovalRequest.objects.filter(kind=KIND, subject_id=run.pk, status=ApprovalRequest.Status.WAITING)
    return waiting.first()
