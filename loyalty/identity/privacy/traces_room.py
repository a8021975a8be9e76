"""Where somebody leaves traces without being what a row is about: the log of events, answers kept for retries, Django's
log of the portal, jobs, and requests for a second person."""

from django.contrib.admin.models import LogEntry
from django.db import connection

from loyalty import clock
from loyalty.history.erasing import erase_objects
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of, rows_told, traces_of
from loyalty.identity.privacy.subjects import Subject
from loyalty.identity.selectors import as_uuid
from loyalty.sql import rows

KEPT = [
    *("transaction_id", "points", "balance_after", "actor", "from", "to", "kind", "status", "fields", "program_id"),
    *("reverses", "shortfall", "exchanged", "matured", "before", "after", "tier", "issued"),
    *("device_id", "note_id", "subject_id", "done", "failed", "role", "days", "since", "expires_at"),
]
"""Of an event that is trimmed only these entries stay: ids and figures."""

TRIM = """
update loyalty_event e set data = coalesce((
    select jsonb_object_agg(key, value) from jsonb_each(e.data)
    where key = any(%(kept)s) and not value::text ilike any(%(patterns)s::text[])), '{{}}')
where {which} and e.data <> '{{}}'
"""
LINKED = "(e.member_id = %(member)s or e.aggregate_id = any(%(uuids)s::uuid[]))"
# Reads every event: lowered once, which takes a third of the time that ILIKE takes.
MENTIONED = "lower(e.data::text) like any(array(select lower(w) from unnest(%(patterns)s::text[]) w))"
OF_BRAND = " and e.brand_id = %(brand)s"
ANSWERS = """
delete from loyalty_idempotencyrecord
where convert_from(coalesce(body, ''), 'UTF8') ilike any(%(patterns)s::text[]) or key ilike any(%(patterns)s::text[])
   or location ilike any(%(patterns)s::text[])
"""
JOBS = "delete from procrastinate_jobs where status <> 'doing' and args::text ilike any(%(patterns)s::text[])"
PORTAL_LOG = """
update django_admin_log l set object_repr = '', change_message = ''
where (l.object_id = any(%(ids)s::text[])
       or concat_ws(' ', l.object_repr, l.change_message) ilike any(%(patterns)s::text[]))
  and (l.object_repr <> '' or l.change_message <> '')
"""
BY_COLLEAGUES = " and l.user_id in (select person_id from loyalty_staff where brand_id = %(brand)s)"
REQUESTS = """
update loyalty_approvalrequest set reason = '', decision_reason = '',
    summary = case when summary ilike any(%(patterns)s::text[]) then 'Erased' else summary end,
    result = case when result ilike any(%(patterns)s::text[]) then 'Erased' else result end,
    payload = case when payload::text ilike any(%(patterns)s::text[]) then '{{}}' else payload end,
    status = case when status = 'waiting' then 'withdrawn' else status end, decided_at = coalesce(decided_at, %(now)s)
where (subject_id::text = any(%(ids)s::text[]) or payload::text ilike any(%(id_patterns)s::text[])
    or concat_ws(' ', summary, reason, decision_reason, result, payload::text) ilike any(%(patterns)s::text[])) {brand}
returning id
"""


def export_events(subject: Subject) -> list[dict]:
    """What the log of events says of them."""
    where = "member_id = %(member)s or aggregate_id = any(%(ids)s::uuid[])"
    if subject.brand:
        where = f"({where}) and brand_id = %(brand)s"
    query = f"select event_id, type, occurred_at, program_id, data from loyalty_event where {where} order by id"
    ids, brand = [str(each) for each in subject.ids], subject.brand and subject.brand.id
    return rows_told(query, {"member": subject.member_id, "ids": ids, "brand": brand})


def export(subject: Subject) -> Told:
    """Of what others asked for about somebody that and when; who they are is their own data."""
    ids = [uuid for each in traces_of(subject).ids if (uuid := as_uuid(each))]
    requests = ApprovalRequest.objects.filter(subject_id__in=ids, **subject.of_brand())
    own = [] if subject.brand or not subject.person else [subject.person]
    asked = ApprovalRequest.objects.filter(requested_by__in=own)
    clicks = LogEntry.objects.filter(user__in=own)
    return {
        "events": export_events(subject),
        "approvals": rows_of(requests, without=["requested_by", "decided_by", "payload"]),
        "asked_for": rows_of(asked, without=["decided_by", "payload"]),
        "portal_log": rows_of(clicks, without=["object_repr"]),
    }


def erase(erasing: Erasing) -> Counts:
    """Events keep ids and figures; answers kept for retries and jobs go; the portal's log and requests lose their
    words, and requests that wait are withdrawn."""
    subject, traces = erasing.subject, erasing.traces
    uuids = sorted(each for each in traces.ids if as_uuid(each))
    asked = {
        "member": subject.member_id, "brand": subject.brand and subject.brand.id, "kept": KEPT, "now": clock.now(),
        "ids": sorted(traces.ids), "uuids": uuids, "patterns": traces.patterns,
        "id_patterns": [f"%{each}%" for each in uuids],
    }  # fmt: skip
    either = asked | {"patterns": [*traces.patterns, *asked["id_patterns"]]}
    of_brand, by_colleagues = (OF_BRAND, BY_COLLEAGUES) if subject.brand else ("", "")
    counts = {
        "events": _run(TRIM.format(which=f"({LINKED}){of_brand}"), asked)
        + _run(TRIM.format(which=f"({MENTIONED}){of_brand}"), asked),
        "answers": _run(ANSWERS, either),
        "jobs": _run(JOBS, asked),
        "portal_log": _run(PORTAL_LOG + by_colleagues, asked),
    }
    requests = rows(REQUESTS.format(brand="and brand_id = %(brand)s" if subject.brand else ""), asked)
    erase_objects({"loyalty.approvalrequest": [row["id"] for row in requests]})
    return counts | {"approvals": len(requests)}


def _run(statement: str, asked: dict) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.rowcount


register(
    Room(
        name="traces",
        position=50,
        export=export,
        erase=erase,
        told={
            "loyalty.Event": "events",
            "loyalty.ApprovalRequest": "approvals",
            "admin.LogEntry": "portal_log",
        },
        untold={
            "loyalty.IdempotencyRecord": "answers given, kept for retries: what they tell is in the other sections",
            "procrastinate.ProcrastinateJob": "ids of what is to be done",
        },
    )
)
