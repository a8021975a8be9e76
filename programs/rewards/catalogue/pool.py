"""Codes of somebody else (a cinema's, a shop's), added to a reward's pool and given one by one. They are counted and
never listed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from loyalty.errors import Invalid
from programs.rewards.catalogue.errors import PoolNotWanted
from programs.rewards.catalogue.operations import lock_reward, record
from programs.rewards.models import Reward

CODES_MAX = 10_000
LENGTH_MAX = 200
ERRORS_MAX = 100
ADD = """
insert into programs_poolcode (reward_id, code, added_at) select %s, x.code, now()
from unnest(%s::text[]) with ordinality x (code, n) order by x.n
on conflict (reward_id, code) do nothing returning code
"""


@dataclass(frozen=True, slots=True)
class Added:
    """How many codes are new in the pool, and which of those given were there or were given twice."""

    added: int
    duplicates: list[str]


@transaction.atomic
def add_codes(reward: Reward, codes: Sequence[str], *, actor: str) -> Added:
    """Adds codes to the pool of an external reward, as they are; those that are there already, spent ones too, stay as
    they are. One statement for up to 10,000. Repeating it adds none.
    Refusals, in order of precedence: ProgramArchived, RewardArchived, PoolNotWanted, Invalid (every code that cannot
    be)."""
    locked = lock_reward(reward)
    if locked.kind != Reward.Kind.EXTERNAL_CODE:
        raise PoolNotWanted()
    _refuse_mistakes(codes)
    with connection.cursor() as cursor:
        cursor.execute(ADD, [locked.pk, list(dict.fromkeys(codes))])
        new = {code for (code,) in cursor.fetchall()}
    if new:
        record("reward.codes_added", locked, actor, codes=len(new))
    times = Counter(codes)
    return Added(len(new), [code for code in times if code not in new or times[code] > 1])


def _refuse_mistakes(codes: Sequence[str]) -> None:
    if not 1 <= len(codes) <= CODES_MAX:
        raise Invalid([_wrong("/codes", "invalid-length", f"1 to {CODES_MAX:,} codes at once.")])
    detail = f"1 to {LENGTH_MAX} characters that can be seen, with no blank at an end."
    errors = [
        _wrong(f"/codes/{index}", "invalid-format", detail)
        for index, code in enumerate(codes)
        if not (0 < len(code) <= LENGTH_MAX and code.isprintable() and code == code.strip())
    ]
    if errors:
        raise Invalid(errors[:ERRORS_MAX])


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}
