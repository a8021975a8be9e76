"""What the log is told of rates, bonuses and agreements: both brands hear of what is between them."""

from exchange.rates.models import Agreement, Bonus, Rate
from loyalty.events import log
from loyalty.identity.principals import Principal


def tell_both(type_: str, about: Agreement | Bonus | Rate, principal: Principal, **data) -> None:
    """Writes the event once for each of the two brands, in the caller's transaction. Repeating it writes it again."""
    told = {
        "actor": principal.actor,
        "from_program_id": str(about.from_program_id),
        "to_program_id": str(about.to_program_id),
        **data,
    }
    sides = {side.brand_id: side for side in (about.to_program, about.from_program)}
    # In one order, whichever way the pair leads: both programs' events are numbered under a lock.
    for brand_id, side in sorted(sides.items(), key=lambda found: found[1].id):
        log.record(type_, brand_id=brand_id, aggregate_id=side.id, program_id=side.id, data=told)
