"""Chains of seals over what is only ever added to, and how one is checked: the ledger has one, the history of changes
has another. The seals themselves are made in SQL, behind the writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import DatabaseError, models, transaction

from loyalty.errors import LoyaltyError
from loyalty.sql import rows

STEP_SEALS = 50


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One chain: its table of seals; `check`, a statement that takes a sequence and a limit and answers of the seals
    after it what they say and what their blocks hash to now; and how its entries and a change of one are called."""

    seals: type[models.Model]
    check: str
    entries: str
    changed: str

    def newest(self) -> Checkpoint:
        """The newest seal, to be kept elsewhere; number 0 before the first."""
        newest = self.seals._default_manager.order_by("-sequence").first()
        return Checkpoint(newest.sequence, bytes(newest.hash).hex()) if newest else START

    def verify(self, start: Checkpoint = START) -> Verdict:
        """Checks the chain from the start, or after a checkpoint kept elsewhere, which must still be in it. Stops at
        the first seal that is broken. Reads every entry behind the seals it checks; changes nothing."""
        from_xid = 0
        if start.sequence:
            kept = self.seals._default_manager.filter(sequence=start.sequence).first()
            if kept is None:
                return Verdict(START, 0, f"seal {start.sequence} of the checkpoint is missing")
            if bytes(kept.hash).hex() != start.hash:
                return Verdict(START, 0, f"seal {start.sequence} is not the one of the checkpoint")
            from_xid = kept.to_xid
        upto, entries = start, 0
        for link in self._links(start.sequence):
            if broken := self._broken(link, upto, from_xid):
                return Verdict(upto, entries, f"seal {upto.sequence + 1}: {broken}")
            upto, from_xid = Checkpoint(link["sequence"], bytes(link["hash"]).hex()), link["to_xid"]
            entries += link["entries"]
        return Verdict(upto, entries)

    def _links(self, after: int) -> Iterator[dict]:
        """The seals after that number with what their blocks hash to now, a few at a time."""
        while found := rows(self.check, [after, STEP_SEALS]):
            yield from found
            after = found[-1]["sequence"]

    def _broken(self, link: dict, previous: Checkpoint, from_xid: int) -> str:
        """What is wrong with this link of the chain, or nothing."""
        if link["sequence"] != previous.sequence + 1:
            return f"it is missing; the next is {link['sequence']}"
        if bytes(link["previous_hash"]).hex() != previous.hash or link["from_xid"] != from_xid:
            return "it does not follow the one before"
        if link["entries"] != link["entries_now"]:
            return f"it was made over {link['entries']:,} {self.entries} and there are {link['entries_now']:,}"
        if bytes(link["hash"]) != bytes(link["hash_now"]):
            return self.changed
        return ""


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
