"""Questions about messages, templates and choices that a principal may see."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from loyalty.delivery.notifications.models import Channel, Notification, NotificationTemplate
from loyalty.errors import Invalid, NotFound
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_brand


def visible_templates(principal: Principal) -> QuerySet[NotificationTemplate]:
    """The templates of the brands where the principal may see them."""
    brands = principal.brands_where("notification_templates.view")
    found = NotificationTemplate.objects.select_related("brand").defer("brand__logo")
    return found if brands is None else found.filter(brand__in=brands)


def find_template(principal: Principal, ref: str) -> NotificationTemplate:
    """The visible template of that id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = visible_templates(principal).filter(id=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such template, or it is not yours to see.")
    return found


def visible_notifications(principal: Principal) -> QuerySet[Notification]:
    """The messages of the brands where the principal may see them, by all channels; members see their inbox."""
    found = Notification.objects.select_related("member")
    brands = principal.brands_where("notifications.view")
    if brands is None:
        return found
    own = Q(member=principal.member_id, channel=Channel.INBOX, status=Notification.Status.SENT)
    if brands:
        return found.filter(Q(brand__in=brands) | own if principal.member_id else Q(brand__in=brands))
    return found.filter(own) if principal.member_id else found.none()


def inbox_brands(principal: Principal, member: Member) -> Collection[UUID] | None:
    """Of which brands the principal sees what lies in the inbox of the member that `find_member` found: members of all,
    brands their own. Refusals: NotFound."""
    if member.id == principal.member_id:
        return None
    brands = principal.brands_where("notifications.view")
    if brands is not None and set(brands).isdisjoint(member.found_at):
        raise NotFound("There is no such member, or they are not yours to see.")
    return brands


def only_brand_of(principal: Principal, member: Member, permission: str) -> UUID | None:
    """The one brand at which the principal may and that knows the member. Refusals: NotFound (there is none)."""
    brands = principal.brands_where(permission)
    if brands is None:
        return None
    known = list(BrandMember.objects.filter(member=member, brand_id__in=brands).values_list("brand_id", flat=True)[:2])
    if brands and not known:
        raise NotFound("There is no such member, or they are not yours to see.")
    return known[0] if len(known) == 1 else None


def brand_for(principal: Principal, member: Member, ref: str | None, permission: str) -> Brand:
    """The brand at which the member's choices are meant: that of the principal, for members themselves the one named,
    or the only one that knows them. Refusals: Invalid (not named, and there is more than one), NotFound, Forbidden."""
    if member.id != principal.member_id:
        brand = find_brand(principal, ref if ref is not None else only_brand_of(principal, member, permission))
        principal.require(permission, brand.id)
        if not BrandMember.objects.filter(brand=brand, member=member).exists():
            raise NotFound("There is no such member, or they are not yours to see.")
        return brand
    principal.require(permission, member_id=member.id)
    theirs = Brand.objects.filter(known_members__member=member).defer("logo").order_by("code")
    if ref is not None:
        uuid = as_uuid(ref)
        theirs = theirs.filter(id=uuid) if uuid else theirs.filter(code=str(ref).replace("\0", ""))
    found = list(theirs[:2])
    if len(found) > 1:
        raise Invalid([{"pointer": "/brand_id", "code": "required", "detail": "Say for which brand."}])
    if not found:
        raise NotFound("There is no such brand, or it is not yours to see.", pointer="/brand_id")
    return found[0]
