"""Shapes of what waits for a second person, in and out."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Filters, Moment, Shape
from loyalty.identity.approvals.kinds import differences_of_many, version_of
from loyalty.identity.approvals.models import ApprovalRequest

Status = Literal["waiting", "approved", "rejected", "withdrawn"]


class ApprovalFilters(Filters):
    """Which requests to list."""

    status: Annotated[Status, Meta(description="Only those in this state.")] | None = None
    kind: Annotated[str, Meta(max_length=40, description="Only of this kind.", examples=["points.adjust"])] | None = (
        None
    )
    for_me: Annotated[bool, Meta(description="Only those that wait for a decision the caller may make.")] | None = None


class Decision(Shape):
    """Why, in words for whoever asked."""

    reason: Annotated[str, Meta(max_length=400, examples=["Checked with the shop."])] = ""


class Approval(Decision):
    """Why, and which differences were looked at."""

    version: Annotated[
        str,
        Meta(
            max_length=16,
            description="The request's `version`, as it was looked at: where the differences are others by now it is "
            "refused. Empty agrees whatever they are.",
        ),
    ] = ""


class DifferenceAnswer(Answer):
    """One thing that would be different."""

    what: str
    before: str
    after: str


class ApprovalAnswer(Answer):
    """Something that one person asked for and another one decides."""

    id: UUID
    brand_id: UUID
    kind: Annotated[str, Meta(description="What would be done.", examples=["points.adjust"])]
    status: Status
    summary: str
    reason: str
    differences: list[DifferenceAnswer]
    version: Annotated[str, Meta(description="Of the differences; give it back when approving.")]
    subject_id: UUID | None
    requested_by: UUID | None
    requested_at: Moment
    decided_by: UUID | None
    decided_at: Moment | None
    decision_reason: str
    result: Annotated[str, Meta(description="What came of it, in words.")]


def approval_answers(requests: Sequence[ApprovalRequest]) -> list[ApprovalAnswer]:
    differences = differences_of_many(requests)
    return [_answer(request, differences[request.pk]) for request in requests]


def approval_answer(request: ApprovalRequest) -> ApprovalAnswer:
    return approval_answers([request])[0]


def _answer(request: ApprovalRequest, differences) -> ApprovalAnswer:
    return ApprovalAnswer(
        id=request.id,
        brand_id=request.brand_id,
        kind=request.kind,
        status=request.status,
        summary=request.summary,
        reason=request.reason,
        differences=[DifferenceAnswer(what=d.what, before=d.before, after=d.after) for d in differences],
        version=version_of(differences),
        subject_id=request.subject_id,
        requested_by=request.requested_by_id,
        requested_at=request.requested_at,
        decided_by=request.decided_by_id,
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
        result=request.result,
    )
