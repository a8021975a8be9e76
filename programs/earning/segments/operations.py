"""What can be done to segments: made, changed, taken away; members entered in and struck off those that are lists."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.models import Brand, BrandMember
from loyalty.identity.selectors import as_uuid
from programs.earning.errors import RulesNotValid, SegmentInUse, SegmentKeyTaken, SegmentNotList
from programs.earning.keeping import refuse_unkeepable
from programs.earning.models import Segment, SegmentMember
from programs.earning.rules.catalogue import WHOEVER
from programs.earning.rules.conditions import Conditions, Context
from programs.earning.rules.places import Mistakes, Place
from programs.earning.usage import asks_for_segment, holds_within, programs_where, renew_all
from programs.membership.models import Program, Tier

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")
NAME_MAX = 120
MEMBERS_MAX = 10_000
ERRORS_MAX = 100


@transaction.atomic
def create_segment(
    brand: Brand, *, key: str, name: str, kind: str = Segment.Kind.LIST, conditions: Any = None, actor: str
) -> Segment:
    """Makes a segment of the brand: a list, or by conditions on the member. Repeating it is refused for its key.
    Refusals, in order of precedence: RulesTooLarge, Invalid (every mistake at once), SegmentKeyTaken."""
    segment = Segment(brand=brand, key=key, name=name, kind=kind, conditions=conditions or {})
    errors = [] if KEY.match(key) else [_wrong("/key", "invalid-format", "1 to 60 small letters, digits, - or _.")]
    _refuse(errors + _mistakes_in(segment))
    try:
        with transaction.atomic():
            segment.save(force_insert=True)
    except IntegrityError as clash:
        if not Segment.objects.filter(brand=brand, key=key).exists():
            raise
        raise SegmentKeyTaken(f"There is a segment with the key {key!r}.", pointer="/key") from clash
    _record("segment.created", segment, actor)
    return segment


@transaction.atomic
def change_segment(segment: Segment, changes: Mapping[str, Any], *, actor: str) -> Segment:
    """Changes `name` and `conditions`. New conditions hold at once in all rules that ask for the segment: the programs'
    next editions are made. Repeating it changes nothing.
    Refusals, in order of precedence: RulesTooLarge, Invalid (every mistake at once), SegmentInUse (rules in force could
    not go on with these conditions)."""
    locked = _lock(segment)
    before = (locked.name, locked.conditions)
    locked.name, locked.conditions = changes.get("name", locked.name), changes.get("conditions", locked.conditions)
    if (locked.name, locked.conditions) == before:
        return locked
    _refuse(_mistakes_in(locked))
    locked.save()
    if locked.conditions != before[1]:
        _renew(locked, actor)
    _record("segment.changed", locked, actor)
    return locked


@transaction.atomic
def delete_segment(segment: Segment, *, actor: str) -> None:
    """Takes a segment away, with its list. Refusals: SegmentInUse (rules in force, or other segments, ask for it)."""
    locked = _lock(segment)
    asks = asks_for_segment(locked.key)
    if programs := programs_where(locked.brand_id, asks):
        codes = ", ".join(one.code for one in programs)
        raise SegmentInUse(f"Rules that are in force ask for it: {codes}.")
    others = Segment.objects.filter(brand=locked.brand_id, kind=Segment.Kind.DYNAMIC).exclude(pk=locked.pk)
    if using := [one.key for one in others if holds_within(one.conditions, asks)]:
        raise SegmentInUse(f"Other segments ask for it: {', '.join(using)}.")
    _record("segment.deleted", locked, actor)
    locked.delete()


@transaction.atomic
def add_members(segment: Segment, refs: Sequence[str], *, actor: str) -> int:
    """Enters members, by id or by the brand's own number for them, in the segment's list; answers how many were not in
    it. Repeating it enters none. Refusals: SegmentNotList, Invalid (every name of nobody whom the brand knows)."""
    locked = _lock(segment)
    found = _members(locked, refs)
    there = set(SegmentMember.objects.filter(segment=locked, member_id__in=found).values_list("member_id", flat=True))
    new = [SegmentMember(segment=locked, member_id=each) for each in sorted(found - there)]
    SegmentMember.objects.bulk_create(new, batch_size=5_000, ignore_conflicts=True)
    if new:
        _record("segment.members_added", locked, actor, members=len(new))
    return len(new)


@transaction.atomic
def remove_members(segment: Segment, refs: Sequence[str], *, actor: str) -> int:
    """Strikes members off the segment's list; answers how many were in it. Repeating it strikes none.
    Refusals: as `add_members`."""
    locked = _lock(segment)
    gone, _ = SegmentMember.objects.filter(segment=locked, member_id__in=_members(locked, refs)).delete()
    if gone:
        _record("segment.members_removed", locked, actor, members=gone)
    return gone


def context_of_brand(brand_id: UUID) -> list[Context]:
    """What conditions on members of the brand are read for: each currency of its programs, any of their tiers, and the
    brand's lists."""
    programs = Program.objects.filter(brand=brand_id)
    lists = Segment.objects.filter(brand=brand_id, kind=Segment.Kind.LIST).values_list("key", flat=True)
    tiers = Tier.objects.filter(program__brand=brand_id).values_list("code", flat=True)
    choices = {"segments": frozenset(lists), "tiers": frozenset(tiers)}
    currencies = sorted(set(programs.values_list("money_currency", flat=True))) or ["EUR"]
    return [Context(currency=one, timezone="UTC", choices=choices) for one in currencies]


