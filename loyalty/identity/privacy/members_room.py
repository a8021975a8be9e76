"""What identity keeps of members: their profile, what brands call them, notes about them, what they agreed to."""

from loyalty import clock
from loyalty.history.tracking import KINDS
from loyalty.identity.models import BrandMember, Member, MemberNote
from loyalty.identity.privacy.models import ConsentChange
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, Traces
from loyalty.sealed.fields import Ciphertext, SealBroken

NOTHING = {"name": "", "email": None, "phone": None, "birth_date": None, "address": None, "data_key": None}
PHONE_DIGITS = 8


def find(subject: Subject, traces: Traces) -> None:
    """What names a member: what is known now, and what the history knows from before."""
    member = subject.member
    if member is None:
        return
    links = BrandMember.objects.filter(member=member, **subject.of_brand())
    traces.ids |= {str(pk) for pk in links.values_list("pk", flat=True)}
    traces.add(links.exclude(external_id=None).values_list("external_id", flat=True))
    notes = MemberNote.objects.filter(member=member, **subject.of_brand())
    traces.ids |= {str(pk) for pk in notes.values_list("pk", flat=True)}
    former = KINDS["loyalty.brandmember"].history._default_manager.filter(member_id=member.id, **subject.of_brand())
    traces.add(former.exclude(external_id=None).values_list("external_id", flat=True))
    _find_profile(member, traces)
    for record in KINDS["loyalty.member"].history._default_manager.filter(id=member.id):
        earlier = Member(pk=member.pk, data_key=member.data_key, name=record.name or "")
        for name in ("email", "phone", "birth_date", "address"):
            kept = getattr(record, name)
            earlier.__dict__[name] = Ciphertext(kept) if kept else Member._meta.get_field(name).empty_value
        try:
            _find_profile(earlier, traces)
        except SealBroken:
            # The row's key is gone, and with it what the record held.
            continue


def _find_profile(member: Member, traces: Traces) -> None:
    traces.add([member.name, member.email])
    # A first name alone is anybody's; so are a day and a town.
    traces.hints |= {part for part in member.name.split() if len(part) > 2}
    if member.phone:
        digits = member.phone.lstrip("+")
        traces.add([digits, digits[-PHONE_DIGITS:]])
    if member.birth_date:
        traces.hints.add(member.birth_date.isoformat())
    address = member.address or {}
    traces.add([address.get("street", "")])
    traces.hints |= {str(part) for name, part in address.items() if part and name in ("postal_code", "city")}


def export(subject: Subject) -> Told:
    links = BrandMember.objects.filter(member=subject.member, **subject.of_brand()).select_related("brand")
    notes = MemberNote.objects.filter(member=subject.member, **subject.of_brand())
    said = ConsentChange.objects.filter(member=subject.member, **subject.of_brand())
    return {
        "profile": rows_of([subject.member] if subject.member else []),
        "known_to": [row | {"brand": link.brand.code} for row, link in zip(rows_of(links), links, strict=True)],
        # Who wrote a note is that person's own data.
        "notes": rows_of(notes, without=["author"]),
        "consents": rows_of(said),
    }


def erase(erasing: Erasing) -> Counts:
    """Of a whole member an empty row is left, for the books know the id; of one brand's relation nothing. A profile
    that the brand had entered is the member's own from then on."""
    subject = erasing.subject
    found = {"member": subject.member, **subject.of_brand()}
    counts = {
        "notes": MemberNote.objects.filter(**found).delete()[0],
        "consents": ConsentChange.objects.filter(**found).delete()[0],
        "known_to": BrandMember.objects.filter(**found).delete()[0],
    }
    members = Member.objects.filter(id=subject.member_id)
    if subject.brand:
        members.filter(created_by=subject.brand).update(created_by=None)
    else:
        now = clock.now()
        counts["profile"] = members.filter(erased_at=None).update(
            **NOTHING, preferences={}, consents={}, person=None, is_active=False, erased_at=now, updated_at=now
        )
    return counts


register(
    Room(
        name="members",
        position=60,
        find=find,
        export=export,
        erase=erase,
        told={
            "loyalty.Member": "profile",
            "loyalty.BrandMember": "known_to",
            "loyalty.MemberNote": "notes",
            "loyalty.ConsentChange": "consents",
        },
    )
)
