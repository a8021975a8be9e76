"""Sealing the history behind the writes, and checking it: the chain over the list of changes, and each record against
the digest in its line. Whoever can rewrite both can rewrite the seals too, so a checkpoint is kept elsewhere."""

from django.db import connection

from loyalty.chains import START, Chain, Checkpoint, Verdict, behind_the_writes
from loyalty.history.models import HistorySeal
from loyalty.history.tracking import KINDS, Kind
from loyalty.sql import rows

BLOCK_CHANGES = 500
STEP_CHANGES = 50_000

CHECK = """
select s.sequence, s.changes as entries, s.from_xid, s.to_xid, s.hash, s.previous_hash,
       b.changes as entries_now, b.hash as hash_now
from loyalty_historyseal s, lateral loyalty_history_block(s.previous_hash, s.from_xid, s.to_xid) b
where s.sequence > %s order by s.sequence limit %s
"""
CHAIN = Chain(seals=HistorySeal, check=CHECK, entries="changes", changed="a line in the list of changes was changed")

# A record without its line, one that is neither what its line says nor what an erasure left of it, and a line without
# its record that no erasure explains.
RECORDS_OFF = """
select coalesce(line.id, record.pgh_id) as id,
       case when line.id is null then 'was put there by hand'
            when record.pgh_id is null then 'is gone' else 'was changed' end as what
from (select * from loyalty_change where kind = %(kind)s and label <> 'erase') line
full join {table} record on record.pgh_id = line.id
where line.id is null
   or (record.pgh_id is not null and loyalty_row_digest(record) is distinct from line.digest and not exists (
          select from loyalty_change erasure where erasure.kind = line.kind and erasure.object_id = line.object_id
          and erasure.label = 'erase' and erasure.id > line.id and erasure.digest = loyalty_row_digest(record)))
   or (record.pgh_id is null and not exists (
          select from loyalty_change erasure where erasure.kind = line.kind and erasure.object_id = line.object_id
          and erasure.label = 'erase' and erasure.id > line.id))
order by 1 limit 1
"""


def seal(*, limit: int | None = None) -> int:
    """Seals the changes of settled transactions, `limit` of them or a transaction more (all). Answers how many;
    repeating it seals what came since. Raises TransactionIdsWentBack."""
    sealed = 0
    while limit is None or sealed < limit:
        step = STEP_CHANGES if limit is None else min(STEP_CHANGES, limit - sealed)
        with behind_the_writes(), connection.cursor() as cursor:
            cursor.execute("select loyalty_seal_settled(%s, %s)", [BLOCK_CHANGES, step])
            (found,) = cursor.fetchone()
        sealed += found
        if found < step:
            break
    return sealed


def newest_checkpoint() -> Checkpoint:
    """The newest seal, to be kept elsewhere; number 0 before the first."""
    return CHAIN.newest()


def verify(start: Checkpoint = START) -> Verdict:
    """Checks the chain over the list of changes as the ledger's is checked, and then every record against its line. A
    record that was erased is no fault: its line and the erasure's are sealed. Changes nothing."""
    verdict = CHAIN.verify(start)
    if verdict.broken:
        return verdict
    for kind in KINDS.values():
        if broken := _record_off(kind):
            return Verdict(verdict.upto, verdict.entries, broken)
    return verdict


def _record_off(kind: Kind) -> str:
    """What is wrong with the first record of this kind that is off, or nothing."""
    table = connection.ops.quote_name(kind.history._meta.db_table)
    found = rows(RECORDS_OFF.format(table=table), {"kind": kind.name})
    return f"the record {found[0]['id']} of {kind.name} {found[0]['what']}" if found else ""
