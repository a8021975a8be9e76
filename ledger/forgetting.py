"""What becomes of the books when somebody is erased: their points are forfeited, their accounts closed, and the words
that people wrote into their postings forgotten. Figures, times and opaque ids stay; the books balance as before."""

import json
from collections.abc import Collection
from hashlib import sha256
from uuid import UUID

from django.db import connection

from ledger.models import Account
from ledger.posting import Move, post
from loyalty import clock
from loyalty.ids import uuid7
from loyalty.sql import rows

# Locked in the order in which posting locks them, so that nothing moves between here and the end of the transaction.
HELD = """
with locked as materialized (
  select b.account_id, b.held, b.debt from ledger_balance b where b.account_id = any(%s) order by 1 for update
)
select l.account_id, l.debt, p.public_id as hold_id
from locked l left join (ledger_hold h join ledger_posting p on p.id = h.posting_id)
  on h.account_id = l.account_id and not exists (select from ledger_holdresolution r where r.hold_id = h.id)
order by l.account_id, h.id
"""
# What the clock itself posted (lots that expired, holds that ran out) has no words.
NOTE_WORDS = """
insert into ledger_forgotten (posting_id)
select p.id from ledger_posting p
where p.account_id = any(%(accounts)s) and p.key not like 'expire:%%' and p.key not like 'lapse:%%'
  and p.key <> 'forgotten:' || p.public_id
order by p.id on conflict do nothing
"""
FORGET = """
update ledger_posting p
set key = 'forgotten:' || p.public_id,
    reference = case when p.reference ilike any(%(words)s::text[]) then 'forgotten:' || p.public_id
                else p.reference end,
    data = case when (p.data - '{description,reason}'::text[])::text ilike any(%(words)s::text[]) then '{}'
                else p.data - '{description,reason}'::text[] end
from ledger_forgotten f
where f.posting_id = p.id
"""
FORGET_WORDS = f"{FORGET} and p.account_id = any(%(accounts)s) and p.key <> 'forgotten:' || p.public_id"
# Reads every posting: lowered once, which takes a third of the time that ILIKE takes.
MENTIONING = """
select p.id from ledger_posting p
where lower(concat_ws(' ', p.key, p.reference, p.data::text))
      like any(array(select lower(w) from unnest(%(words)s::text[]) w)) {brand} order by p.id
"""
NOTE_MENTIONS = """
insert into ledger_forgotten (posting_id) select unnest(%(postings)s::bigint[]) on conflict do nothing
"""
FORGET_MENTIONS = f"{FORGET} and p.id = any(%(postings)s)"


def forfeit(account_ids: Collection[int], *, actor: str, for_good: bool = True) -> int:
    """Takes all points of these member accounts, in the caller's transaction: holds go back first, what is owed is
    written off, then every lot expires, pending ones too, to the unit's breakage. `for_good` closes the accounts:
    nothing is ever posted to them again. Answers how many points were forfeited. Repeating it changes nothing."""
    accounts = sorted(Account.objects.filter(id__in=account_ids, closed_at=None).values_list("id", flat=True))
    found = rows(HELD, [accounts])
    # What lapsed on its own does so first, and holds that ran out are back.
    post([_move("expire", account_id, actor) for account_id in accounts])
    post([_move("release", row["account_id"], actor, target=row["hold_id"]) for row in found if row["hold_id"]])
    # Of an account with debt and holds the points that came back have paid for some of it.
    owed = {row["account_id"]: row["debt"] for row in rows(HELD, [accounts]) if row["debt"]}
    post([_move("adjust", account_id, actor, points=debt) for account_id, debt in owed.items()], together=True)
    before = _posted(accounts)
    post([_move("expire", account_id, actor, policy="forfeit") for account_id in accounts], together=True)
    left = _posted(accounts)
    assert not any(left.values()), "what is forfeited is gone"
    if for_good:
        Account.objects.filter(id__in=accounts).update(closed_at=clock.now())
    return sum(before.values())


def forget_words(account_ids: Collection[int], words: Collection[str]) -> int:
    """Takes out of the accounts' postings what people wrote: keys and descriptions, and references and whatever else
    where it holds one of these `words` (compared without case). Answers how many postings. The seals hold. Repeating it
    finds nothing."""
    params = {"accounts": list(account_ids), "words": [like(word) for word in words]}
    with connection.cursor() as cursor:
        cursor.execute(NOTE_WORDS, params)
        cursor.execute(FORGET_WORDS, params)
        return cursor.rowcount


def forget_mentions(words: Collection[str], *, brand_id: UUID | None = None) -> int:
    """Takes out of anybody's postings (of the brand) what people wrote, where it holds one of these `words`, as it is
    or as JSON writes it. Answers how many postings. The seals hold. Reads every posting; repeating it finds nothing."""
    forms = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    params = {"words": [like(form) for form in sorted(forms)], "brand": brand_id}
    found = [
        row["id"] for row in rows(MENTIONING.format(brand="and p.brand_id = %(brand)s" if brand_id else ""), params)
    ]
    if found:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_MENTIONS, {"postings": found})
            cursor.execute(FORGET_MENTIONS, params | {"postings": found})
    return len(found)


def like(word: str) -> str:
    """The pattern of texts that hold the word."""
    quoted = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{quoted}%"


def _move(kind: str, account_id: int, actor: str, *, target=None, points: int = 0, policy: str = "debt") -> Move:
    key = f"forfeit:{uuid7()}"
    return Move(
        kind=kind,
        account_id=account_id,
        key=key,
        fingerprint=sha256(key.encode()).digest(),
        actor=actor,
        target=target,
        points=points,
        policy=policy,
    )


def _posted(account_ids: Collection[int]) -> dict[int, int]:
    found = rows("select account_id, posted from ledger_balance where account_id = any(%s)", [list(account_ids)])
    return {row["account_id"]: row["posted"] for row in found}
