"""The sweep: vouchers whose time is over are written down as expired, with an event each. Nobody can use them without
it either; what was taken of a reward's stock for them does not go back."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from programs.membership.models import Program

CHUNK = 1_000
ACTOR = "system:expiry"
DUE = """
from programs_voucher v
where v.status in ('issued', 'claimed') and v.expires_at <= %(at)s
  and (%(program)s::uuid is null or v.program_id = %(program)s::uuid)
order by v.expires_at limit %(limit)s
"""
# Vouchers that somebody is busy with are left to the next run. Each has a stream of events of its own, locked in order.
EXPIRE = f"""
with due as materialized (
  select v.id {DUE} for update skip locked
), expired as (
  update programs_voucher v set status = 'expired', expired_at = v.expires_at from due where v.id = due.id
  returning v.id, v.brand_id, v.program_id, v.member_id, v.reward_id, v.kind, v.expires_at,
            v.terms ->> 'reward_code' as reward
), stream as (
  insert into loyalty_eventstream as s (aggregate_id, last_sequence) select id, 1 from expired order by id
  on conflict (aggregate_id) do update set last_sequence = s.last_sequence + 1
  returning aggregate_id, last_sequence
), told as (
  insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  select gen_random_uuid(), v.brand_id, 'voucher.expired', v.id, s.last_sequence, v.member_id, v.program_id,
         jsonb_build_object('actor', %(actor)s::text, 'kind', v.kind, 'reward_id', v.reward_id,
                            'reward', coalesce(v.reward, '')), v.expires_at
  from expired v join stream s on s.aggregate_id = v.id order by v.id
)
select count(*) from expired
"""
COUNT = f"select count(*) from (select 1 {DUE}) due"


def expire_vouchers(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda vouchers: None,
) -> int:
    """Expires vouchers that ended up to `at`, of one program or of all, `limit` at most, and answers how many. Each
    chunk is a transaction of its own; two sweeps at once share the work. Repeating it changes nothing. With `dry_run`
    nothing changes and it says how many are due."""
    asked = {"at": at, "program": program and program.id, "actor": ACTOR}
    if dry_run:
        return _count(COUNT, asked | {"limit": limit})
    expired = 0
    while limit is None or expired < limit:
        with transaction.atomic():
            found = _count(EXPIRE, asked | {"limit": CHUNK if limit is None else min(CHUNK, limit - expired)})
        if not found:
            break
        expired += found
        progress(expired)
    return expired


def _count(statement: str, asked: dict) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchone()[0]
