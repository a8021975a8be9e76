"""Questions about tills and what they sent."""

from django.db.models import Count, Q, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.models import Staff
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.rewards.offline.models import OfflineScan, TillDevice

WAITING = Count("scans", filter=Q(scans__verdict=OfflineScan.Verdict.HELD))


def tills_of(brand_ids: list | None) -> QuerySet[TillDevice]:
    """The tills of these brands, of all with None; each with `waiting`, how many of its items are held for review."""
    tills = TillDevice.objects.select_related("brand", "location").annotate(waiting=WAITING)
    return tills if brand_ids is None else tills.filter(brand__in=brand_ids)


def visible_tills(principal: Principal) -> QuerySet[TillDevice]:
    """The tills of the brands at which the principal sees them."""
    return tills_of(principal.brands_where("tills.view"))


def find_till(principal: Principal, ref: str, permission: str) -> TillDevice:
    """The till by its id, for whoever may do that at its brand. Refusals: NotFound, Forbidden, ScopeMissing."""
    uuid = as_uuid(ref)
    till = tills_of(principal.brand_ids).filter(pk=uuid).first() if uuid else None
    if till is None:
        raise NotFound("There is no such till.")
    principal.require(permission, till.brand_id)
    return till


def visible_scans(principal: Principal) -> QuerySet[OfflineScan]:
    """What tills sent, of the brands at which the principal sees it."""
    scans = OfflineScan.objects.select_related("till__location", "till__brand", "voucher", "member")
    brands = principal.brands_where("offline_scans.view")
    return scans if brands is None else scans.filter(till__brand__in=brands)


def bearer_of(till: TillDevice) -> str:
    """Who bears what the till handed out and nothing covers: the partner whose post registered it, else the brand."""
    kind, _, ref = till.created_by.partition(":")
    if kind != "person" or not as_uuid(ref):
        return "brand"
    post = Staff.objects.filter(person=as_uuid(ref), brand=till.brand_id, role=Staff.Role.PARTNER)
    return "partner" if post.exists() else "brand"
