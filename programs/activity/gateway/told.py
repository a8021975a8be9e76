"""The events of receipts."""

from loyalty.events.catalogue import declare

declare(
    "receipt.recorded",
    title="A receipt can be claimed",
    description="A till told a purchase without a member; whoever holds the receipt can claim its points.",
    aggregate="receipt",
    data={
        "reference": "text",
        "amount_minor": "integer",
        "currency": "text",
        "location_id": "text",
        "expires_at": "moment",
    },
    personal=("reference",),
)
declare(
    "receipt.claimed",
    title="A receipt was claimed",
    description="A member got the points of a receipt; `points` are those left after what had come back of it.",
    aggregate="receipt",
    data={"reference": "text", "transaction_id": "uuid", "points": "integer"},
    personal=("reference",),
)
_CAME_BACK = {
    "reference": "text",
    "return_reference": "text",
    "amount_minor": "integer",
    "refunded_minor": "integer",
    "currency": "text",
}
declare(
    "receipt.returned",
    title="A part of a receipt came back",
    description="Goods of a receipt that nobody has claimed came back; claiming it gives so much less.",
    aggregate="receipt",
    data=_CAME_BACK,
    personal=("reference", "return_reference"),
)
declare(
    "receipt.voided",
    title="A receipt cannot be claimed any more",
    description="All goods of a receipt came back before anybody claimed it.",
    aggregate="receipt",
    data=_CAME_BACK,
    personal=("reference", "return_reference"),
)
