"""Shapes of codes, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from loyalty.http.shapes import UUID, Answer, Key, Moment, Shape
from loyalty.identity.masks import masked_name
from programs.activity.serializers import MemberRef, ProgramRef
from programs.rewards.qr.pictures import addresses_of
from programs.rewards.qr.scanning import Seen
from programs.rewards.qr.tokens import CHARACTERS_MAX, Token
from programs.rewards.stamps.serializers import AddedAnswer
from programs.rewards.vouchers.serializers import RedemptionAnswer, Use

Purpose = Literal["voucher", "member", "stamp"]
EXAMPLE = "LY1:RRQ+D9P60CO0BB8UM88CK$$B:70*VDNFF:VDIDF$.EK CR0A9X5H573VD2.D4O9TKEHA6X-C%984VC4ECU..."
TokenText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=CHARACTERS_MAX,
        description="A code's text: base45, and blanks in it count.",
        examples=[EXAMPLE],
    ),
]


class NewCode(Shape):
    """What the code is for: a voucher (`voucher_id`), a member card (`program_id`, where there are several; brands name
    whose, `member_id`), or a stamp at the counter (`stamp_card_id`)."""

    purpose: Purpose
    voucher_id: Annotated[str, Meta(min_length=1, max_length=60, description="Its id or code.")] | None = None
    stamp_card_id: Annotated[str, Meta(min_length=1, max_length=60, description="Its id or code.")] | None = None
    program_id: ProgramRef | None = None
    member_id: MemberRef | None = None
    life_seconds: Annotated[int, Meta(ge=10, le=120, description="How long it can be scanned.")] = 60
    printed: Annotated[bool, Meta(description="A stamp's code to hang up; it lives for `printed_days`.")] = False
    printed_days: Annotated[int, Meta(ge=1, le=400)] = 365


class CodeAnswer(Answer):
    """A code to show. The addresses of its pictures are good for as long as it is, ten minutes at most; `?size=` is the
    width in pixels, 240 to 1200. They need no login: give them to nobody but who is to show the code."""

    token: TokenText
    expires_at: Moment
    svg_url: str
    png_url: str


class Scan(Use):
    """A code that was scanned. What is bought, and where, matters to a voucher as in its redemption; where also to a
    stamp. The idempotency key stands in the header or here."""

    token: TokenText
    idempotency_key: Key | None = None


class HeldAnswer(Answer):
    """What a member has in the program."""

    available: Annotated[int, Meta(description="Points that can be spent.")]
    pending: int
    held: int
    debt: int


class MemberCardAnswer(Answer):
    """Who showed a member card, as much as a till needs to know. Points are collected and spent by the card number."""

    membership_id: UUID
    member_id: UUID
    name: Annotated[str, Meta(description="First name and initial.", examples=["Ana S."])]
    card_number: str
    program_id: UUID
    program_code: str
    currency: Annotated[str, Meta(description="What the program's points are called.")]
    status: Literal["active", "suspended", "closed"]
    tier: Annotated[str | None, Meta(description="The tier's code.")]
    balance: HeldAnswer


class ScanAnswer(Answer):
    """What came of a code, by its purpose: a redemption, a member or stamps."""

    purpose: Purpose
    redemption: RedemptionAnswer | UnsetType = UNSET
    member: MemberCardAnswer | UnsetType = UNSET
    stamp: AddedAnswer | UnsetType = UNSET


def code_answer(token: Token) -> CodeAnswer:
    """The code with the addresses of its pictures."""
    svg_url, png_url = addresses_of(token)
    return CodeAnswer(token=token.text, expires_at=token.claims.expires_at, svg_url=svg_url, png_url=png_url)


def member_card_answer(seen: Seen) -> MemberCardAnswer:
    """Who it is."""
    part, held = seen.membership, seen.balance
    return MemberCardAnswer(
        membership_id=part.pk,
        member_id=part.member_id,
        name=masked_name(part.member.name),
        card_number=part.card_number,
        program_id=part.program_id,
        program_code=part.program.code,
        currency=part.program.unit.name,
        status=part.status,
        tier=seen.tier.code if seen.tier else None,
        balance=HeldAnswer(available=held.available, pending=held.pending, held=held.held, debt=held.debt),
    )
