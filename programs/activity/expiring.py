"""The sweep: empties lots that have lapsed. Balances are right without it, for lapsed points count nowhere; it makes
the books say so, with an event that tells."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from ledger.posting import Move, post
from programs.membership.models import Program

CHUNK = 500

# In the order in which they lapsed; accounts that somebody else is busy with are left to the next run.
DUE = """
select b.account_id, p.id
from ledger_lot l
join ledger_balance b on b.account_id = l.account_id
join ledger_account a on a.id = l.account_id
join programs_program p on p.unit_id = a.unit_id
where l.is_open and l.expires_at <= %(at)s and (%(program)s::uuid is null or p.id = %(program)s::uuid)
order by l.expires_at, l.id limit %(limit)s
for update of b skip locked
"""
LAPSED = """
select count(*), coalesce(sum(remaining), 0)::bigint
from ledger_lot where account_id = any(%s) and is_open and expires_at <= %s
"""
PREVIEW = """
select count(*), coalesce(sum(remaining), 0)::bigint from (
  select l.remaining from ledger_lot l
  join ledger_account a on a.id = l.account_id join programs_program p on p.unit_id = a.unit_id
  where l.is_open and l.expires_at <= %(at)s and (%(program)s::uuid is null or p.id = %(program)s::uuid)
  order by l.expires_at, l.id limit %(limit)s
) due
"""


@dataclass(frozen=True)
class Sweep:
    """What a sweep came to, or would: whole points, and the lots they lay in."""

    lots: int = 0
    points: int = 0


def expire_points(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda lots: None,
) -> Sweep:
    """Expires what lapsed up to `at`, of one program or of all, about `limit` lots at most: a member whose turn it is
    has all of theirs expired. Each chunk is a transaction of its own; two sweeps at once share the work. Repeating it
    changes nothing. With `dry_run` nothing changes and it says what is due."""
    asked = {"at": at, "program": program and program.id, "limit": limit}
    if dry_run:
        with connection.cursor() as cursor:
            cursor.execute(PREVIEW, asked)
            return Sweep(*cursor.fetchone())
    swept = Sweep()
    while limit is None or swept.lots < limit:
        chunk = CHUNK if limit is None else min(CHUNK, limit - swept.lots)
        lots, points = _expire_chunk(asked | {"limit": chunk})
        if not lots:
            break
        swept = Sweep(swept.lots + lots, swept.points + points)
        progress(swept.lots)
    return swept


@transaction.atomic
def _expire_chunk(asked: dict) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        accounts = dict(cursor.fetchall())
        # Counted after the locks were got: nobody can change these lots any more.
        cursor.execute(LAPSED, [list(accounts), asked["at"]])
        found = cursor.fetchone()
    post(
        [
            Move(
                kind="expire",
                account_id=account_id,
                key=f"sweep:{account_id}:{asked['at'].isoformat()}",
                fingerprint=b"",
                actor="system:expiry",
                at=asked["at"],
                program_id=program_id,
            )
            for account_id, program_id in sorted(accounts.items())
        ]
    )
    return found
