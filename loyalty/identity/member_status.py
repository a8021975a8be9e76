"""Members switched off and on again, one or many, and who looked at how to reach them. What else is changed of a member
is in `operations`."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from loyalty.errors import Conflict
from loyalty.events import log
from loyalty.identity.errors import EmailTaken
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.principals import Principal


def reactivate_member(principal: Principal, member: Member) -> None:
    """Switches a member on again who was switched off. For operators, and for the brand that entered them. Repeating
    it changes nothing. Refusals: Forbidden, Conflict (entered by another, or erased), EmailTaken (somebody has their
    e-mail address at the brand now)."""
    principal.require("members.deactivate", member.created_by_id)
    if member.created_by is None:
        raise Conflict("The member was entered by nobody's brand; a platform operator switches them on.")
    if not member.is_active and not set_active(member.created_by, [member.id], is_active=True, actor=principal.actor):
        raise EmailTaken("Another member of the brand has this e-mail address now, or the member has been erased.")


@transaction.atomic
def set_active(brand: Brand, member_ids: Iterable[UUID], *, is_active: bool, actor: str) -> list[UUID]:
    """Switches off (or on again) those of the members whom the brand entered, whom no other brand knows and who are not
    so already; on again only whose e-mail nobody else has at the brand. Answers whom it did; a constant number of
    statements, each with its event. Repeating it changes nothing. Who may, the caller has seen to."""
    elsewhere = BrandMember.objects.filter(member=OuterRef("pk")).exclude(brand=brand)
    members = Member.objects.select_for_update(no_key=True).filter(id__in=list(member_ids), created_by=brand)
    members = members.filter(is_active=not is_active, erased_at=None).exclude(Exists(elsewhere)).order_by("id")
    found = list(members.values_list("id", flat=True))
    if is_active:
        others = BrandMember.objects.filter(
            brand=brand, email_index=OuterRef("email_index"), member__is_active=True
        ).exclude(member=OuterRef("member"))
        taken = BrandMember.objects.filter(brand=brand, member__in=found, email_index__isnull=False)
        found = sorted(set(found) - set(taken.filter(Exists(others)).values_list("member_id", flat=True)))
    Member.objects.filter(id__in=found).update(is_active=is_active, version=F("version") + 1)
    type_ = "member.reactivated" if is_active else "member.deactivated"
    _record(type_, brand.id, found, {"actor": actor})
    return found


def record_contact_shown(principal: Principal, brand_id: UUID | None, member: Member) -> None:
    """Writes down that somebody looked at how to reach the member. Refusals: Forbidden."""
    principal.require("members.view", brand_id)
    with transaction.atomic():
        _record("member.contact_shown", brand_id, [member.id], {"actor": principal.actor})


def _record(type_: str, brand_id: UUID | None, member_ids: Sequence[UUID], data: dict) -> None:
    rows = [{"type": type_, "aggregate_id": each, "member_id": each, "data": data} for each in member_ids]
    log.record_many(rows, brand_id=brand_id)
