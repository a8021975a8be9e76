"""Questions about receipts: which of them somebody sees, and how each stands."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member
from programs.activity.gateway.models import Receipt
from programs.activity.models import Purchase
from programs.membership.selectors import find_program

OPEN, EXPIRED, SETTLED = str(Receipt.Status.OPEN), "expired", "settled"
SAME_PURCHASE = Purchase.objects.filter(program=OuterRef("program"), reference=OuterRef("reference"))


def with_settling(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """Each with the purchase, if there is one, that was rung up for a member under the receipt's own number."""
    return receipts.annotate(settled_by=Subquery(SAME_PURCHASE.values("pk")[:1]))


def state_of(receipt: Receipt) -> str:
    """How it stands now. An open one is settled when its purchase was rung up again for a member, else it can be
    claimed until it expires."""
    if receipt.status != OPEN:
        return str(receipt.status)
    if receipt.settled_by:
        return SETTLED
    return EXPIRED if receipt.expires_at <= clock.now() else OPEN


def having_state(state: str) -> Q:
    """The receipts that stand so: see `state_of`."""
    if state not in (OPEN, EXPIRED, SETTLED):
        return Q(status=state)
    is_open, is_settled = Q(status=OPEN), Exists(SAME_PURCHASE)
    if state == SETTLED:
        return is_open & is_settled
    is_over = Q(expires_at__lte=clock.now())
    return is_open & ~is_settled & (is_over if state == EXPIRED else ~is_over)


def visible_receipts(principal: Principal) -> QuerySet[Receipt]:
    """The receipts of programs of the brands where the principal may see them; of an operator all."""
    brands, found = principal.brands_where("receipts.view"), with_settling(Receipt.objects.all())
    return found if brands is None else found.filter(program__brand_id__in=brands)


def filter_receipts(principal: Principal, asked) -> QuerySet[Receipt]:
    """Those of them that the filters (`serializers.ReceiptFilters`) ask for. Refusals: NotFound (program, member)."""
    found = visible_receipts(principal)
    if asked.program_id is not None:
        found = found.filter(program=find_program(principal, asked.program_id))
    if asked.member_id is not None:
        found = found.filter(member=find_member(principal, asked.member_id))
    if asked.reference is not None:
        found = found.filter(reference=asked.reference.replace("\0", ""))
    if asked.location_id is not None:
        found = found.filter(location_id=asked.location_id.replace("\0", ""))
    return found if asked.status is None else found.filter(having_state(asked.status))


def find_receipt(principal: Principal, ref: str) -> Receipt:
    """The visible receipt of that id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = visible_receipts(principal).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such receipt, or it is not yours to see.")
    return found
