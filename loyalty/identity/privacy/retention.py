"""What goes because it was kept long enough: members whom their brand has not seen for as many months as it says, and
by the platform's settings devices, the portal's log, words in events, and addresses in the history."""

from calendar import monthrange
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction

from loyalty.history import erasing as history
from loyalty.history.tracking import KINDS
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Brand, Member
from loyalty.identity.privacy.erasing import erase_person
from loyalty.identity.privacy.models import Erasure
from loyalty.identity.privacy.rooms import Counts
from loyalty.identity.privacy.subjects import Subject
from loyalty.identity.privacy.traces_room import KEPT
from loyalty.sql import rows

ACTOR = "job:apply_retention"
STEP = 5_000

PASSIVE = [
    *("points.expired", "points.expiring", "points.available", "points.matured", "voucher.expiring"),
    *("tier.changed", "tier.ending", "tier.given", "tier.taken_back", "tier.protected", "membership.updated"),
    *("member.contact_shown", "member.exported", "note.added", "note.changed", "note.removed"),
]
"""Events about a member that are nothing the member did, or that was done for them."""

IDLE = """
select k.member_id from loyalty_brandmember k
join loyalty_member m on m.id = k.member_id and m.erased_at is null and not m.is_synthetic
left join loyalty_person p on p.id = m.person_id
where k.brand_id = %(brand)s and k.created_at < %(before)s and m.created_at < %(before)s
  and (p.last_login is null or p.last_login < %(before)s)
  and not exists (select from loyalty_event e where e.member_id = k.member_id and e.recorded_at >= %(before)s
                  and (e.brand_id = k.brand_id or e.brand_id is null) and e.type <> all(%(passive)s))
order by k.member_id limit %(limit)s
"""
OLD_EVENTS = """
select id from loyalty_event e where e.recorded_at < %(before)s and e.member_id is not null
  and exists (select from jsonb_object_keys(e.data) key where key <> all(%(kept)s)) order by id limit %(limit)s
"""
TRIM = """
update loyalty_event e set data = coalesce(
    (select jsonb_object_agg(key, value) from jsonb_each(e.data) where key = any(%(kept)s)), '{}')
where e.id = any(%(ids)s)
"""
WITH_ADDRESS = """
select pgh_id from {table} where pgh_created_at < %(before)s and pgh_context ? 'address' order by pgh_id limit %(limit)s
"""


def apply_retention(*, at: datetime, limit: int = STEP, dry_run: bool = False) -> Counts:
    """Takes out what has been kept long enough at that instant, at most `limit` of each kind; counts by kind. With
    `dry_run` only counts. Safe to repeat and to break off: each member is a transaction of its own."""
    counts = {"members": sum(_members(brand, at, limit, dry_run) for brand in _brands())}
    for name, setting, rule in RULES:
        months = getattr(settings, setting)
        counts[name] = rule(months_before(at, months), limit, dry_run) if months else 0
    return counts


def idle_members(brand: Brand, *, at: datetime, limit: int) -> list[UUID]:
    """Whom the brand knows and has not seen for as long as it says: nothing earned, spent, changed or joined there, no
    log-in. Members invented for the demo do not count."""
    before = months_before(at, brand.retention_months)
    asked = {"brand": brand.pk, "before": before, "passive": PASSIVE, "limit": limit}
    return [row["member_id"] for row in rows(IDLE, asked)]


def months_before(at: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last one of a month that has no such day."""
    years, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=years, month=month + 1, day=min(at.day, monthrange(years, month + 1)[1]))


def _brands():
    return Brand.objects.filter(retention_months__isnull=False).defer("logo")


def _members(brand: Brand, at: datetime, limit: int, dry_run: bool) -> int:
    idle = idle_members(brand, at=at, limit=limit)
    if not dry_run:
        for member_id in idle:
            subject = Subject(member=Member.objects.get(pk=member_id), brand=brand)
            reason = f"Nothing happened for {brand.retention_months} months."
            erase_person(subject, actor=ACTOR, reason=reason)
    return len(idle)


def _devices(before: datetime, limit: int, dry_run: bool) -> int:
    found = list(Device.objects.filter(last_seen_at__lt=before).values_list("pk", flat=True)[:limit])
    return len(found) if dry_run else Device.objects.filter(pk__in=found).delete()[0]


def _portal_log(before: datetime, limit: int, dry_run: bool) -> int:
    found = list(LogEntry.objects.filter(action_time__lt=before).values_list("pk", flat=True)[:limit])
    return len(found) if dry_run else LogEntry.objects.filter(pk__in=found).delete()[0]


def _events(before: datetime, limit: int, dry_run: bool) -> int:
    """Of events about members ids and figures stay."""
    asked = {"before": before, "kept": KEPT, "limit": limit}
    found = [row["id"] for row in rows(OLD_EVENTS, asked)]
    if found and not dry_run:
        with transaction.atomic(), connection.cursor() as cursor:
            Erasure.objects.create(kind=Erasure.Kind.RETENTION, actor=ACTOR, counts={"events": len(found)})
            cursor.execute(TRIM, asked | {"ids": found})
    return len(found)


def _addresses(before: datetime, limit: int, dry_run: bool) -> int:
    """From where changes were made; who made them, and what they were, stays."""
    counted = 0
    for kind in KINDS.values():
        table = connection.ops.quote_name(kind.history._meta.db_table)
        found = rows(WITH_ADDRESS.format(table=table), {"before": before, "limit": limit})
        records = [row["pgh_id"] for row in found]
        if records and not dry_run:
            history.redact(kind.name, records, names=("address",))
        counted += len(records)
    return counted


Rule = Callable[[datetime, int, bool], int]
RULES: list[tuple[str, str, Rule]] = [
    ("devices", "RETENTION_DEVICE_MONTHS", _devices),
    ("portal_log", "RETENTION_LOG_MONTHS", _portal_log),
    ("events", "RETENTION_EVENT_MONTHS", _events),
    ("addresses", "RETENTION_ADDRESS_MONTHS", _addresses),
]
