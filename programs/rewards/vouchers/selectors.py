"""Questions about vouchers: which of them somebody sees in lists."""

from datetime import datetime

from django.db.models import Q, QuerySet

from loyalty.errors import Invalid
from loyalty.identity.models import Location
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.rewards.models import Voucher

Status = Voucher.Status


def visible_vouchers(principal: Principal) -> QuerySet[Voucher]:
    """The vouchers of the brands where the principal may list them, and a member's own; each with its program."""
    vouchers, brands = Voucher.objects.select_related("program"), principal.brands_where("vouchers.view")
    if brands is None:
        return vouchers
    theirs = Q(brand_id__in=brands)
    if principal.member_id:
        theirs |= Q(member_id=principal.member_id)
    return vouchers.filter(theirs)


def having_status(status: str, at: datetime) -> Q:
    """Vouchers of this status as it is read at that moment: what has run out is expired, swept or not."""
    is_open = Q(status__in=[Status.ISSUED, Status.CLAIMED])
    is_past = Q(expires_at__isnull=False, expires_at__lte=at)
    if status == Status.EXPIRED:
        return Q(status=Status.EXPIRED) | (is_open & is_past)
    return Q(status=status) & ~is_past if status in (Status.ISSUED, Status.CLAIMED) else Q(status=status)


def taken_at(principal: Principal, ref: str) -> Q:
    """Vouchers that can be redeemed at the location with this code or id: of its brand, and naming it among their
    locations or none at all. A code may be several brands'. Refusals: Invalid (none of them has it)."""
    uuid = as_uuid(ref)
    locations = Location.objects.filter(id=uuid) if uuid else Location.objects.filter(code=ref)
    if not principal.is_operator and not principal.member_id:
        locations = locations.filter(brand_id__in=principal.brand_ids)
    found = list(locations[:100])
    if not found:
        detail = f"There is no location {ref}."
        raise Invalid([{"pointer": "/location_id", "code": "unknown-location", "detail": detail}])
    anywhere = Q(terms__locations=[]) | Q(terms__locations__isnull=True)
    named = Q()
    for location in found:
        named |= Q(brand_id=location.brand_id) & (anywhere | Q(terms__locations__contains=[location.code]))
    return named
