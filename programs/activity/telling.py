"""Events about many members' points at once, in the log of their memberships."""

from collections.abc import Iterable
from datetime import datetime

from loyalty.events import log


def tell(type_: str, found: Iterable[dict], *, at: datetime) -> None:
    """Records an event for each {membership_id, member_id, program_id, brand_id, data}, in the caller's transaction and
    in their order for each membership: one round trip for each brand, and one more for each further event that some
    membership has. Repeating it records them again."""
    before: dict = {}
    layers: dict[tuple, list[dict]] = {}
    for one in found:
        nth = before[one["membership_id"]] = before.get(one["membership_id"], -1) + 1
        event = {
            "type": type_,
            "aggregate_id": one["membership_id"],
            "member_id": one["member_id"],
            "program_id": one["program_id"],
            "data": one["data"],
        }
        layers.setdefault((one["brand_id"], nth), []).append(event)
    for (brand_id, _), events in layers.items():
        log.record_many(events, brand_id=brand_id, occurred_at=at)
