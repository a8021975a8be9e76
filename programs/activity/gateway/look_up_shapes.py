"""Shapes of looking somebody up at a till. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.shapes import UUID, Answer, Moment, Shape
from loyalty.identity.masks import masked_email, masked_name, masked_phone
from programs.activity.gateway.look_up import AtTill, Part, Shown
from programs.activity.serializers import CardNumber, ProgramRef, Ref
from programs.rewards.qr.serializers import HeldAnswer, TokenText

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["ana@example.com"])]
Phone = Annotated[str, Meta(min_length=4, max_length=40, examples=["06 1234 5678"])]


class LookUpFilters(Shape):
    """What somebody shows or says, one of these; with `program_id` only their part in that program is told. What stands
    in an address may be kept in logs on its way: e-mail and phone are better sent by POST."""

    card_number: CardNumber | None = None
    external_id: Ref | None = None
    email: Email | None = None
    phone: Phone | None = None
    program_id: ProgramRef | None = None


class LookUp(LookUpFilters):
    """What somebody shows or says, one of these; `qr` is the text of a member card's code, which is used up."""

    qr: TokenText | None = None


class CardAnswer(Answer):
    """Somebody's part in a program."""

    program_id: UUID
    program_code: str
    currency: Annotated[str, Meta(description="What the program's points are called.")]
    card_number: str
    status: Literal["active", "suspended", "closed"]
    tier: Annotated[str | None, Meta(description="The tier's code.")]
    balance: HeldAnswer


class OfferedAnswer(Answer):
    """A reward that they may claim now, by `POST /api/offers/{reward_id}/claim`."""

    reward_id: UUID
    program_id: UUID
    name: str
    points: Annotated[int, Meta(description="What it costs.")]


class HeldVoucherAnswer(Answer):
    """A voucher that they can use now, by `POST /api/vouchers/{id}/redeem`."""

    id: UUID
    program_id: UUID
    name: str
    expires_at: Moment | None


class AtTillAnswer(Answer):
    """Somebody at the till: enough to greet them and to see that it is them, and what a till does for them."""

    member_id: UUID
    external_id: str | None
    name: Annotated[str, Meta(description="First name and initial.", examples=["Ana S."])]
    email: Annotated[str, Meta(description="Its first letter and what stands behind the @.")]
    phone: Annotated[str, Meta(description="Its beginning and its end.")]
    cards: list[CardAnswer]
    offers: Annotated[list[OfferedAnswer], Meta(description="Twenty at most.")]
    vouchers: Annotated[list[HeldVoucherAnswer], Meta(description="Twenty at most, those that end first.")]


def shown_in(asked: LookUpFilters) -> Shown:
    """What was shown. Refused as Invalid unless it is just one thing."""
    names = ("card_number", "external_id", "email", "phone", "qr")
    given = {name: value for name in names if (value := getattr(asked, name, None)) is not None}
    if len(given) != 1:
        detail = "Give one of card_number, external_id, email, phone and qr."
        raise Invalid([{"pointer": "/card_number", "code": "one-of", "detail": detail}])
    given = {name: value.replace("\0", "") for name, value in given.items()}
    if "card_number" in given:
        given["card_number"] = given["card_number"].replace(" ", "")
    if "phone" in given:
        # In the query of an address a plus that is not quoted means a space.
        given["phone"] = "+" + given["phone"].strip() if given["phone"].startswith(" ") else given["phone"]
    return Shown(**given)


def at_till_answer(found: AtTill) -> AtTillAnswer:
    """Who it is."""
    member = found.member
    return AtTillAnswer(
        member_id=member.pk,
        external_id=found.external_id,
        name=masked_name(member.name),
        email=masked_email(member.email),
        phone=masked_phone(member.phone),
        cards=[_card(part) for part in found.parts],
        offers=[
            OfferedAnswer(
                reward_id=offer.reward.pk,
                program_id=offer.reward.program_id,
                name=offer.reward.name,
                points=offer.reward.points_cost,
            )
            for offer in found.offers
        ],
        vouchers=[
            HeldVoucherAnswer(
                id=voucher.pk,
                program_id=voucher.program_id,
                name=voucher.terms.get("name") or "",
                expires_at=voucher.expires_at,
            )
            for voucher in found.vouchers
        ],
    )


def _card(part: Part) -> CardAnswer:
    card, held = part.membership, part.balance
    return CardAnswer(
        program_id=card.program_id,
        program_code=card.program.code,
        currency=card.program.unit.name,
        card_number=card.card_number,
        status=card.status,
        tier=part.tier.code if part.tier else None,
        balance=HeldAnswer(available=held.available, pending=held.pending, held=held.held, debt=held.debt),
    )
