"""Shapes of households and of what they spend, in and out. No queries."""

from typing import Annotated

from msgspec import Meta

from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.households.spending import SpendRequest
from loyalty.http.shapes import UUID, Answer, Filters, Key, Moment, Points, Shape, ShortText

ProgramRef = Annotated[str, Meta(min_length=1, max_length=60, description="The program's id or code.")]
MemberRef = Annotated[str, Meta(min_length=1, max_length=120, description="The member's id or external id.")]
InvitedRef = Annotated[
    str, Meta(min_length=1, max_length=120, description="The member's id, external id or card number in the program.")
]


class NewHousehold(Shape):
    """A household to begin. Members leave `member_id` out, for they mean themselves."""

    program_id: ProgramRef
    member_id: MemberRef | None = None


class Invitation(Shape):
    """Whom to invite."""

    to_member: InvitedRef


class WhoLeaves(Shape):
    """Who is taken out."""

    member_id: MemberRef


class HouseholdFilters(Filters):
    """Which households. Members see those that they are in or invited to."""

    program_id: ProgramRef | None = None
    member_id: MemberRef | None = None


class NewSpend(Shape):
    """Points to spend together. The idempotency key stands in the header or here. Members leave `member_id` out."""

    points: Points
    description: ShortText = ""
    reference: ShortText = ""
    member_id: Annotated[MemberRef | None, Meta(description="Who asks for it; without it whoever owns it.")] = None
    idempotency_key: Key | None = None


class SpendReversal(Shape):
    """Why it is undone."""

    reason: ShortText = ""


class PartAnswer(Answer):
    """Somebody's part in a household. A name is told once they have joined."""

    member_id: UUID
    name: str | None
    status: str
    invited_at: Moment
    joined_at: Moment | None
    shares_from: Annotated[Moment | None, Meta(description="From when on their points are spent with the others'.")]


class HouseholdAnswer(Answer):
    """Members of a program who spend their points together."""

    id: UUID
    program_id: UUID
    owner_id: UUID
    available: Annotated[int, Meta(description="Points that they could spend together now.")]
    members: list[PartAnswer]
    ended_at: Moment | None
    created_at: Moment


class HouseholdRow(Answer):
    """A household in a list."""

    id: UUID
    program_id: UUID
    owner_id: UUID
    size: Annotated[int, Meta(description="How many have joined.")]
    ended_at: Moment | None
    created_at: Moment


class ShareAnswer(Answer):
    """What one member paid."""

    member_id: UUID
    transaction_id: UUID
    points: int


class SpendAnswer(Answer):
    """Points that a household spent together; `parts` sum to `points`."""

    id: UUID
    household_id: UUID
    program_id: UUID
    member_id: Annotated[UUID, Meta(description="Who asked for it.")]
    points: int
    parts: list[ShareAnswer]
    description: str
    reference: str
    reversed_at: Moment | None
    created_at: Moment


def to_request(body: NewSpend, household: str, *, key: str) -> SpendRequest:
    return SpendRequest(
        household=household, points=body.points, key=key, member=body.member_id or "", description=body.description,
        reference=body.reference,
    )  # fmt: skip


def part_answer(part: HouseholdMember, shares_from) -> PartAnswer:
    return PartAnswer(
        member_id=part.member_id, name=part.member.name if part.joined_at else None, status=part.status,
        invited_at=part.invited_at, joined_at=part.joined_at, shares_from=shares_from,
    )  # fmt: skip


def household_answer(household: Household, parts: list[PartAnswer], *, available: int) -> HouseholdAnswer:
    return HouseholdAnswer(
        id=household.pk, program_id=household.program_id, owner_id=household.owner_id, available=available,
        members=parts, ended_at=household.ended_at, created_at=household.created_at,
    )  # fmt: skip


def household_row(household: Household) -> HouseholdRow:
    return HouseholdRow(
        id=household.pk, program_id=household.program_id, owner_id=household.owner_id,
        size=sum(part.joined_at is not None for part in household.there), ended_at=household.ended_at,
        created_at=household.created_at,
    )  # fmt: skip


def spend_answer(spend: PooledSpend, *, is_first: bool = False) -> SpendAnswer:
    """`is_first`: as it was answered when it was made."""
    shares = [ShareAnswer(member_id=who, transaction_id=posting, points=points) for who, posting, points in spend.parts]
    return SpendAnswer(
        id=spend.pk, household_id=spend.household_id, program_id=spend.program_id, member_id=spend.member_id,
        points=spend.points, parts=shares, description=spend.description, reference=spend.reference,
        reversed_at=None if is_first else spend.reversed_at, created_at=spend.created_at,
    )  # fmt: skip
