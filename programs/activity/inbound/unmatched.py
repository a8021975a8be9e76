"""Purchases of nobody who is known: a room above keeps them until somebody claims them, and says so here."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from loyalty.identity.principals import Principal
from programs.activity.purchases import PurchaseRequest
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest

KEEP = "keep"
"""What the data of an event says under `unmatched` where its purchase is to be kept though it names nobody."""


class Keeper(Protocol):
    """Who keeps them."""

    def keep(self, principal: Principal, request: PurchaseRequest) -> UUID:
        """Keeps a purchase; answers what it is kept as. Repeating it keeps it once."""

    def find(self, program_ids: Collection[UUID], reference: str) -> tuple[UUID, str] | None:
        """What the purchase of this reference is kept as, and its currency; None where it is not."""

    def come_back(self, principal: Principal, kept_id: UUID, request: ReturnRequest) -> Recorded | None:
        """Takes off what came back; of a purchase that was claimed it is a return, which is answered."""


_keepers: list[Keeper] = []


def register_keeper(keeper: Keeper) -> None:
    """Says who keeps purchases of nobody; the last one that says so counts."""
    _keepers[:] = [keeper]


def keeper() -> Keeper | None:
    """Who keeps them, if anybody does."""
    return _keepers[0] if _keepers else None


def is_to_be_kept(data: object) -> bool:
    """Whether an event with this data wants its purchase kept."""
    return isinstance(data, dict) and data.get("unmatched") == KEEP and keeper() is not None
