"""What the rooms' registries say of ids and bodies, together, for the registry of calls."""

from loyalty.tests import (
    delivery_objects,
    exchange_objects,
    households_objects,
    inbound_objects,
    messages_objects,
    receipts_objects,
)

ROOMS = (
    exchange_objects, households_objects, receipts_objects, messages_objects, inbound_objects, delivery_objects
)  # fmt: skip
IDS = {name: ids for room in ROOMS for name, ids in room.IDS.items()}
BODIES = {operation: body for room in ROOMS for operation, body in room.BODIES.items()}
