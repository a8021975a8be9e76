"""Members are told before an unused voucher of theirs ends: an event for each voucher, once. What becomes of it (a
message, say) is for whoever reads the log."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from programs.membership.models import Program

CHUNK = 1_000
BEFORE = timedelta(days=7)
ACTOR = "system:expiry"

# Who got it less than that ago knows until when it is good.
DUE = """
from programs_voucher v
where v.status in ('issued', 'claimed') and v.expires_at > %(at)s and v.expires_at <= %(to)s
  and v.member_id is not null and v.issued_at <= v.expires_at - %(before)s
  and (%(program)s::uuid is null or v.program_id = %(program)s::uuid)
  and not exists (select from loyalty_event e where e.aggregate_id = v.id and e.type = 'voucher.expiring')
order by v.expires_at limit %(limit)s
"""
WARN = f"""
with due as materialized (
  select v.id, v.brand_id, v.program_id, v.member_id, v.reward_id, v.kind, v.expires_at,
         v.terms ->> 'reward_code' as reward {DUE} for no key update skip locked
), stream as (
  insert into loyalty_eventstream as s (aggregate_id, last_sequence) select id, 1 from due order by id
  on conflict (aggregate_id) do update set last_sequence = s.last_sequence + 1
  returning aggregate_id, last_sequence
), told as (
  insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  select gen_random_uuid(), v.brand_id, 'voucher.expiring', v.id, s.last_sequence, v.member_id, v.program_id,
         jsonb_build_object('actor', %(actor)s::text, 'kind', v.kind, 'reward_id', v.reward_id,
                            'reward', coalesce(v.reward, ''), 'expires_at', v.expires_at), %(at)s
  from due v join stream s on s.aggregate_id = v.id order by v.id
)
select count(*) from due
"""
COUNT = f"select count(*) from (select 1 {DUE}) due"


def warn_of_vouchers(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda vouchers: None,
) -> int:
    """Records "voucher.expiring" for unused vouchers of members that end within a week of `at`, `limit` at most, and
    answers how many; a voucher that was given for less than a week is not told of. Each chunk is a transaction of its
    own; repeating it tells nothing again. With `dry_run` nothing changes and it says how many are due."""
    asked = {"at": at, "to": at + BEFORE, "before": BEFORE, "program": program and program.id, "actor": ACTOR}
    if dry_run:
        return _count(COUNT, asked | {"limit": limit})
    told = 0
    while limit is None or told < limit:
        with transaction.atomic():
            found = _count(WARN, asked | {"limit": CHUNK if limit is None else min(CHUNK, limit - told)})
        if not found:
            break
        told += found
        progress(told)
    return told


def _count(statement: str, asked: dict) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchone()[0]
