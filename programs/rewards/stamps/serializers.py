"""Shapes of stamp cards and stamps, in and out. No queries."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty import clock
from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Key, Moment, Shape, ShortText, UnsetType
from programs.rewards.stamps.cards import (
    DAY_STAMPS_MAX,
    DAYS_MAX,
    DESCRIPTION_MAX,
    HOURS_MAX,
    NAME_MAX,
    NEEDED_MAX,
)
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.operations import CARDS_AT_ONCE_MAX, Added
from programs.rewards.stamps.selectors import Progress, status_of

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
ProgramRef = Annotated[str, Meta(min_length=1, max_length=60, description="The program's id or code.")]
RewardRef = Annotated[str, Meta(min_length=1, max_length=60, description="The id or code of a reward of the program.")]
CardRef = Annotated[str, Meta(min_length=1, max_length=60, description="The stamp card's id or code.")]
MemberRef = Annotated[str, Meta(min_length=1, max_length=120, description="The member's id or external id.")]
Code = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,59}\Z",
        description="Small letters, digits, - and _; unique in the program, and never changed. Rules add stamps by it.",
        examples=["coffee"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, examples=["Coffee card"])]
Description = Annotated[str, Meta(max_length=DESCRIPTION_MAX)]
Needed = Annotated[int, Meta(ge=1, le=NEEDED_MAX, description="How many stamps make it full.")]
Days = Annotated[int, Meta(ge=1, le=DAYS_MAX, description="Days after its first stamp that a sheet can be filled.")]
DayMax = Annotated[int, Meta(ge=1, le=DAY_STAMPS_MAX, description="Stamps that one member can get in a day.")]
Hours = Annotated[int, Meta(ge=0, le=HOURS_MAX, description="Hours before one member can scan the code again.")]
CardStatus = Literal["draft", "active", "paused", "archived"]
SheetStatus = Literal["open", "full", "used", "expired"]
Source = Literal["staff", "server", "rule", "scan"]


class NewStampCard(Shape):
    """A stamp card to make."""

    program_id: ProgramRef
    code: Code
    name: Name
    description: Description = ""
    status: Literal["draft", "active"] = "active"
    stamps_needed: Needed = 10
    reward_id: RewardRef
    expires_after_days: Days | None = None
    day_max: DayMax | None = None
    scan_hours: Hours = 12


class StampCardPatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: CardStatus | UnsetType = UNSET
    stamps_needed: Annotated[Needed, Meta(description="Of sheets begun from now on.")] | UnsetType = UNSET
    reward_id: RewardRef | UnsetType = UNSET
    expires_after_days: Days | UnsetType | None = UNSET
    day_max: DayMax | UnsetType | None = UNSET
    scan_hours: Hours | UnsetType = UNSET


class StampCardFilters(Filters):
    """Which stamp cards."""

    program_id: ProgramRef | None = None
    status: CardStatus | None = None


class WhoseCard(Shape):
    """Whose card; members leave it out, for they mean themselves."""

    member_id: MemberRef | None = None


class TurnIn(WhoseCard):
    """Whose full sheet to turn in. The idempotency key stands in the header or here."""

    idempotency_key: Key | None = None


class NewStamps(Shape):
    """Stamps to give. The `reference` stands for an idempotency key: it is stamped once on a card."""

    member_id: MemberRef
    count: Annotated[int, Meta(ge=1, le=NEEDED_MAX * CARDS_AT_ONCE_MAX, description="At most ten cards full.")] = 1
    reference: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="The receipt's or order's own number.",
            examples=["receipt-1001"],
        ),
    ]
    location_id: Annotated[str, Meta(min_length=1, max_length=80, description="A location's id or code.")] | None = None
    occurred_at: Moment | None = None


class UndoStamps(Shape):
    """Why the stamps are taken off. It may stand in the query instead."""

    reason: ShortText = ""


class HolderFilters(Filters):
    """Whose sheets: those that are open or full, unless a state is named."""

    card: CardRef | None = None
    status: SheetStatus | None = None


class StampCardAnswer(Answer):
    """A stamp card."""

    id: UUID
    program_id: UUID
    code: str
    name: str
    description: str
    status: CardStatus
    stamps_needed: int
    reward_id: UUID
    reward_code: str
    expires_after_days: int | None
    day_max: int | None
    scan_hours: int
    created_at: Moment


class SheetAnswer(Answer):
    """A member's copy of a card: the first, the second and so on."""

    id: UUID
    number: int
    status: SheetStatus
    stamps: int
    stamps_needed: int
    voucher_id: Annotated[UUID | None, Meta(description="What it was turned into.")]
    joined_at: Moment
    filled_at: Moment | None
    expires_at: Annotated[Moment | None, Meta(description="Until when it can be filled; set by its first stamp.")]