def _mistakes_in(segment: Segment) -> list[dict]:
    errors = []
    name = segment.name
    if not (0 < len(name) <= NAME_MAX and name.isprintable() and name.strip()):
        errors.append(_wrong("/name", "invalid-length", f"1 to {NAME_MAX} characters that can be seen."))
    if segment.kind not in Segment.Kind.values:
        errors.append(_wrong("/kind", "invalid-choice", f"One of {', '.join(Segment.Kind.values)}."))
    elif segment.kind == Segment.Kind.LIST:
        if segment.conditions:
            errors.append(_wrong("/conditions", "not-wanted", "A list has no conditions."))
    else:
        errors += _mistakes_in_conditions(segment)
    return errors


def _mistakes_in_conditions(segment: Segment) -> list[dict]:
    if not segment.conditions:
        return [_wrong("/conditions", "required", "Conditions say who is in it.")]
    refuse_unkeepable(segment.conditions, "/conditions")
    for context in context_of_brand(segment.brand_id):
        mistakes = Mistakes()
        Conditions(context, WHOEVER).read(Place(segment.conditions, mistakes, "/conditions"))
        if mistakes.found:
            return mistakes.found
    return []


def _members(segment: Segment, refs: Sequence[str]) -> set[UUID]:
    """The members meant, in one question."""
    if segment.kind != Segment.Kind.LIST:
        raise SegmentNotList()
    if len(refs) > MEMBERS_MAX:
        raise Invalid([_wrong("/members", "too-many", f"At most {MEMBERS_MAX} at once.")])
    known = BrandMember.objects.filter(brand=segment.brand_id, member__is_active=True)
    by_number = dict(known.filter(external_id__in=set(refs)).values_list("external_id", "member_id"))
    ids = {uuid for ref in refs if (uuid := as_uuid(ref))}
    by_id = set(known.filter(member_id__in=ids).values_list("member_id", flat=True))
    found, errors = set(), []
    for index, ref in enumerate(refs):
        uuid = as_uuid(ref)
        member = uuid if uuid in by_id else by_number.get(ref)
        if member is None:
            errors.append(_wrong(f"/members/{index}", "not-found", "The brand knows no such member."))
        else:
            found.add(member)
    _refuse(errors[:ERRORS_MAX])
    return found


def _renew(segment: Segment, actor: str) -> None:
    programs = programs_where(segment.brand_id, asks_for_segment(segment.key))
    try:
        renew_all(programs, f"Segment {segment.key} changed", actor)
    except RulesNotValid as refusal:
        raise SegmentInUse("Rules that are in force could not go on with it.", errors=refusal.errors) from None


def _lock(segment: Segment) -> Segment:
    locked = Segment.objects.select_for_update(of=("self",)).select_related("brand").filter(pk=segment.pk).first()
    if locked is None:
        raise NotFound("There is no such segment any more.")
    return locked


def _refuse(errors: list[dict]) -> None:
    if errors:
        raise Invalid(errors)


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(type_: str, segment: Segment, actor: str, **facts: Any) -> None:
    data = {"actor": actor, "key": segment.key, **facts}
    log.record(type_, brand_id=segment.brand_id, aggregate_id=segment.id, data=data)
