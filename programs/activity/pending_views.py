"""The address where pending points are let go."""

from typing import Annotated

from msgspec import Meta

from ledger.errors import AccountClosed
from loyalty.errors import NotFound
from loyalty.http.idempotency import REPLAYED
from loyalty.http.schema import operation
from loyalty.http.shapes import UUID, Answer, Moment, Shape, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.selectors import as_uuid
from programs.activity.releasing import Released, release_transaction

_RELEASED = {
    "transaction_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "points": 152,
    "released_at": "2026-10-01T12:00:00Z",
}


class ReleasePending(Shape):
    """Nothing to say."""


class ReleasedAnswer(Answer):
    """Points that waited and can be spent from `released_at` on; null where none waited."""

    transaction_id: UUID
    points: Annotated[int, Meta(description="Also what others got for the purchase.")]
    released_at: Moment | None


class ReleasePendingView(ApiView):
    """Pending points of a transaction."""

    @operation(
        "Release pending points",
        id="release_pending",
        tags="Transactions",
        allow="points.release",
        request=ReleasePending,
        answers={200: ReleasedAnswer},
        problems=(NotFound, ScopeMissing, OwnRequest, AccountClosed),
        examples={"request": {}, 200: _RELEASED},
    )
    def post(self, request, transaction):
        """Makes the points available that still wait, for some days or for an event. It needs no key: a transaction is
        released once, and repeating it gives the first answer again."""
        read(request, ReleasePending)
        transaction_id = as_uuid(transaction)
        if transaction_id is None:
            raise NotFound()
        released = release_transaction(self.principal, transaction_id)
        return reply(_answer(released), headers=REPLAYED if released.is_replayed else None)


def _answer(released: Released) -> ReleasedAnswer:
    return ReleasedAnswer(transaction_id=released.transaction_id, points=released.points, released_at=released.at)
