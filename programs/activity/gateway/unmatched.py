"""Purchases that shops tell of nobody who is known are kept as receipts."""

from collections.abc import Collection
from uuid import UUID

from ledger.errors import DuplicateReference, KeyReused
from loyalty.identity.principals import Principal
from programs.activity.gateway.coming_back import return_to_receipt
from programs.activity.gateway.keeping import record_receipt
from programs.activity.gateway.models import Receipt
from programs.activity.inbound.unmatched import register_keeper
from programs.activity.purchases import PurchaseRequest
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest


class Receipts:
    """The keeper of the inbox: see `programs.activity.inbound.unmatched.Keeper`."""

    def keep(self, principal: Principal, request: PurchaseRequest) -> UUID:
        """As a receipt. The same purchase told in other words is the same receipt."""
        try:
            return record_receipt(principal, request).receipt.pk
        except (KeyReused, DuplicateReference):
            same = {"amount_minor": request.amount_minor, "currency": request.currency}
            found = Receipt.objects.filter(program=request.names.program, reference=request.reference, **same)
            if (kept := found.values_list("pk", flat=True).first()) is None:
                raise
            return kept

    def find(self, program_ids: Collection[UUID], reference: str) -> tuple[UUID, str] | None:
        """The receipt, claimed or not."""
        found = Receipt.objects.filter(program__in=program_ids, reference=reference).order_by("recorded_at")
        return found.values_list("pk", "currency").first()

    def come_back(self, principal: Principal, kept_id: UUID, request: ReturnRequest) -> Recorded | None:
        """Off the receipt, or of the purchase that it became."""
        done = return_to_receipt(principal, kept_id, request)
        return done if isinstance(done, Recorded) else None


register_keeper(Receipts())
