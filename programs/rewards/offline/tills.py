"""Tills come and go: registered with a key of their own, quarantined, released, revoked."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity.locations import location_named
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from programs.rewards.offline.chain import KEY_BYTES, bytes_of, is_signed, proof_text
from programs.rewards.offline.errors import KeyTaken, TillNotQuarantined, TillRevoked, WrongProof
from programs.rewards.offline.models import TillDevice
from programs.rewards.offline.selectors import find_till

Status = TillDevice.Status


def register_till(
    principal: Principal, brand: Brand, *, name: str, public_key: str, proof: str, location: str = ""
) -> tuple[TillDevice, bool]:
    """Registers a till by its Ed25519 key, at a location of the brand (that of who asks, if they are bound to one), and
    says whether it is new. Repeating it with the same key answers the same till.
    Refusals: Forbidden, ScopeMissing, Invalid (key, location), OtherLocation, WrongProof, TillRevoked, KeyTaken (with
    another name)."""
    principal.require("tills.add", brand.id)
    if bytes_of(public_key, KEY_BYTES) is None:
        detail = "An Ed25519 key: 32 bytes in base64url without padding."
        raise Invalid([{"pointer": "/public_key", "code": "invalid-format", "detail": detail}])
    place = location_named(principal, brand.id, location)
    if not is_signed(proof_text(name, public_key), signature=proof, public_key=public_key):
        raise WrongProof()
    with transaction.atomic():
        fields = {"name": name, "location": place, "created_by": principal.actor, "last_seen_at": clock.now()}
        till, is_new = TillDevice.objects.get_or_create(brand=brand, public_key=public_key, defaults=fields)
        if is_new:
            _record("till.registered", till, name=name, location=place.code if place else "", actor=principal.actor)
    if till.status == Status.REVOKED:
        raise TillRevoked("The till with this key has been revoked; register it with a new one.")
    if till.name != name:
        raise KeyTaken()
    return till, is_new


def change_till(principal: Principal, till_ref: str, changes: Mapping) -> TillDevice:
    """Changes the name, the location (`location`: its code or id, "" for none) or `offline_max`. Repeating it changes
    nothing. Refusals: NotFound, Forbidden, Invalid (location), TillRevoked."""
    till = find_till(principal, till_ref, "tills.change")
    with transaction.atomic():
        till = locked(till.pk)
        if till.status == Status.REVOKED:
            raise TillRevoked()
        if "location" in changes:
            till.location = (
                location_named(principal, till.brand_id, changes["location"]) if changes["location"] else None
            )
        for field in {"name", "offline_max"} & changes.keys():
            setattr(till, field, changes[field])
        till.save(update_fields=["name", "location", "offline_max"])
    return find_till(principal, str(till.pk), "tills.change")


def revoke_till(principal: Principal, till_ref: str, *, reason: str = "") -> TillDevice:
    """Ends a till for good: what it scanned from then on is refused, what it scanned before and brings later is held
    for review. Repeating it changes nothing. Refusals: NotFound, Forbidden, ScopeMissing."""
    till = find_till(principal, till_ref, "tills.revoke")
    with transaction.atomic():
        till = locked(till.pk)
        if till.status != Status.REVOKED:
            till.status, till.note, till.revoked_at = Status.REVOKED, reason, clock.now()
            till.save(update_fields=["status", "note", "revoked_at"])
            _record("till.revoked", till, reason=reason, actor=principal.actor)
    return till


def quarantine(till: TillDevice, *, reason: str) -> None:
    """Holds everything of the till from now on, in the caller's transaction, which has locked its row. Repeating it
    changes nothing; a revoked till stays revoked."""
    if till.status != Status.ACTIVE:
        return
    till.status, till.note = Status.QUARANTINED, reason
    till.save(update_fields=["status", "note"])
    _record("till.quarantined", till, reason=reason)


def release_quarantine(principal: Principal, till_ref: str, *, reason: str = "") -> TillDevice:
    """Trusts the till again, for what it brings from now on; what is held stays held until somebody decides on each.
    It goes on after the last item in the books: a till that went on from another one needs a new key.
    Refusals: NotFound, Forbidden, TillNotQuarantined (when repeated too)."""
    till = find_till(principal, till_ref, "offline_scans.decide")
    with transaction.atomic():
        till = locked(till.pk)
        if till.status != Status.QUARANTINED:
            raise TillNotQuarantined()
        till.status, till.note = Status.ACTIVE, reason
        till.save(update_fields=["status", "note"])
        _record("till.released", till, reason=reason, actor=principal.actor)
    return till


def locked(till_id: UUID) -> TillDevice:
    """The till's row with its brand, locked until the transaction ends: one item of a till at a time."""
    tills = TillDevice.objects.select_for_update(of=("self",), no_key=True).select_related("brand", "location")
    return tills.get(pk=till_id)


def _record(type_: str, till: TillDevice, **data) -> None:
    log.record(type_, brand_id=till.brand_id, aggregate_id=till.id, data=data)
