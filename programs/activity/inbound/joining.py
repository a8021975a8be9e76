"""A member who registered elsewhere: entered here if they are not known, and enrolled as of then."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.identity import look_ups
from loyalty.identity.errors import ExternalIdTaken
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.operations import change_member, create_member
from loyalty.identity.phones import international
from loyalty.identity.selectors import as_uuid
from programs.activity.deciding import EARLIEST
from programs.activity.inbound.errors import MemberMissing
from programs.activity.inbound.parts import MemberNames
from programs.membership.enrolment import enrol
from programs.membership.models import Membership, Program

CLOCK_SKEW = timedelta(minutes=5)


def joined(coming, program_id: UUID) -> tuple[Membership, list[str]]:
    """The membership, begun when the event says, and all names that the member goes by. Who is known by their number,
    or else by their e-mail, keeps what is known of them: an event that comes late says nothing newer. Repeating it
    answers the same. Refusals: Invalid, MemberMissing, ExternalIdTaken, EmailTaken, ProgramNotActive."""
    reading = coming.reading()
    names = reading.member()
    name, birth_date = reading.text("name", most=200), reading.day("birth_date")
    if not EARLIEST <= coming.at <= clock.now() + CLOCK_SKEW:
        reading.wrong("/time", "out-of-range", "An event lies in the past, and not before 1990.")
    reading.finish()
    brand = Brand.objects.get(pk=coming.brand_id)
    phone = international(names.phone, country=brand.country) if names.phone else ""
    if names.phone and not phone:
        reading.wrong(reading.find("phone")[1], "invalid-format", "That is no phone number.")
        reading.finish()
    if not names.any:
        raise MemberMissing()
    member = _known(brand, names, phone) or _entered(brand, names, phone, name, birth_date, coming.actor)
    if names.ref and member.external_id is None and as_uuid(names.ref) is None:
        change_member(coming.principal, member, {"external_id": names.ref})
        member.external_id = names.ref
    program = Program.objects.select_related("brand", "unit").get(pk=program_id)
    membership = enrol(program, member, joined_at=coming.at, actor=coming.actor)
    known_as = (str(member.id), member.external_id, names.ref, member.email, member.phone, membership.card_number)
    return membership, [one for one in known_as if one]


def _known(brand: Brand, names: MemberNames, phone: str) -> Member | None:
    """The member by their number at the brand, else by e-mail, else by phone, if one has it alone."""
    links = BrandMember.objects.filter(brand=brand, member__is_active=True).select_related("member")
    if names.ref:
        uuid = as_uuid(names.ref)
        found = links.filter(member_id=uuid) if uuid else links.filter(external_id=names.ref)
        if link := found.first():
            return _of(link)
    if names.card_number:
        held = Membership.objects.filter(program__brand=brand, card_number=names.card_number).values("member_id")
        if link := links.filter(member__in=held).first():
            return _of(link)
    # A phone may be a family's: it names nobody beside another name.
    is_by_phone = phone and not names.ref and not names.email
    address = {"phone": phone} if is_by_phone else {"email": names.email} if names.email else {}
    reached = look_ups.known_by([brand.id], **address) if address else BrandMember.objects.none()
    found = list(reached.filter(member__is_active=True).select_related("member")[:2])
    if len(found) == 1 and (not names.ref or found[0].external_id is None):
        return _of(found[0])
    return None


def _of(link: BrandMember) -> Member:
    link.member.external_id = link.external_id
    return link.member


def _entered(brand: Brand, names: MemberNames, phone: str, name: str, birth_date, actor: str) -> Member:
    if names.ref and as_uuid(names.ref):
        detail = "There is no member of this id; a new one is named by the brand's own number for them."
        raise Invalid([{"pointer": "/subject", "code": "invalid-external-id", "detail": detail}])
    fields = {"name": name, "email": names.email or None, "phone": phone or None, "birth_date": birth_date}
    try:
        with transaction.atomic():
            return create_member(brand, external_id=names.ref or None, actor=actor, **fields)
    except ExternalIdTaken:
        # Somebody else entered them just now.
        found = _known(brand, names, phone)
        if found is None:
            raise
        return found
