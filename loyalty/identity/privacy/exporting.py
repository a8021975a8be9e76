"""Everything that is kept about one person as one document, told by the rooms that keep it."""

from django.db import transaction

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.models import BrandMember
from loyalty.identity.principals import Principal
from loyalty.identity.privacy.rooms import every_room
from loyalty.identity.privacy.subjects import Subject

FORMAT = "loyalty-personal-data/1"


@transaction.atomic
def export_person(subject: Subject, *, actor: str) -> dict:
    """The document, of one moment: a section for each kind of thing, empty ones too. Of a subject with a brand only
    what that brand has. Who took it is recorded. Repeating it tells what holds then."""
    document = {
        "format": FORMAT,
        "exported_at": clock.now().isoformat(),
        "member_id": subject.member_id and str(subject.member_id),
        "person_id": subject.person_id and str(subject.person_id),
        "brand": subject.brand.code if subject.brand else None,
    }
    sections: dict = {}
    for room in every_room():
        sections |= room.export(subject)
    log.record(
        "member.exported",
        brand_id=subject.brand.id if subject.brand else None,
        aggregate_id=subject.member_id or subject.person_id,
        member_id=subject.member_id,
        data={"actor": actor},
    )
    return document | {"sections": sections}


def own_subject(principal: Principal, subject: Subject) -> Subject:
    """What of the subject the principal may take out: members and operators everything, a brand's admins what it has.
    Refusals: NotFound (no brand of theirs knows the member where they may)."""
    if principal.is_operator or subject.member_id == principal.member_id:
        return subject
    brands = principal.brands_where("personal_data.export") or []
    link = BrandMember.objects.filter(member=subject.member, brand__in=list(brands)).select_related("brand").first()
    if link is None:
        raise NotFound()
    return Subject(member=subject.member, brand=link.brand)
