"""What the front door answers with: a posting of the ledger together with whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.db import connection

from ledger.errors import KeyReused
from ledger.posting import Posted
from loyalty.errors import LoyaltyError


@dataclass(frozen=True, slots=True)
class Recorded:
    """A posting, and the member and program it belongs to. `status` is completed, pending, in_review, reversed or
    failed; the answer to the request that made it always says completed."""

    posted: Posted
    member_id: UUID
    program_id: UUID
    status: str = "completed"

    @property
    def is_replayed(self) -> bool:
        """True when the key had been used before, and this is its first answer again."""
        return self.posted.outcome == "replayed"


POSTING_COLUMNS = """p.id, p.public_id, p.kind, p.account_id, p.points, p.shortfall, p.balance_after, p.reference,
p.actor, p.data::text, p.occurred_at, p.recorded_at, o.public_id"""

EARLIER = f"""
select k.n, p.fingerprint, a.owner_id, pr.id, {POSTING_COLUMNS},
       json_build_object('held', h.points, 'captured', r.captured, 'expires_at', h.expires_at)::text
from unnest(%s::uuid[], %s::text[]) with ordinality k (brand_id, key, n)
join ledger_posting p on p.brand_id = k.brand_id and p.key = k.key
join ledger_account a on a.id = p.account_id
join programs_program pr on pr.unit_id = p.unit_id
left join ledger_posting o on o.id = p.reverses_id
left join ledger_holdresolution r on r.posting_id = p.id
left join ledger_hold h on h.id = r.hold_id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request by its key: whether it came before can be asked without doing it."""

    brand_id: UUID
    key: str
    fingerprint: bytes


def earlier_answers(asked: Sequence[Asked]) -> list[Recorded | LoyaltyError | None]:
    """For each request the answer that its key was given before, KeyReused when that was for another request, None when
    the key is new. One round trip. Asked only when something stands against a request now: an answer once given is
    given again, whatever has changed since."""
    if not asked:
        return []
    answers: list[Recorded | LoyaltyError | None] = [None] * len(asked)
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, [[request.brand_id for request in asked], [request.key for request in asked]])
        for n, fingerprint, member_id, program_id, *columns, facts in cursor.fetchall():
            same = bytes(fingerprint) == asked[n - 1].fingerprint
            posted = posted_of(columns, outcome="replayed", facts=msgspec.json.decode(facts))
            answers[n - 1] = Recorded(posted, member_id, program_id) if same else KeyReused()
    return answers


def posted_of(columns: Sequence, *, outcome: str = "posted", facts: dict | None = None) -> Posted:
    """A posting read by `POSTING_COLUMNS` in the form in which the ledger answers."""
    *moved, data, occurred_at, recorded_at, reverses = columns
    return Posted(0, outcome, *moved, msgspec.json.decode(data), occurred_at, recorded_at, reverses, facts)


def written(moment: datetime | None) -> str | None:
    """A moment as it is kept in a posting's data and answered: in UTC with a Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
