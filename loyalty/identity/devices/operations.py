"""What happens to the devices of a person, and what makes a person's redemptions wait for a code: a new device, another
e-mail address, another phone number."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.devices import codes
from loyalty.identity.devices.fingerprints import Seen
from loyalty.identity.devices.models import Device, OneTimeCode
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Brand, Member, Person
from loyalty.identity.principals import Principal

DEVICES_MAX = 50


def is_known(person: Person, seen: Seen) -> bool:
    """Whether the person has logged in with this device before."""
    return Device.objects.filter(person=person, fingerprint=seen.fingerprint(person.id)).exists()


def remember(person: Person, seen: Seen) -> Device:
    """The device that the person logs in with. The first one is trusted; any later new one starts a cool-down, and
    the person is told by e-mail. The caller holds the person's row and the transaction. Repeating it only notes the
    time."""
    now = clock.now()
    device = Device.objects.filter(person=person, fingerprint=seen.fingerprint(person.id)).first()
    if device:
        Device.objects.filter(id=device.id).update(last_seen_at=now)
        return device
    others = Device.objects.filter(person=person).order_by("-last_seen_at")
    is_first = not others.exists()
    for old in others[DEVICES_MAX - 1 :]:
        _forget(old)
    device = Device.objects.create(
        person=person, fingerprint=seen.fingerprint(person.id), label=seen.label, first_seen_at=now, last_seen_at=now
    )
    log.record("device.added", brand_id=None, aggregate_id=person.id, data={"device_id": str(device.id)})
    if not is_first:
        start_cool_down(person)
        send_mail_later("new_device", person.id, {"device_id": str(device.id)})
    return device


def forget_device(principal: Principal, device_id: UUID) -> None:
    """Forgets one of the caller's devices: its sessions end at once, and it is new when it comes back. Repeating it is
    refused. Refusals: NotFound."""
    with transaction.atomic():
        device = Device.objects.select_for_update().filter(person_id=principal.id, id=device_id).first()
        if device is None:
            raise NotFound("There is no such device, or it is not yours.")
        _forget(device)
        data = {"device_id": str(device_id), "actor": principal.actor}
        log.record("device.forgotten", brand_id=None, aggregate_id=principal.id, data=data)


def start_cool_down(person: Person) -> None:
    """From now on the person confirms redemptions with a code, as long as each brand says. Repeating it starts anew."""
    Person.objects.filter(id=person.id).update(cool_down_from=clock.now())


def contact_changed(member: Member, *, old_email: str = "") -> None:
    """To be called in the transaction in which a member's contact e-mail or phone was changed, with the address
    before (empty: not changed, or there was none). The person behind the member, if there is one, is told at the old
    address and at that of their login, and their cool-down starts."""
    person = Person.objects.filter(member=member).first()
    if person is None:
        return
    start_cool_down(person)
    send_mail_later("contact_changed", person.id)
    if old_email and old_email.lower() != person.email:
        kept = codes.keep_address(person, OneTimeCode.Purpose.EMAIL, old_email)
        send_mail_later("contact_changed", person.id, address_id=kept.id)


def keep_trusting(person: Person, address: str) -> None:
    """Codes go to this address, what the person logged in with until now, as long as a brand's cool-down may last."""
    hours = Brand.objects.aggregate(hours=Max("cool_down_hours"))["hours"] or 0
    if hours:
        codes.keep_address(person, OneTimeCode.Purpose.STEP_UP, address, lifetime=timedelta(hours=hours))


@prepares("new_device")
def prepare_new_device(person: Person, facts: dict) -> dict | None:
    """What the device is called; one that was forgotten meanwhile is not told of."""
    device = Device.objects.filter(id=facts["device_id"], person=person).first()
    return {"device": device.label} if device else None


def _forget(device: Device) -> None:
    rows = OutstandingToken.objects.filter(
        user_id=device.person_id, token__startswith=f"{device.id.hex}.", expires_at__gt=clock.now()
    )
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=row) for row in rows], ignore_conflicts=True)
    device.delete()
