"""One move at a place, asked for under a sender's key: what deposits, redemptions, holds and adjustments share."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from ledger.posting import Move, post_one
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.places import Names, Place, find_places, refusal_of
from programs.activity.records import Asked, Recorded, earlier_answers
from programs.earning.lifetimes import extension
from programs.membership.assessing import raise_tiers


def fingerprint_of(*said) -> bytes:
    """What makes two requests the same: all that they say."""
    return hashlib.sha256(msgspec.json.encode(said)).digest()


def find_place(principal: Principal, names: Names) -> Place:
    """The one place that the names mean; raises NotFound."""
    (place,) = find_places(principal, [names])
    if isinstance(place, LoyaltyError):
        raise place
    return place


def first_answer_or_raise(asked: Asked, refusal: LoyaltyError) -> Recorded:
    """The answer that the key was given before, or KeyReused, or `refusal`, which stands against doing it now."""
    (earlier,) = earlier_answers([asked])
    if earlier is None:
        raise refusal
    if isinstance(earlier, LoyaltyError):
        raise earlier
    return earlier


def move_points(
    principal: Principal,
    place: Place,
    kind: str,
    *,
    key: str,
    points: int,
    permission: str,
    said: tuple = (),
    refusal: LoyaltyError | None = None,
    reference: str = "",
    at: datetime | None = None,
    expires_at: datetime | None = None,
    public_id: UUID | None = None,
    data: dict | None = None,
) -> Recorded:
    """Moves points at a place under the sender's key. `said` is what else the request said; `refusal` stands against it
    besides those of `refusal_of`. A key that came before is answered first of all. Where points expire by inactivity
    those that are left when some are redeemed live on."""
    asked = Asked(
        place.program.brand_id,
        f"{principal.actor}:{key}",
        fingerprint_of(kind, place.program.id, place.member_id, points, reference, said),
    )
    refusal = refusal_of(principal, place, permission) or refusal
    if refusal:
        return first_answer_or_raise(asked, refusal)
    moment = at or clock.now()
    move = Move(
        kind=kind,
        account_id=place.account_id,
        key=asked.key,
        fingerprint=asked.fingerprint,
        actor=principal.actor,
        points=points,
        at=moment,
        public_id=public_id or uuid7(),
        reference=reference,
        expires_at=expires_at,
        extend_to=extension(place.program.life_terms, moment) if kind == "redeem" else None,
        program_id=place.program.id,
        data={name: value for name, value in (data or {}).items() if value not in ("", None)},
    )
    posted = post_one(move)
    if kind == "deposit":
        raise_tiers([move.account_id], at=move.at)
    return Recorded(posted, place.member_id, place.program.id)
