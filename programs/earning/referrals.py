"""Members bring others into a program: the codes that they give their friends, and who brought whom. What is given for
it is a rule's matter."""

import secrets
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity.devices.fingerprints import Seen
from loyalty.identity.devices.models import Device
from loyalty.identity.models import BrandMember, Member
from programs.earning.models import Referral
from programs.membership import enrolment
from programs.membership.models import Membership, Program

# Without those that are taken for one another when they are read out or typed: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
CODE_CHARS = 8
POINTER = "/referral_code"


def referral_code_of(membership: Membership) -> str:
    """The code that the member gives their friends for this program, made when it is first asked for; the same one
    ever after."""
    while not membership.referral_code:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))
        try:
            with transaction.atomic():
                Membership.objects.filter(pk=membership.pk, referral_code=None).update(referral_code=code)
        except IntegrityError:
            # Somebody has this one already, as one in billions does.
            continue
        membership.refresh_from_db(fields=["referral_code"])
    return membership.referral_code


def cleaned(code: str) -> str:
    """A code as it is kept: people type it in small letters, with spaces and dashes."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


@transaction.atomic
def enrol_by_code(
    program: Program, friend: Member, *, code: str, actor: str, device: str = "", is_joining: bool = False
) -> Membership:
    """Makes the friend take part in the program, brought by the member whose code it is. With `is_joining` by their own
    wish, so that the brand knows them from now on; `device` is then the app's own id of what they join on. Repeating it
    with the same code returns the membership. Refusals, in order of precedence: Invalid (the code: unknown, their own,
    of who takes part already or once did, of the same person by login, e-mail, phone or device), and those of `enrol`
    and `join`."""
    referrer = _referrer(program, code)
    if referrer.member_id == friend.id:
        raise _no("own-code", "This is your own code; it is for your friends.")
    if known := Membership.objects.filter(program=program, member=friend).first():
        if Referral.objects.filter(program=program, friend=friend, referrer=referrer.member_id).exists():
            return known
        raise _no("already-a-member", "A code is for who does not take part in the program yet.")
    if is_joining:
        membership = enrolment.join(program, friend, actor=actor)
    else:
        membership = enrolment.enrol(program, friend, actor=actor)
    # The brand knows them both by now, and so can tell.
    if _is_same_person(program, referrer.member, friend, device):
        raise _no("same-person", "A code is for somebody else than whose it is.")
    try:
        with transaction.atomic():
            referral = Referral.objects.create(program=program, referrer=referrer.member, friend=friend)
    except IntegrityError as clash:
        raise _no("already-a-member", "A code is for who does not take part in the program yet.") from clash
    log.record(
        "referral.made",
        brand_id=program.brand_id,
        aggregate_id=membership.id,
        member_id=friend.id,
        program_id=program.id,
        data={"actor": actor, "referral_id": str(referral.id), "referrer_id": str(referrer.member_id)},
    )
    return membership


def _referrer(program: Program, code: str) -> Membership:
    """Whose code it is; they have to take part still."""
    active = Membership.objects.filter(program=program, status=Membership.Status.ACTIVE, member__is_active=True)
    found = active.select_related("member").filter(referral_code=cleaned(code)[:CODE_CHARS] or None).first()
    if found is None or len(cleaned(code)) != CODE_CHARS:
        raise _no("unknown-code", "Nobody who takes part in this program has this code.")
    return found


def _is_same_person(program: Program, referrer: Member, friend: Member, device: str) -> bool:
    """Whether both log in as one, are reached in the same way as far as the brand knows, or use one device. Browsers
    and networks do not count: families share them."""
    if referrer.person_id and referrer.person_id == friend.person_id:
        return True
    known = BrandMember.objects.filter(brand_id=program.brand_id, member_id__in=[referrer.id, friend.id])
    reached: dict[UUID, tuple] = {link.member_id: (link.email_index, link.phone_index) for link in known}
    theirs, own = reached.get(referrer.id, (None, None)), reached.get(friend.id, (None, None))
    if any(one and one == other for one, other in zip(theirs, own, strict=True)):
        return True
    if not device or not referrer.person_id:
        return False
    fingerprint = Seen(device=device).fingerprint(referrer.person_id)
    return Device.objects.filter(person_id=referrer.person_id, fingerprint=fingerprint).exists()


def _no(code: str, detail: str) -> Invalid:
    return Invalid([{"pointer": POINTER, "code": code, "detail": detail}])
