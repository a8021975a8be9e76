"""What tills without a line know of somebody: which of their vouchers they took, when and for what. The verdicts and
losses stay under an id that leads to nobody; what a till or somebody of the brand wrote beside them goes."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of
from programs.rewards.offline.models import OfflineScan

NAMED = "ilike any(%(patterns)s::text[])"
OF_BRAND = "(%(brand)s::uuid is null or t.brand_id = %(brand)s)"
# Its digest stays, by which the till is answered when it brings the item again.
SCANS = f"""
update programs_offlinescan s
set item = s.item - '{{{{reference,order}}}}'::text[],
    detail = case when s.decided_at is null and not s.detail {NAMED} then s.detail else '' end
from programs_tilldevice t
where t.id = s.till_id and {OF_BRAND} and ({{which}} or concat_ws(' ', s.item::text, s.detail) {NAMED})
"""
TILLS = f"""
update programs_tilldevice t
set note = case when t.note {NAMED} then '' else t.note end,
    name = case when t.name {NAMED} then 'Till ' || right(t.id::text, 6) else t.name end
where {OF_BRAND} and concat_ws(' ', t.name, t.note) {NAMED}
"""
THEIRS = "s.member_id = %(member)s"


def export(subject: Subject) -> Told:
    """What tills brought of their vouchers, with the verdicts."""
    scans = OfflineScan.objects.filter(member=subject.member, **subject.of_brand("till__brand"))
    return {"offline_scans": rows_of(scans.order_by("id")) if subject.member else []}


def erase(erasing: Erasing) -> Counts:
    """Takes orders, receipts and notes off what tills brought of their vouchers, and off other people's what names
    them; and off what tills are called."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    own, others = asked | {"patterns": patterns_of(traces.all_words)}, asked | {"patterns": traces.patterns}
    counted = 0
    with connection.cursor() as cursor:
        for which, params in ((THEIRS, own), ("false", others)):
            cursor.execute(SCANS.format(which=which), params)
            counted += cursor.rowcount
        cursor.execute(TILLS, others)
    return {"offline_scans": counted}


register(
    Room(
        name="offline",
        position=14,
        export=export,
        erase=erase,
        told={"programs.OfflineScan": "offline_scans"},
        untold={"programs.TillDevice": "a brand's tills; where one is called after them it gets another name"},
    )
)
