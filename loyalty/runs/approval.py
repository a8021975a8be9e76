"""Work that gives many members points: from a sum on that the brand sets, it begins only when a second person
agrees."""

from loyalty.identity.approvals.kinds import approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from loyalty.runs.models import Run
from loyalty.runs.operations import begin

KIND = "points.bulk"


def begin_or_ask(principal: Principal, run: Run, *, points: int) -> ApprovalRequest | None:
    """Begins work that was only written down, or, where it gives as many `points` in all as the brand wants a second
    person for, asks one and answers the request. Repeating it while that waits answers the same request. Refusals:
    RunEnded, Forbidden."""
    if points < max(run.brand.approval_bulk_points_min, 1):
        begin(run)
        return None
    summary = f"{run.title}: {points:,} points in all"
    return request_approval(
        principal, run.brand, KIND, {"run_id": str(run.pk), "points": points}, summary, run.reason, subject=run.pk
    )


@approvable(KIND, permission="points.deposit", title="Points for many members")
def carry_out_run(payload: dict, request: ApprovalRequest) -> str:
    """Begins the work. Refusals: RunEnded (it was cancelled, or its file is a week old)."""
    run = Run.objects.defer("file").get(pk=payload["run_id"], brand_id=request.brand_id)
    begin(run)
    return f"It has begun: {run.title}."


def waiting_for(run: Run) -> ApprovalRequest | None:
    """The request that the work waits for."""
    waiting = ApprovalRequest.objects.filter(kind=KIND, subject_id=run.pk, status=ApprovalRequest.Status.WAITING)
    return waiting.first()
