"""What the history keeps of somebody: the records of themselves go; of others' records the words that name them, and
from where they acted. It comes last, for whatever is erased before leaves records too."""

from django.db import connection

from loyalty.history import erasing as history
from loyalty.history.tracking import KINDS
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, plain, register
from loyalty.identity.privacy.subjects import Subject
from loyalty.sql import rows

OWN = ("loyalty.member", "loyalty.brandmember", "loyalty.person")
WHY_AND_WHENCE = ("reason", "address")

FIND = """
select r.pgh_id,
       (to_jsonb(r) - 'pgh_context')::text ilike any(%(patterns)s::text[]) as names_them,
       r.pgh_context ->> 'actor' = %(actor)s as is_theirs,
       r.pgh_obj_id::text = any(%(ids)s::text[]) or r.pgh_context::text ilike any(%(patterns)s::text[]) as is_about
from {table} r {join}
where r.pgh_context ->> 'actor' = %(actor)s or r.pgh_obj_id::text = any(%(ids)s::text[])
   or to_jsonb(r)::text ilike any(%(patterns)s::text[])
"""
OF_BRAND = "join loyalty_change c on c.id = r.pgh_id and %(brand)s = any(c.brand_ids)"
LINES = """
select id, kind, object_id, label, recorded_at from loyalty_change
where (kind, object_id) in (select * from unnest(%(kinds)s::text[], %(ids)s::text[])) order by id
"""


def export(subject: Subject) -> Told:
    """The changes of themselves, with the values that were changed; who made them is those people's own data."""
    told = []
    objects = {"loyalty.member": subject.member_id, "loyalty.person": None if subject.brand else subject.person_id}
    for kind, object_id in objects.items():
        if object_id is None:
            continue
        sealed = KINDS[kind].sealed
        for record in KINDS[kind].history._default_manager.filter(pgh_obj_id=object_id).order_by("pgh_id"):
            before = {name: None if name in sealed else value for name, value in (record.pgh_before or {}).items()}
            why = (record.pgh_context or {}).get("reason", "")
            said = {"what": kind, "when": plain(record.pgh_created_at), "how": record.pgh_label, "why": why}
            told.append(said | {"before": before})
    return {"changes": told}


def erase(erasing: Erasing) -> Counts:
    """Records that name them go; the reasons of others about what is theirs, and from where they acted, are taken
    out."""
    subject, traces = erasing.subject, erasing.traces
    asked = {
        "patterns": traces.patterns,
        "ids": sorted(traces.ids),
        "actor": f"person:{subject.person_id}" if subject.person and not subject.brand else "",
        "brand": subject.brand and subject.brand.id,
    }
    erased = 0
    for kind in KINDS.values():
        table = connection.ops.quote_name(kind.history._meta.db_table)
        found = rows(FIND.format(table=table, join=OF_BRAND if subject.brand else ""), asked)
        if kind.name not in OWN:
            erased += history.erase_records(kind.name, [row["pgh_id"] for row in found if row["names_them"]])
        rest = [row for row in found if not row["names_them"]]
        about = [row["pgh_id"] for row in rest if row["is_about"]]
        erased += history.redact(kind.name, about, names=WHY_AND_WHENCE)
        acted = [row["pgh_id"] for row in rest if row["is_theirs"] and not row["is_about"]]
        erased += history.redact(kind.name, acted, names=("address",))
    return {"changes": erased + _erase_own(subject, traces)}


def _erase_own(subject: Subject, traces) -> int:
    if not subject.brand:
        return history.erase(member_id=subject.member_id, person_id=subject.person_id)
    links = KINDS["loyalty.brandmember"].history._default_manager.filter(member_id=subject.member_id)
    ids = links.filter(brand_id=subject.brand.id).values_list("pgh_obj_id", flat=True).distinct()
    return history.erase_objects({"loyalty.brandmember": list(ids)})


def _labels() -> list[str]:
    return [kind.history._meta.label for kind in KINDS.values()]


register(
    Room(
        name="history",
        position=90,
        export=export,
        erase=erase,
        told={"loyalty.MemberHistory": "changes"},
        untold={
            label: "told by the sections of what was changed" for label in _labels() if label != "loyalty.MemberHistory"
        }
        | {"loyalty.Change": "opaque ids, times and digests; the seals are over them"},
    )
)
