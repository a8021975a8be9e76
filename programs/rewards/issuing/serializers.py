"""Shapes of codes in bulk, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType
from programs.activity.serializers import ProgramRef
from programs.rewards.models import VoucherBatch

State = Literal["waiting", "running", "done", "failed", "cancelled", "disabled"]
Count = Annotated[int, Meta(ge=0)]


class BatchFilters(Filters):
    """Which batches."""

    program_id: ProgramRef | None = None


class Disabling(Shape):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["The list has leaked"])]


class Disabled(Answer):
    """How many vouchers were disabled."""

    disabled: Count


class StatusCounts(Answer):
    """How many vouchers of a batch are in each status."""

    issued: Count = 0
    claimed: Count = 0
    redeemed: Count = 0
    expired: Count = 0
    disabled: Count = 0


class BatchAnswer(Answer):
    """Codes that were asked for together. `made` of `count` are there by now."""

    id: UUID
    program_id: UUID
    reward_id: UUID | None
    name: str
    kind: str
    status: Annotated[State, Meta(description="How it stands with making them; disabled: nobody can use them.")]
    count: Count
    made: Count
    starts_at: Moment | None
    expires_at: Moment | None
    created_at: Moment
    created_by: str
    disabled_at: Moment | None
    disabled_reason: str
    vouchers: Annotated[StatusCounts, Meta(description="Left out in lists.")] | UnsetType = UNSET


def batch_answer(batch: VoucherBatch, status: str, counts: dict[str, int] | None = None) -> BatchAnswer:
    """The batch; with counts of its vouchers where they are known."""
    return BatchAnswer(
        id=batch.pk,
        program_id=batch.program_id,
        reward_id=batch.reward_id,
        name=batch.name,
        kind=batch.kind,
        status=status,
        count=batch.count,
        made=batch.made,
        starts_at=batch.starts_at,
        expires_at=batch.expires_at,
        created_at=batch.created_at,
        created_by=batch.created_by,
        disabled_at=batch.disabled_at,
        disabled_reason=batch.disabled_reason,
        vouchers=UNSET if counts is None else StatusCounts(**counts),
    )
