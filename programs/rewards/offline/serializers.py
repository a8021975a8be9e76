"""Shapes of tills and of what they bring, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType, from_minor
from programs.rewards.offline.items import LocationRef, OfflineItem
from programs.rewards.offline.models import TillDevice
from programs.rewards.offline.verdicts import Outcome

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^\S(.*\S)?\Z", examples=["Counter 1"])]
PublicKey = Annotated[str, Meta(max_length=60, description="Ed25519, 32 bytes in base64url without padding.")]
OfflineMax = Annotated[int, Meta(ge=0, le=100_000, description="How many vouchers it redeems a day without a line.")]
Status = Literal["active", "quarantined", "revoked"]


class NewTill(Shape):
    """A till with the public half of its key. `proof` is the key's signature over the UTF-8 text `LY1-TILL`, a line
    feed, `public_key`, a line feed, `name`."""

    name: Name
    public_key: PublicKey
    proof: Annotated[str, Meta(max_length=100, description="Ed25519 signature, base64url without padding.")]
    location_id: LocationRef | None = None
    brand_id: Annotated[str, Meta(max_length=60, description="Where the caller has several brands.")] | None = None


class TillPatch(Shape):
    """What changes."""

    name: Name | UnsetType = UNSET
    location_id: LocationRef | UnsetType | None = UNSET
    offline_max: OfflineMax | UnsetType = UNSET


class TillFilters(Filters):
    """Which tills."""

    status: Status | None = None


class RevokeQuery(Shape):
    """Why it is revoked; staff read it."""

    reason: Annotated[str, Meta(max_length=200)] = ""


class TillAnswer(Answer):
    """A till. `last_sequence` and `last_digest` are the last item of its queue that is in the books; `waiting` is how
    many of its items are held for review."""

    id: UUID
    name: str
    brand_id: UUID
    brand_code: Annotated[str, Meta(description="The audience that its tokens must have.")]
    location_id: UUID | None
    location_code: str | None
    public_key: str
    status: Status
    note: str
    offline_max: int
    last_sequence: int
    last_digest: str
    waiting: int
    last_seen_at: Moment | None
    revoked_at: Moment | None
    created_at: Moment


class ScansBody(Shape):
    """A till's queue, or a part of it."""

    scans: Annotated[list[OfflineItem], Meta(min_length=1, max_length=500)]


class AnyScans(Shape):
    """The same with items that are read one by one, so that one that cannot be read does not hold the others up."""

    scans: Annotated[list[dict], Meta(min_length=1, max_length=500)]


class VerdictAnswer(Answer):
    """What became of one item. `reason` is a code; `discount` is the money that an accepted voucher took off."""

    sequence: int | None
    verdict: Literal["accepted", "already_used", "expired_then", "held", "refused"]
    reason: str | None
    detail: str | None
    use_id: UUID | None
    discount: str | None
    currency: str | None


class ScansAnswer(Answer):
    """The verdicts in the order of the items, and what time it is here, for tills to see how far theirs is off."""

    received_at: Moment
    verdicts: list[VerdictAnswer]


def till_answer(till: TillDevice) -> TillAnswer:
    return TillAnswer(
        id=till.id,
        name=till.name,
        brand_id=till.brand_id,
        brand_code=till.brand.code,
        location_id=till.location_id,
        location_code=till.location.code if till.location else None,
        public_key=till.public_key,
        status=till.status,
        note=till.note,
        offline_max=till.offline_max,
        last_sequence=till.last_sequence,
        last_digest=till.last_digest,
        waiting=getattr(till, "waiting", 0),
        last_seen_at=till.last_seen_at,
        revoked_at=till.revoked_at,
        created_at=till.created_at,
    )


def verdict_answer(outcome: Outcome) -> VerdictAnswer:
    minor = outcome.discount_minor
    has_money = minor is not None and bool(outcome.currency)
    return VerdictAnswer(
        sequence=outcome.sequence,
        verdict=outcome.verdict,
        reason=outcome.reason or None,
        detail=outcome.detail or None,
        use_id=outcome.use_id,
        discount=from_minor(minor, outcome.currency) if has_money else None,
        currency=outcome.currency if has_money else None,
    )


def changes(patch: TillPatch) -> dict:
    """What of a till changes, in the operation's words."""
    given = {"name": patch.name, "offline_max": patch.offline_max, "location": patch.location_id}
    found = {name: value for name, value in given.items() if value is not UNSET}
    return found | ({"location": found["location"] or ""} if "location" in found else {})