class ProgressAnswer(Answer):
    """How far a member is with a card: `stamps` of `stamps_needed` on the sheet that is open, and how many sheets are
    full and wait to be turned in."""

    stamp_card_id: UUID
    stamp_card_code: str
    program_id: UUID
    member_id: UUID
    is_joined: bool
    stamps: int
    stamps_needed: int
    full_sheets: int
    expires_at: Moment | None
    sheets: list[SheetAnswer]


class StampAnswer(Answer):
    """Stamps given at once."""

    id: UUID
    stamp_card_id: UUID
    stamp_card_code: str
    program_id: UUID
    member_id: UUID
    count: int
    reference: str
    source: Source
    location_id: UUID | None
    occurred_at: Moment
    created_at: Moment
    undone_at: Moment | None
    undone_reason: str


class PlacedAnswer(Answer):
    """So many of the stamps went on this sheet, which held `stamps` then."""

    sheet_id: UUID
    number: int
    count: int
    stamps: int
    stamps_needed: int
    is_full: bool


class AddedAnswer(StampAnswer):
    """Stamps given, and where they went: `stamps` of `stamps_needed` are on the last sheet."""

    stamps: int
    stamps_needed: int
    filled_sheets: int
    sheets: list[PlacedAnswer]


class MemberStampsAnswer(Answer):
    """A member's stamps, the newest first, and how far they are with each card."""

    next: str | None
    previous: str | None
    results: list[StampAnswer]
    cards: list[ProgressAnswer]


class HolderAnswer(Answer):
    """A sheet and whose it is."""

    member_id: UUID
    external_id: str | None
    name: str
    stamp_card_id: UUID
    stamp_card_code: str
    sheet: SheetAnswer


def asked(shape: Shape) -> dict:
    """The fields that were given, under the names that operations have for them."""
    found = {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}
    return {"reward" if name == "reward_id" else name: value for name, value in found.items()}


def card_answer(card: StampCard) -> StampCardAnswer:
    """The card, with its reward fetched."""
    plain = ("id", "program_id", "code", "name", "description", "status", "stamps_needed", "reward_id",
             "expires_after_days", "day_max", "scan_hours", "created_at")  # fmt: skip
    return StampCardAnswer(reward_code=card.reward.code, **{name: getattr(card, name) for name in plain})


def sheet_answer(sheet: StampSheet) -> SheetAnswer:
    """The sheet in its state of now."""
    plain = ("id", "number", "stamps", "stamps_needed", "voucher_id", "joined_at", "filled_at", "expires_at")
    return SheetAnswer(status=status_of(sheet, clock.now()), **{name: getattr(sheet, name) for name in plain})


def progress_answer(progress: Progress) -> ProgressAnswer:
    """How far."""
    card = progress.card
    return ProgressAnswer(
        stamp_card_id=card.id, stamp_card_code=card.code, program_id=card.program_id, member_id=progress.member_id,
        is_joined=progress.is_joined, stamps=progress.stamps, stamps_needed=progress.stamps_needed,
        full_sheets=len(progress.full), expires_at=progress.open.expires_at if progress.open else None,
        sheets=[sheet_answer(sheet) for sheet in progress.sheets],
    )  # fmt: skip


def stamp_answer(stamp: Stamp, *, kind: type = StampAnswer, **more) -> StampAnswer:
    """The stamps, with their card fetched, or a `kind` of the answer with `more` fields."""
    plain = ("id", "member_id", "count", "reference", "source", "location_id", "occurred_at", "undone_at",
             "undone_reason")  # fmt: skip
    card = stamp.card
    return kind(
        stamp_card_id=card.id, stamp_card_code=card.code, program_id=card.program_id, created_at=stamp.recorded_at,
        **{name: getattr(stamp, name) for name in plain}, **more,
    )  # fmt: skip


def added_answer(added: Added) -> AddedAnswer:
    """What was answered when they were given."""
    fields = PlacedAnswer.__struct_fields__
    placed = [PlacedAnswer(**{name: getattr(one, name) for name in fields}) for one in added.sheets]
    last = placed[-1]
    more = {"stamps": last.stamps, "stamps_needed": last.stamps_needed, "filled_sheets": len(added.filled)}
    return stamp_answer(added.stamp, kind=AddedAnswer, sheets=placed, **more)


def holder_answer(sheet: StampSheet) -> HolderAnswer:
    """The sheet with its member, fetched with it."""
    return HolderAnswer(
        member_id=sheet.member_id, external_id=sheet.external_id, name=sheet.member.name, stamp_card_id=sheet.card_id,
        stamp_card_code=sheet.card.code, sheet=sheet_answer(sheet),
    )  # fmt: skip
