"""What can be done to members: entered one by one or by the thousand, changed, switched off. They enter themselves in
`registration`; users are changed in `users`, server keys in `keys`, sessions in `tokens`."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from loyalty import clock
from loyalty.errors import Conflict, Forbidden, Invalid
from loyalty.events import log
from loyalty.identity import look_ups, selectors
from loyalty.identity.devices.operations import contact_changed
from loyalty.identity.errors import BirthDateFixed, EmailTaken, ExternalIdTaken, ProfileBelongsToMember
from loyalty.identity.keys import create_server_key, revoke_server_key, rotate_server_key
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.principals import Principal
from loyalty.identity.privacy import consents as consent_record
from loyalty.ids import uuid7

__all__ = [
    "change_member",
    "create_member",
    "create_server_key",
    "deactivate_member",
    "ensure_members",
    "make_known",
    "revoke_server_key",
    "rotate_server_key",
]

PROFILE_FIELDS = ("name", "email", "phone", "birth_date", "address", "preferences", "consents")
ENTRIES_MAX = 50
BORN_AFTER = date(1900, 1, 1)

CREATE_MISSING = """
with wanted as (
    select * from unnest(%(external_ids)s::text[], %(member_ids)s::uuid[], %(event_ids)s::uuid[])
        as w (external_id, member_id, event_id)
), link as (
    insert into loyalty_brandmember (brand_id, member_id, external_id, created_at)
    select %(brand_id)s, member_id, external_id, %(now)s from wanted order by external_id
    on conflict do nothing returning member_id, external_id
), member as (
    insert into loyalty_member (id, created_by_id, name, preferences, consents, is_synthetic, is_active, version,
                                created_at, updated_at)
    select member_id, %(brand_id)s, '', '{}', '{}', %(is_synthetic)s, true, 1, %(now)s, %(now)s from link
), stream as (
    insert into loyalty_eventstream (aggregate_id, last_sequence) select member_id, 1 from link
), event as (
    insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, data, occurred_at)
    select w.event_id, %(brand_id)s, 'member.created', w.member_id, 1, w.member_id,
           jsonb_build_object('fields', jsonb_build_array('external_id'), 'actor', %(actor)s::text), %(now)s
    from link join wanted w using (member_id) order by w.member_id
)
select external_id, member_id from link
"""


def create_member(
    brand: Brand,
    *,
    external_id: str | None = None,
    name: str = "",
    email: str | None = None,
    phone: str | None = None,
    birth_date: date | None = None,
    address: dict | None = None,
    preferences: dict | None = None,
    consents: dict | None = None,
    is_synthetic: bool = False,
    actor: str = "system",
    source: str = consent_record.API,
) -> Member:
    """Enters a member whom the brand knows from then on, under `external_id`; always a new one: no look is taken
    across brands. `source` says where consents were given. Returns it with `external_id` set. Repeating it is refused
    if it names an external id or an e-mail. Refusals: Invalid (birth date), ExternalIdTaken, EmailTaken (by a member
    that the brand knows)."""
    fields = {
        "name": name.strip(),
        "email": (email or "").strip().lower(),
        "phone": phone or "",
        "birth_date": checked_birth_date(birth_date),
        "address": merged({}, address or {}, "/address"),
        "preferences": merged({}, preferences or {}, "/preferences"),
        "consents": merged({}, consents or {}, "/consents"),
    }
    with transaction.atomic():
        member = Member.objects.create(created_by=brand, is_synthetic=is_synthetic, **fields)
        _set_external_id(brand.id, member, external_id)
        _check_email_is_free(brand.id, member)
        consent_record.record_consents(member, {}, member.consents, brand_id=brand.id, actor=actor, source=source)
        given = [field for field in PROFILE_FIELDS if fields[field]] + ["external_id"] * bool(external_id)
        log.record(
            "member.created",
            brand_id=brand.id,
            aggregate_id=member.id,
            member_id=member.id,
            data={"fields": given, "actor": actor} | consent_changes({}, fields["consents"]),
        )
    member.external_id = external_id
    return member


def change_member(principal: Principal, member: Member, changes: dict, *, source: str = consent_record.API) -> Member:
    """Changes the fields named in `changes` (name, email, phone, birth_date, address, preferences, consents,
    external_id); address, preferences and consents are merged, a null takes an entry out. Each consent that changes
    leaves a row of its own, which says where (`source`) it was said. `member` is as `find_member` gave it. The e-mail
    here is for contact: that of the login stays. Members' own changes of it are not compared with other members, for
    a refusal would tell who is known. Another e-mail or phone starts a cool-down of the person behind the member,
    who is told, at the old address too. Repeating it changes nothing.

    The profile may be changed by the member, by the brand that entered them and by operators; a brand that merely
    knows them may change its external id. Refusals: Forbidden (by role), ProfileBelongsToMember, Forbidden (external
    id by the member), Invalid (birth date, too many entries), BirthDateFixed, ExternalIdTaken, EmailTaken."""
    is_self = member.id == principal.member_id
    with transaction.atomic():
        external_id = member.external_id
        member = Member.objects.select_for_update().get(id=member.id)
        member.external_id = external_id
        old_email, old_consents = member.email, member.consents
        brand_id = _brand_that_changes(principal, member, is_profile=any(name in changes for name in PROFILE_FIELDS))
        if "birth_date" in changes and is_self and brand_id is None and not principal.is_operator:
            _check_birth_date_is_open(member, changes["birth_date"])
        changed = _apply(member, changes)
        if "external_id" in changes and _change_external_id(brand_id, member, changes["external_id"]):
            changed["external_id"] = {}
        if not changed:
            return member
        Member.objects.filter(id=member.id).update(version=F("version") + 1, updated_at=clock.now())
        member.refresh_from_db(fields=["version", "updated_at"])
        if {"email", "phone"} & changed.keys():
            look_ups.refresh_indexes(member)
            contact_changed(member, old_email=old_email if "email" in changed else "")
        if "consents" in changed:
            consent_record.record_consents(
                member, old_consents, member.consents, brand_id=brand_id, actor=principal.actor, source=source
            )
        if "email" in changed and brand_id:
            _check_email_is_free(brand_id, member)
        data = {"fields": sorted(changed), "actor": principal.actor} | changed.get("consents", {})
        log.record("member.updated", brand_id=brand_id, aggregate_id=member.id, member_id=member.id, data=data)
    return member


def deactivate_member(principal: Principal, member: Member) -> None:
    """Switches the member off: gone from every list and look-up, their history kept, their external id not given to
    another. For operators, and for the brand that entered the member as long as no other brand knows them. Repeating
    it is a 404 at the door, for the member is not found any more.
    Refusals: Forbidden (by role), Conflict (entered by another, or known to other brands)."""
    if principal.is_operator:
        brand_id = member.created_by_id
    else:
        brand_id = member.created_by_id if member.created_by_id in principal.brands else None
        principal.require("members.deactivate", brand_id)
        if brand_id is None or selectors.is_known_elsewhere(member, brand_id=brand_id):
            raise Conflict("Others have to do with this member too; the brand can only end their memberships.")
    with transaction.atomic():
        if Member.objects.filter(id=member.id, is_active=True).update(is_active=False, version=F("version") + 1):
            data = {"actor": principal.actor}
            log.record("member.deactivated", brand_id=brand_id, aggregate_id=member.id, member_id=member.id, data=data)


def make_known(brand_id: UUID, member_ids: Collection[UUID]) -> None:
    """The brand knows these members from now on (they joined one of its programs). Two statements for any number of
    them; repeating it changes nothing."""
    with transaction.atomic():
        # Whoever changes an e-mail or a phone locks the member too, and then tells all the links there are.
        members = Member.objects.select_for_update(no_key=True).filter(id__in=member_ids).order_by("id")
        links = [BrandMember(brand_id=brand_id, member=member) for member in members]
        BrandMember.objects.bulk_create(links, ignore_conflicts=True)


def ensure_members(
    brand: Brand, external_ids: Iterable[str], *, is_synthetic: bool = False, actor: str = "system"
) -> dict[str, UUID]:
    """The members that the brand knows by these external ids, the missing ones entered with nothing but the number,
    each with its event. At most three round trips for any number of them; of two that do this at once for the same
    number one enters the member and both get it. Repeating it changes nothing. Members switched off are found too.
    Refusals: Invalid (an external id that cannot be one)."""
    wanted = sorted(set(external_ids))
    unfit = [external_id for external_id in wanted if not is_external_id(external_id)]
    if unfit:
        detail = f"{unfit[0]!r} cannot be an external id."
        raise Invalid([{"pointer": "/external_id", "code": "invalid-external-id", "detail": detail}])
    found = _known_by(brand, wanted)
    missing = [external_id for external_id in wanted if external_id not in found]
    if missing:
        params = {
            "external_ids": missing,
            "member_ids": [uuid7() for _ in missing],
            "event_ids": [uuid7() for _ in missing],
            "brand_id": brand.id,
            "is_synthetic": is_synthetic,
            "actor": actor,
            "now": clock.now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(CREATE_MISSING, params)
            found |= dict(cursor.fetchall())
    if len(found) < len(wanted):
        found |= _known_by(brand, [external_id for external_id in wanted if external_id not in found])
    return found


def is_external_id(text: str) -> bool:
    """Whether a brand may use this as a number: 1 to 120 printable characters that can stand in an address, and not
    a word that the addresses use."""
    fits = 1 <= len(text) <= 120 and text.isprintable() and text == text.strip()
    return fits and not {"/", "?", "#"} & set(text) and text not in ("me", "register", ".", "..")


def _known_by(brand: Brand, external_ids: list[str]) -> dict[str, UUID]:
    rows = BrandMember.objects.filter(brand=brand, external_id__in=external_ids)
    return dict(rows.values_list("external_id", "member_id"))


def _brand_that_changes(principal: Principal, member: Member, *, is_profile: bool) -> UUID | None:
    """The brand in whose name the principal changes the member, None for members themselves and operators."""
    if principal.is_operator:
        return member.created_by_id
    own = principal.brands_where("members.change")
    if member.created_by_id in own:
        return member.created_by_id
    if member.id == principal.member_id:
        return None
    known = BrandMember.objects.filter(member=member, brand_id__in=own).order_by("brand_id").first()
    if known is None:
        principal.require("members.change")
        raise Forbidden()
    if is_profile:
        raise ProfileBelongsToMember()
    return known.brand_id


def _apply(member: Member, changes: dict) -> dict[str, dict]:
    """Writes the profile fields that differ; returns what changed, by field."""
    changed = {}
    for name in PROFILE_FIELDS:
        if name not in changes:
            continue
        before, value = getattr(member, name), changes[name]
        if name in ("address", "preferences", "consents"):
            value = {} if value is None else merged(before, value, f"/{name}")
        elif name == "birth_date":
            value = checked_birth_date(value)
        else:
            value = (value or "").strip()
            value = value.lower() if name == "email" else value
        if value != before:
            setattr(member, name, value)
            changed[name] = consent_changes(before, value) if name == "consents" else {}
    if changed:
        member.save(update_fields=[*changed, "updated_at"])
    return changed


def merged(before: dict, changes: dict, pointer: str) -> dict:
    merged = {key: value for key, value in {**before, **changes}.items() if value is not None}
    if len(merged) > ENTRIES_MAX:
        detail = f"At most {ENTRIES_MAX} entries."
        raise Invalid([{"pointer": pointer, "code": "too-many-entries", "detail": detail}])
    return merged


def consent_changes(before: dict, after: dict) -> dict:
    """Which consents were given and which taken back, by name: the event is their record in time."""
    given = sorted(name for name, yes in after.items() if yes and not before.get(name))
    withdrawn = sorted(name for name, yes in before.items() if yes and not after.get(name))
    return {key: names for key, names in (("given", given), ("withdrawn", withdrawn)) if names}


def checked_birth_date(birth_date: date | None) -> date | None:
    if birth_date and not BORN_AFTER <= birth_date <= clock.now().date():
        detail = "A birth date lies in the past, after 1900."
        raise Invalid([{"pointer": "/birth_date", "code": "out-of-range", "detail": detail}])
    return birth_date


def _check_birth_date_is_open(member: Member, birth_date: date | None) -> None:
    if member.birth_date and birth_date != member.birth_date:
        raise BirthDateFixed(pointer="/birth_date")


def _change_external_id(brand_id: UUID | None, member: Member, external_id: str | None) -> bool:
    """Whether it had to be changed."""
    if brand_id is None:
        raise Forbidden("An external id is a brand's to give.", pointer="/external_id")
    if BrandMember.objects.filter(brand_id=brand_id, member=member, external_id=external_id).exists():
        return False
    _set_external_id(brand_id, member, external_id)
    return True


def _set_external_id(brand_id: UUID, member: Member, external_id: str | None) -> None:
    if external_id is not None and not is_external_id(external_id):
        detail = "1 to 120 printable characters, none of them / ? or #."
        raise Invalid([{"pointer": "/external_id", "code": "invalid-external-id", "detail": detail}])
    try:
        with transaction.atomic():
            BrandMember.objects.update_or_create(
                brand_id=brand_id, member=member, defaults={"external_id": external_id}
            )
    except IntegrityError as clash:
        raise ExternalIdTaken(pointer="/external_id") from clash
    member.external_id = external_id


def _check_email_is_free(brand_id: UUID, member: Member) -> None:
    """Refuses the address if another active member that the brand knows has it. The lock, on brand and address, makes
    two that enter the same address at once wait for each other."""
    if not member.email:
        return
    with connection.cursor() as cursor:
        index = look_ups.index_of(brand_id, email=member.email)
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [index])
    others = look_ups.known_by([brand_id], email=member.email).filter(member__is_active=True)
    if others.exclude(member=member).exists():
        raise EmailTaken("The brand knows another member with this e-mail address.", pointer="/email")
