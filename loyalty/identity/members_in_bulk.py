"""Members by the thousand, as a file brings them: entered, changed or left as they are, each one on its own, in a few
statements for all of them. One by one they are entered and changed in `operations`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection

from loyalty import clock
from loyalty.events import log
from loyalty.identity import look_ups
from loyalty.identity.devices.operations import contact_changed
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.privacy.models import ConsentChange

PROFILE = ("name", "email", "phone", "birth_date", "address")
SEALED = ("email", "phone", "birth_date", "address")

LOCK_EMAILS = """
select pg_advisory_xact_lock(hashtextextended(i, 0)) from (select i from unnest(%s::text[]) i order by i) x
"""
UPDATE = """
update loyalty_member m
set name = r.name, data_key = coalesce(r.data_key, m.data_key), email = r.email, phone = r.phone,
    birth_date = r.birth_date, address = r.address, consents = r.consents, version = m.version + 1, updated_at = %s
from unnest(%s::uuid[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[], %s::jsonb[])
    r (id, name, data_key, email, phone, birth_date, address, consents)
where m.id = r.id
"""


@dataclass(slots=True)
class Entry:
    """A member as a file names them: only what is in `profile` is set; consents are merged."""

    external_id: str
    profile: dict = field(default_factory=dict)
    consents: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Entered:
    """What became of an entry: created, changed, unchanged or refused (then `field`, `code` and `detail` say why)."""

    outcome: str
    member_id: UUID | None = None
    field: str = ""
    code: str = ""
    detail: str = ""


def enter_members(
    brand: Brand,
    entries: Sequence[Entry],
    *,
    actor: str,
    update: bool = True,
    is_dry_run: bool = False,
    emails: dict[str, str] | None = None,
    source: str = "import",
) -> list[Entered]:
    """Enters the members whom the brand does not know under these external ids (no id twice) and, with `update`,
    changes the others; answers each in the order given. `emails` keeps in mind, over many calls, which address belongs
    to whom. In the caller's transaction, a constant number of round trips; repeating it changes nothing. Each is
    refused for itself: EmailTaken, a member that is switched off, ProfileBelongsToMember (another entered them)."""
    emails = {} if emails is None else emails
    indexes = [look_ups.index_of(brand.id, email=e.profile["email"]) if e.profile.get("email") else "" for e in entries]
    if not is_dry_run:
        with connection.cursor() as cursor:
            cursor.execute(LOCK_EMAILS, [[index for index in indexes if index]])
    known = _known(brand, [entry.external_id for entry in entries], lock=not is_dry_run)
    holders = _holders(brand, [index for index in indexes if index])
    answers, new, changed = [], [], []
    for entry, index in zip(entries, indexes, strict=True):
        member = known.get(entry.external_id)
        if member and not update:
            answers.append(Entered("unchanged", member.id))
            continue
        differing = _differing(member, entry) if member else {}
        refused = _refusal(brand, member, entry, differing, index, holders, emails)
        if refused:
            answers.append(refused)
        elif member is None:
            new.append(_new_member(brand, entry))
            answers.append(Entered("created", new[-1][0].id))
        elif differing:
            changed.append((member, entry, differing))
            answers.append(Entered("changed", member.id))
        else:
            answers.append(Entered("unchanged", member.id))
        if index and answers[-1].outcome != "refused":
            emails[index] = entry.external_id
    if not is_dry_run:
        _create(brand, new, actor, source)
        _change(brand, changed, actor, source)
    return answers


def _known(brand: Brand, external_ids: list[str], *, lock: bool) -> dict[str, Member]:
    links = BrandMember.objects.filter(brand=brand, external_id__in=external_ids).order_by("member_id")
    links = links.select_related("member")
    if lock:
        links = links.select_for_update(of=("member",), no_key=True)
    return {link.external_id: link.member for link in links}


def _holders(brand: Brand, indexes: list[str]) -> dict[str, set[UUID]]:
    """Which active members the brand knows by these e-mail addresses."""
    held: dict[str, set[UUID]] = {}
    links = BrandMember.objects.filter(brand=brand, email_index__in=indexes, member__is_active=True)
    for index, member_id in links.values_list("email_index", "member_id"):
        held.setdefault(index, set()).add(member_id)
    return held


def _differing(member: Member, entry: Entry) -> dict:
    """What the entry would change, by field."""
    differing = {name: value for name, value in entry.profile.items() if getattr(member, name) != value}
    if "address" in differing and (merged := member.address | differing["address"]) == member.address:
        del differing["address"]
    elif "address" in differing:
        differing["address"] = merged
    consents = {purpose: yes for purpose, yes in entry.consents.items() if member.consents.get(purpose, False) != yes}
    return differing | ({"consents": consents} if consents else {})


def _refusal(brand, member, entry, differing, index, holders, emails) -> Entered | None:
    others = holders.get(index, set()) - {member.id if member else None}
    if index and (others or emails.get(index, entry.external_id) != entry.external_id):
        return Entered("refused", field="email", code="email-taken", detail="Another member has this e-mail address.")
    if member and not member.is_active:
        return Entered("refused", field="external_id", code="member-inactive", detail="The member is switched off.")
    if differing and member.created_by_id != brand.id:
        detail = "The member was not entered by this brand and keeps their own profile."
        return Entered("refused", code="profile-belongs-to-member", detail=detail)
    return None


def _new_member(brand: Brand, entry: Entry) -> tuple[Member, Entry]:
    given = {purpose: True for purpose, yes in entry.consents.items() if yes}
    return Member(created_by=brand, consents=given, **entry.profile), entry


def _create(brand: Brand, new: list[tuple[Member, Entry]], actor: str, source: str) -> None:
    if not new:
        return
    Member.objects.bulk_create([member for member, _ in new])
    links = [BrandMember(brand=brand, member=member, external_id=entry.external_id) for member, entry in new]
    BrandMember.objects.bulk_create(links)
    events = []
    for member, entry in new:
        fields = [name for name in PROFILE if entry.profile.get(name)] + ["external_id"]
        given = {"given": sorted(member.consents)} if member.consents else {}
        events.append(_event("member.created", member, {"fields": fields, "actor": actor, "source": source} | given))
    log.record_many(events, brand_id=brand.id)
    _record_consents(brand, [(member, member.consents) for member, _ in new], actor, source)


def _change(brand: Brand, changed: list[tuple[Member, Entry, dict]], actor: str, source: str) -> None:
    if not changed:
        return
    events, consents, reached = [], [], []
    for member, _entry, differing in changed:
        said = differing.pop("consents", {})
        old_email = member.email if "email" in differing else ""
        for name, value in differing.items():
            setattr(member, name, value)
        before, member.consents = member.consents, member.consents | said
        fields = sorted(differing) + (["consents"] if said else [])
        told = {"fields": fields, "actor": actor, "source": source} | _consents_told(before, member.consents)
        events.append(_event("member.updated", member, told))
        consents.append((member, said))
        if {"email", "phone"} & differing.keys():
            reached.append((member, old_email))
    _write([member for member, _, _ in changed])
    _refresh_indexes([member for member, _ in reached])
    for member, old_email in reached:
        # Few of those whom a brand entered have a login.
        if member.person_id:
            contact_changed(member, old_email=old_email)
    log.record_many(events, brand_id=brand.id)
    _record_consents(brand, consents, actor, source)


def _write(members: list[Member]) -> None:
    """Writes the rows of these members, what is sealed as ciphertext, in one statement."""
    fields = [Member._meta.get_field(name) for name in ("data_key", *SEALED)]
    columns: list[list] = [[member.id for member in members], [member.name for member in members]]
    for each in fields:
        sealed = [each.pre_save(member, False) for member in members]
        # A row that has a key keeps it: then what is to be written is no value.
        columns.append([bytes(value) if isinstance(value, bytes) else None for value in sealed])
    consents = Member._meta.get_field("consents")
    columns.append([consents.get_db_prep_value(member.consents, connection) for member in members])
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [clock.now(), *columns])


def _refresh_indexes(members: list[Member]) -> None:
    """Tells all who know them of a new e-mail or phone."""
    by_id = {member.id: member for member in members}
    links = list(BrandMember.objects.filter(member__in=by_id))
    for link in links:
        link.member = by_id[link.member_id]
        for name in look_ups.INDEXES:
            BrandMember._meta.get_field(name).pre_save(link, add=False)
    BrandMember.objects.bulk_update(links, look_ups.INDEXES)


def _event(type_: str, member: Member, data: dict) -> dict:
    return {"type": type_, "aggregate_id": member.id, "member_id": member.id, "data": data}


def _consents_told(before: Mapping[str, bool], after: Mapping[str, bool]) -> dict:
    given = sorted(purpose for purpose, yes in after.items() if yes and not before.get(purpose))
    withdrawn = sorted(purpose for purpose, yes in before.items() if yes and not after.get(purpose))
    return {name: names for name, names in (("given", given), ("withdrawn", withdrawn)) if names}


def _record_consents(brand: Brand, said: list[tuple[Member, Mapping[str, bool]]], actor: str, source: str) -> None:
    ConsentChange.objects.bulk_create(
        ConsentChange(member=member, brand=brand, purpose=purpose, is_given=yes, actor=actor, source=source)
        for member, purposes in said
        for purpose, yes in purposes.items()
    )


def is_born_then(day: date) -> bool:
    """Whether somebody who lives can have been born on that day."""
    return date(1900, 1, 1) <= day <= clock.now().date()
