"""The address where tills and shops tell of goods that come back by the receipt, or without one."""

from typing import Annotated

from msgspec import Meta

from loyalty.http.money import to_minor
from loyalty.http.schema import operation
from loyalty.http.shapes import Currency, Money, Shape, read
from loyalty.http.views import ApiView
from programs.activity import docs, serializers
from programs.activity.models import Purchase
from programs.activity.places import Place
from programs.activity.points import find_place
from programs.activity.returns import ReturnRequest, return_purchase
from programs.activity.serializers import CardNumber, MemberRef, Moment, ProgramRef, Reference
from programs.activity.unlinked_returns import UnlinkedReturn, record_unlinked_return
from programs.activity.views import TAG, transaction_reply


class TillReturn(Shape):
    """Goods worth `amount` that came back. `purchase_reference` is the receipt they were bought with; without one, or
    with one that nobody knows, the return is written down and takes no points."""

    program_id: ProgramRef
    member_id: MemberRef | None = None
    card_number: CardNumber | None = None
    reference: Reference
    amount: Money
    currency: Currency
    purchase_reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    occurred_at: Moment | None = None


class TillReturnView(ApiView):
    """Goods that come back at a till."""

    @operation(
        "Return goods at a till", id="till_return", tags=TAG, allow="points.return", request=TillReturn,
        **docs.TILL_RETURN,
    )  # fmt: skip
    def post(self, request):
        """Takes back the points of what came back, where the purchase is known by its receipt; else it is only written
        down. The `reference` stands for an idempotency key: the same return again answers the first answer."""
        body = read(request, TillReturn)
        place = find_place(self.principal, serializers.names_in(body))
        bought = _bought(place, body)
        if bought is not None:
            asked = ReturnRequest(
                reference=body.reference, purchase_id=bought, amount=body.amount, occurred_at=body.occurred_at
            )
            return transaction_reply(return_purchase(self.principal, asked))
        return transaction_reply(record_unlinked_return(self.principal, _unlinked(body)))


def _bought(place: Place, body: TillReturn):
    """The id of the member's purchase with that receipt; None where there is none."""
    if body.purchase_reference is None:
        return None
    known = Purchase.objects.filter(
        program=place.program.id, member=place.member_id, reference=body.purchase_reference, currency=body.currency
    )
    return known.order_by("recorded_at").values_list("pk", flat=True).first()


def _unlinked(body: TillReturn) -> UnlinkedReturn:
    return UnlinkedReturn(
        names=serializers.names_in(body),
        reference=body.reference,
        amount_minor=to_minor(body.amount, body.currency),
        currency=body.currency,
        occurred_at=body.occurred_at,
    )
