"""Questions about receipts: which of them somebody sees."""

from django.db.models import Q, QuerySet

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member
from programs.activity.gateway.models import Receipt
from programs.membership.selectors import find_program


def visible_receipts(principal: Principal) -> QuerySet[Receipt]:
    """The receipts of programs of the brands where the principal may see them; of an operator all."""
    brands = principal.brands_where("receipts.view")
    return Receipt.objects.all() if brands is None else Receipt.objects.filter(program__brand_id__in=brands)


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
    return found if asked.status is None else found.filter(_having_status(asked.status))


def find_receipt(principal: Principal, ref: str) -> Receipt:
    """The visible receipt of that id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = visible_receipts(principal).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such receipt, or it is not yours to see.")
    return found


def _having_status(status: str) -> Q:
    is_over = Q(expires_at__lte=clock.now())
    if status == "expired":
        return Q(status=Receipt.Status.OPEN) & is_over
    return Q(status=Receipt.Status.OPEN) & ~is_over if status == Receipt.Status.OPEN else Q(status=status)
