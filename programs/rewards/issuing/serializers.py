"""Shapes of codes in bulk, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Money, Shape, UnsetType, to_minor
from programs.activity.serializers import MemberRef, ProgramRef
from programs.membership.models import Program
from programs.rewards.issuing.badges import Badge
from programs.rewards.issuing.batches import COUNT_MAX, BatchRequest
from programs.rewards.models import Reward, VoucherBatch
from programs.rewards.vouchers.operations import NewVoucher
from programs.rewards.vouchers.serializers import VoucherAnswer

USES_MAX = 1_000_000_000

State = Literal["waiting", "running", "done", "failed", "cancelled", "disabled"]
Count = Annotated[int, Meta(ge=0)]


class NewVouchers(Shape):
    """One voucher, or many codes at once. What they are worth says the reward; a gift card without one holds `value`,
    in the program's currency. A code of your own is for one generic voucher, a member for one of theirs. `uses_max`
    null: no end of uses."""

    program_id: ProgramRef
    kind: Literal["unique", "generic", "gift", "birthday", "personal"] = "unique"
    count: Annotated[int, Meta(ge=1, le=COUNT_MAX, description="More than 100 are made in the background.")] = 1
    name: Annotated[str, Meta(max_length=120, description="What many are for.", examples=["Spring mailing"])] = ""
    reward_id: Annotated[str, Meta(min_length=1, max_length=120, description="The reward's id or code.")] | None = None
    member_id: MemberRef | None = None
    code: Annotated[str, Meta(max_length=60, description="4 to 40 of A-Z, 0-9, - and _.")] | None = None
    value: Money | None = None
    uses_max: Annotated[int, Meta(ge=1, le=USES_MAX)] | UnsetType | None = UNSET
    member_uses_max: Annotated[int, Meta(ge=1, le=USES_MAX)] | None = None
    starts_at: Moment | None = None
    expires_at: Moment | None = None


class VoucherBatchFilters(Filters):
    """Which batches."""

    program_id: ProgramRef | None = None


class VoucherBatchDisabling(Shape):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["The list has leaked"])]


class VoucherBatchDisabled(Answer):
    """How many vouchers were disabled."""

    disabled: Count


class StatusCounts(Answer):
    """How many vouchers of a batch are in each status."""

    issued: Count = 0
    claimed: Count = 0
    redeemed: Count = 0
    expired: Count = 0
    disabled: Count = 0


class VoucherBatchAnswer(Answer):
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


class VouchersIssued(Answer):
    """Codes that were made at once."""

    batch_id: UUID
    vouchers: list[VoucherAnswer]


def new_voucher(asked: NewVouchers, program: Program) -> NewVoucher:
    """One voucher as it is asked for. Refusals: Invalid (the value)."""
    return NewVoucher(
        program=str(program.pk),
        kind=asked.kind,
        code=asked.code or "",
        reward=asked.reward_id or "",
        member=asked.member_id or "",
        value_minor=_value(asked, program),
        uses_max=asked.uses_max or None,
        is_endless=asked.uses_max is None,
        member_uses_max=asked.member_uses_max,
        starts_at=asked.starts_at,
        expires_at=asked.expires_at,
    )


def batch_request(asked: NewVouchers, program: Program, reward: Reward | None, *, key: str) -> BatchRequest:
    """Many codes as they are asked for. Refusals: Invalid (the value; what is for one voucher only)."""
    one_only = {"member_id": asked.member_id, "code": asked.code, "kind": asked.kind == "personal"}
    detail = "That is for one voucher, not for many."
    errors = [
        {"pointer": f"/{name}", "code": "one-only", "detail": detail} for name, given in one_only.items() if given
    ]
    if errors:
        raise Invalid(errors)
    value_minor, terms = _value(asked, program), None
    if reward is None:
        terms = {
            "kind": "gift_card" if asked.kind == "gift" else "product", "name": asked.name,
            "currency": program.money_currency, "value_minor": value_minor,
        }  # fmt: skip
    return BatchRequest(
        count=asked.count,
        name=asked.name,
        reward=reward,
        kind=asked.kind,
        terms=terms,
        uses_max=(reward.uses_max if reward else 1) if asked.uses_max is UNSET else asked.uses_max,
        member_uses_max=asked.member_uses_max,
        starts_at=asked.starts_at,
        expires_at=asked.expires_at,
        key=key,
    )


def _value(asked: NewVouchers, program: Program) -> int | None:
    return None if asked.value is None else to_minor(asked.value, program.money_currency, "/value")


def batch_answer(batch: VoucherBatch, status: str, counts: dict[str, int] | None = None) -> VoucherBatchAnswer:
    """The batch; with counts of its vouchers where they are known."""
    return VoucherBatchAnswer(
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


class BadgeFilters(Filters):
    """Whose badges."""

    program_id: ProgramRef | None = None


class BadgeAnswer(Answer):
    """A badge that rules gave a member, once or more often."""

    badge: Annotated[str, Meta(description="Its code in the program, as rules award it.", examples=["early-bird"])]
    program_id: UUID
    program_code: str
    times: Annotated[int, Meta(ge=1, description="How often it was awarded.")]
    first_awarded_at: Moment
    last_awarded_at: Moment


def badge_answer(badge: Badge) -> BadgeAnswer:
    return BadgeAnswer(
        badge=badge.badge,
        program_id=badge.program_id,
        program_code=badge.program_code,
        times=badge.times,
        first_awarded_at=badge.first_at,
        last_awarded_at=badge.last_at,
    )
