"""Shapes of gifts and of what a program allows of them, in and out. No queries."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from exchange.gifts import policies
from exchange.gifts.giving import GiftRequest
from exchange.gifts.models import Gift, TransferPolicy
from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Key, Moment, Points, Shape, ShortText, UnsetType
from programs.activity.places import Names

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
ProgramRef = Annotated[str, Meta(min_length=1, max_length=60, description="The program's id or code.")]
Receiver = Annotated[
    str, Meta(min_length=1, max_length=120, description="The receiver's id, external id or card number in the program.")
]
Hours = Annotated[int, Meta(ge=0, le=policies.HOURS_MAX)]
Hops = Annotated[int, Meta(ge=0, le=policies.HOPS_MAX)]


class NewGift(Shape):
    """Points to give. The idempotency key stands in the header or here."""

    to_member: Receiver
    program_id: ProgramRef
    points: Points
    message: Annotated[ShortText, Meta(description="For the receiver to read.")] = ""
    idempotency_key: Key | None = None


class GiftFilters(Filters):
    """Which gifts."""

    program_id: ProgramRef | None = None
    direction: Literal["given", "received"] | None = None


class GiftAnswer(Answer):
    """Points that a member gave another one."""

    id: UUID
    program_id: UUID
    from_member_id: UUID
    to_member_id: UUID
    points: int
    message: str
    available_at: Annotated[Moment, Meta(description="From when on the receiver can use them.")]
    out_transaction_id: Annotated[UUID, Meta(description="The transaction that took the points from the giver.")]
    in_transaction_id: Annotated[UUID, Meta(description="The transaction that gave them to the receiver.")]
    created_at: Moment


class PolicyPatch(Shape):
    """What changes; what is not given stays."""

    gifts_are_open: bool | UnsetType = UNSET
    gift_min: Points | UnsetType = UNSET
    gift_max: Points | UnsetType | None = UNSET
    gift_daily_max: Points | UnsetType | None = UNSET
    gift_daily_count: Annotated[int, Meta(ge=1, le=policies.COUNT_MAX)] | UnsetType = UNSET
    gift_hold_hours: Hours | UnsetType = UNSET
    gift_hops_max: Hops | UnsetType = UNSET
    exchange_hops_max: Hops | UnsetType = UNSET
    households_are_open: bool | UnsetType = UNSET
    household_size_max: Annotated[int, Meta(ge=policies.SIZE_MIN, le=policies.SIZE_MAX)] | UnsetType = UNSET
    household_wait_hours: Hours | UnsetType = UNSET


class PolicyAnswer(Answer):
    """How points of a program may pass from member to member."""

    program_id: UUID
    gifts_are_open: bool
    gift_min: Annotated[int, Meta(description="Fewest points of a gift.")]
    gift_max: Annotated[int | None, Meta(description="Most points of a gift; null: no limit.")]
    gift_daily_max: Annotated[int | None, Meta(description="Points that a member can give away in a day.")]
    gift_daily_count: Annotated[int, Meta(description="Gifts that a member can make in a day.")]
    gift_hold_hours: Annotated[int, Meta(description="How long given points are pending.")]
    gift_hops_max: Annotated[int, Meta(description="How often points may change hands by gifts.")]
    exchange_hops_max: Annotated[
        int, Meta(description="How often points may have changed hands or programs when they are exchanged away.")
    ]
    households_are_open: bool
    household_size_max: int
    household_wait_hours: Annotated[
        int, Meta(description="How long after joining a household a member's points stay their own.")
    ]


def to_request(body: NewGift, member: str, *, key: str) -> GiftRequest:
    return GiftRequest(
        giver=Names(body.program_id, member),
        to_member=body.to_member,
        points=body.points,
        message=body.message,
        key=key,
    )


def changes_in(body: PolicyPatch) -> dict:
    """What the body says, by the names of the model."""
    said = {name: getattr(body, name) for name in policies.FIELDS}
    return {name: value for name, value in said.items() if value is not msgspec.UNSET}


def gift_answer(gift: Gift) -> GiftAnswer:
    return GiftAnswer(
        id=gift.pk,
        program_id=gift.program_id,
        from_member_id=gift.giver_id,
        to_member_id=gift.receiver_id,
        points=gift.points,
        message=gift.message,
        available_at=gift.available_at,
        out_transaction_id=gift.out_id,
        in_transaction_id=gift.in_id,
        created_at=gift.created_at,
    )


def policy_answer(policy: TransferPolicy) -> PolicyAnswer:
    said = {name: getattr(policy, name) for name in policies.FIELDS}
    return PolicyAnswer(program_id=policy.program_id, **said)
