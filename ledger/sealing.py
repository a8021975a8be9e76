"""Sealing the books behind the writes, and checking the seals: a hash chain over the entries and their postings. An
operator keeps a checkpoint elsewhere, for whoever can rewrite the books can rewrite the chain too."""

from django.db import connection

from ledger.models import Seal
from loyalty.chains import START, Chain, Checkpoint, TransactionIdsWentBack, Verdict, behind_the_writes

__all__ = [
    "START",
    "Checkpoint",
    "TransactionIdsWentBack",
    "Verdict",
    "behind_the_writes",
    "newest_checkpoint",
    "seal",
    "verify",
]

BLOCK_ENTRIES = 1000
STEP_ENTRIES = 50_000

CHECK = """
select s.sequence, s.entries, s.from_xid, s.to_xid, s.hash, s.previous_hash,
       b.entries as entries_now, b.hash as hash_now
from ledger_seal s, lateral ledger_block_hash(s.previous_hash, s.from_xid, s.to_xid) b
where s.sequence > %s order by s.sequence limit %s
"""
CHAIN = Chain(seals=Seal, check=CHECK, entries="entries", changed="an entry or its posting was changed")


def seal(*, limit: int | None = None) -> int:
    """Seals the entries of settled transactions, `limit` of them or a transaction more (all), in steps that are each
    one transaction. Answers how many; repeating it seals what came since. Raises TransactionIdsWentBack."""
    sealed = 0
    while limit is None or sealed < limit:
        step = STEP_ENTRIES if limit is None else min(STEP_ENTRIES, limit - sealed)
        with behind_the_writes(), connection.cursor() as cursor:
            cursor.execute("select ledger_seal_settled(%s, %s)", [BLOCK_ENTRIES, step])
            (found,) = cursor.fetchone()
        sealed += found
        if found < step:
            break
    return sealed


def newest_checkpoint() -> Checkpoint:
    """The newest seal, to be kept elsewhere; number 0 before the first."""
    return CHAIN.newest()


def verify(start: Checkpoint = START) -> Verdict:
    """Checks the chain from the start, or after a checkpoint kept elsewhere, which must still be in it. Stops at the
    first seal that is broken. Reads every entry behind the seals it checks; changes nothing."""
    return CHAIN.verify(start)
