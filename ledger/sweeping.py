"""What time calls for, written down in bounded steps: roll-ups of the units' own accounts and holds that ran out."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from django.db import connection

from ledger.models import Posting
from ledger.posting import Move, post
from ledger.sealing import behind_the_writes
from loyalty import clock
from loyalty.sql import rows

CHUNK = 500

# The oldest accounts with a hold that ran out; each once, however many holds it has.
RAN_OUT = """
select h.account_id, count(*) as holds, sum(h.points)::bigint as points
from ledger_hold h
where h.expires_at <= %s and not exists (select from ledger_holdresolution r where r.hold_id = h.id)
group by h.account_id order by min(h.expires_at), h.account_id limit %s
"""


@dataclass(frozen=True, slots=True)
class Released:
    """How many holds ran out and went back, and their points."""

    holds: int
    points: int


def roll_up() -> int:
    """Folds settled entries into the roll-ups of the units' own accounts; answers how many sides of entries.
    Repeating it folds what came since. Raises TransactionIdsWentBack."""
    with behind_the_writes(), connection.cursor() as cursor:
        cursor.execute("select ledger_roll_up()")
        return cursor.fetchone()[0]


def release_holds(*, limit: int | None = None, dry_run: bool = False) -> Released:
    """Gives back the points of holds that ran out, of `limit` accounts (all), some hundred to a transaction; what
    lapsed of them expires at once. Repeating it finds nothing; a capture that came first wins."""
    now, holds, points, accounts = clock.now(), 0, 0, 0
    while limit is None or accounts < limit:
        most = CHUNK if limit is None else min(CHUNK, limit - accounts)
        found = rows(RAN_OUT, [now, None if dry_run and limit is None else most])
        if not found:
            break
        if not dry_run:
            post([_touch(row["account_id"], now) for row in found])
        accounts += len(found)
        holds += sum(row["holds"] for row in found)
        points += sum(row["points"] for row in found)
        if dry_run:
            break
    return Released(holds, points)


def _touch(account_id: int, now) -> Move:
    """A move that only does what time calls for."""
    key = f"system:holds:{uuid4()}"
    fingerprint = sha256(key.encode()).digest()
    return Move(
        kind=Posting.Kind.EXPIRE, account_id=account_id, key=key, fingerprint=fingerprint, actor="system:holds", at=now
    )
