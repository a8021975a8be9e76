"""Sealing the books behind the writes, and checking the seals: a hash chain over the entries and their postings. An
operator keeps a checkpoint elsewhere, for whoever can rewrite the books can rewrite the chain too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import DatabaseError, connection, transaction

from ledger.models import Seal
from loyalty.errors import LoyaltyError
from loyalty.sql import rows

BLOCK_ENTRIES = 1000
STEP_ENTRIES = 50_000
STEP_SEALS = 50

CHECK = """
select s.sequence, s.entries, s.from_xid, s.to_xid, s.hash, s.previous_hash,
       b.entries as entries_now, b.hash as hash_now
from ledger_seal s, lateral ledger_block_hash(s.previous_hash, s.from_xid, s.to_xid) b
where s.sequence > %s order by s.sequence limit %s
"""


class TransactionIdsWentBack(LoyaltyError):
    """Transaction ids lie behind those already sealed or rolled up: the books came from another server."""

    code = "transaction-ids-went-back"
    status = 503


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A seal as an operator keeps it elsewhere: its number and hash."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads "SEQ:HASH"; raises ValueError."""
        sequence, _, found = text.strip().partition(":")
        if len(bytes.fromhex(found)) != 32:
            raise ValueError(f"{text!r} is not SEQ:HASH with 64 hexadecimal digits")
        return cls(int(sequence), found.lower())


START = Checkpoint(0, "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain holds: `upto` is the last seal that does; `broken` says what is wrong with the next, or is
    empty. `entries` were verified."""

    upto: Checkpoint
    entries: int
    broken: str = ""


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
    newest = Seal.objects.order_by("-sequence").first()
    return Checkpoint(newest.sequence, bytes(newest.hash).hex()) if newest else START


def verify(start: Checkpoint = START) -> Verdict:
    """Checks the chain from the start, or after a checkpoint kept elsewhere, which must still be in it. Stops at the
    first seal that is broken. Reads every entry behind the seals it checks; changes nothing."""
    if start.sequence:
        kept = Seal.objects.filter(sequence=start.sequence).first()
        if kept is None:
            return Verdict(START, 0, f"seal {start.sequence} of the checkpoint is missing")
        if bytes(kept.hash).hex() != start.hash:
            return Verdict(START, 0, f"seal {start.sequence} is not the one of the checkpoint")
        from_xid = kept.to_xid
    else:
        from_xid = 0
    upto, entries = start, 0
    for link in _links(start.sequence):
        if broken := _broken(link, upto, from_xid):
            return Verdict(upto, entries, f"seal {upto.sequence + 1}: {broken}")
        upto, from_xid = Checkpoint(link["sequence"], bytes(link["hash"]).hex()), link["to_xid"]
        entries += link["entries"]
    return Verdict(upto, entries)


@contextmanager
def behind_the_writes() -> Iterator[None]:
    """A transaction in which the database's refusal of ids that went back becomes TransactionIdsWentBack."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.sqlstate == "LE002":
            raise TransactionIdsWentBack(f"{cause.diag.message_primary}. {cause.diag.message_hint}") from error
        raise


def _links(after: int) -> Iterator[dict]:
    """The seals after that number with what their blocks hash to now, a few at a time."""
    while found := rows(CHECK, [after, STEP_SEALS]):
        yield from found
        after = found[-1]["sequence"]


def _broken(link: dict, previous: Checkpoint, from_xid: int) -> str:
    """What is wrong with this link of the chain, or nothing."""
    if link["sequence"] != previous.sequence + 1:
        return f"it is missing; the next is {link['sequence']}"
    if bytes(link["previous_hash"]).hex() != previous.hash or link["from_xid"] != from_xid:
        return "it does not follow the one before"
    if link["entries"] != link["entries_now"]:
        return f"it was made over {link['entries']:,} entries and there are {link['entries_now']:,}"
    if bytes(link["hash"]) != bytes(link["hash_now"]):
        return "an entry or its posting was changed"
    return ""
