"""Taking somebody out of the history: what the records of an object say goes, that there were changes stays."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connection, transaction

from loyalty.history.tracking import KINDS
from loyalty.sql import rows

# An erasure is itself a line, without a record: whoever reads the list sees it, and the seals cover it.
NOTE = """
select loyalty_note_change(%(kind)s, nextval('loyalty_change_id_seq'), object_id, 'erase',
           nullif(current_setting('pghistory.context_metadata', true), '')::jsonb,
           array(select distinct unnest(brand_ids) from loyalty_change c
                 where c.kind = %(kind)s and c.object_id = lines.object_id),
           sha256(''))
from (select distinct object_id from loyalty_change where kind = %(kind)s and object_id = any(%(ids)s)) lines
"""
REMOVE = """
delete from {table} where pgh_id in (
    select id from loyalty_change where kind = %(kind)s and object_id = any(%(ids)s) and label <> 'erase')
"""


def erase(*, member_id: UUID | None = None, person_id: UUID | None = None) -> int:
    """Takes the content of all records of a member, of what brands call them, and of a person with a login out of the
    history; returns how many records. Their lines stay, with digests that tell nothing, so that the seals hold. To be
    called in the transaction of the erasure, after everything else in it: what it changes leaves records too. Repeating
    it changes nothing but for another line."""
    objects: dict[str, Collection] = {}
    if member_id:
        links = KINDS["loyalty.brandmember"].history._default_manager.filter(member_id=member_id)
        objects["loyalty.brandmember"] = list(links.values_list("pgh_obj_id", flat=True).distinct())
        objects["loyalty.member"] = [member_id]
    if person_id:
        objects["loyalty.person"] = [person_id]
    return erase_objects(objects)


@transaction.atomic
def erase_objects(objects: Mapping[str, Collection]) -> int:
    """The same for objects by the names of their kinds, say {"loyalty.member": [id]}."""
    erased = 0
    for kind, ids in objects.items():
        asked = {"kind": kind, "ids": [str(each) for each in ids]}
        table = connection.ops.quote_name(KINDS[kind].history._meta.db_table)
        rows(NOTE, asked)
        with connection.cursor() as cursor:
            cursor.execute(REMOVE.format(table=table), asked)
            erased += cursor.rowcount
    return erased


# What a record is after a part of its context is taken out, and the line that vouches for it.
NOTE_REDACTED = """
select loyalty_note_change(%(kind)s, nextval('loyalty_change_id_seq'), r.pgh_obj_id::text, 'erase',
           nullif(current_setting('pghistory.context_metadata', true), '')::jsonb,
           (select brand_ids from loyalty_change c where c.id = r.pgh_id),
           loyalty_row_digest(jsonb_populate_record(
               r, jsonb_build_object('pgh_context', r.pgh_context - %(names)s::text[]))))
from {table} r where r.pgh_id = any(%(records)s) and r.pgh_context ?| %(names)s::text[]
"""
REDACT = """
update {table} set pgh_context = pgh_context - %(names)s::text[]
where pgh_id = any(%(records)s) and pgh_context ?| %(names)s::text[]
"""
NOTE_RECORDS = """
select loyalty_note_change(%(kind)s, nextval('loyalty_change_id_seq'), c.object_id, 'erase',
           nullif(current_setting('pghistory.context_metadata', true), '')::jsonb, c.brand_ids, sha256(''))
from loyalty_change c where c.kind = %(kind)s and c.id = any(%(records)s)
"""


def _table(kind: str) -> str:
    return connection.ops.quote_name(KINDS[kind].history._meta.db_table)


@transaction.atomic
def redact(kind: str, records: Collection[int], *, names: Collection[str]) -> int:
    """Takes parts of the context ("reason", "address") out of these records of a kind; returns how many had one. What
    was changed, when and by whom stays, and the seals hold. Repeating it changes nothing."""
    asked = {"kind": kind, "records": list(records), "names": list(names)}
    rows(NOTE_REDACTED.format(table=_table(kind)), asked)
    with connection.cursor() as cursor:
        cursor.execute(REDACT.format(table=_table(kind)), asked)
        return cursor.rowcount


@transaction.atomic
def erase_records(kind: str, records: Collection[int]) -> int:
    """Takes these records of a kind out, and no others of their objects; returns how many. Their lines stay."""
    asked = {"kind": kind, "records": list(records)}
    rows(NOTE_RECORDS, asked)
    with connection.cursor() as cursor:
        cursor.execute(f"delete from {_table(kind)} where pgh_id = any(%(records)s)", asked)
        return cursor.rowcount
