"""Questions to the books: balances now and then, postings of an account. Nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from ledger.models import Account, HotRollup, Posting
from loyalty import clock
from loyalty.errors import NotFound

NOW = """
select a.id, v.* from unnest(%s::bigint[]) a (id), lateral ledger_balance_now(a.id, %s) v
"""
AS_OF = """
select a.id, v.posted, v.available, v.pending, v.held, v.debt, v.earned, v.redeemed, v.expiring
from unnest(%s::bigint[]) a (id), lateral ledger_balance_as_of(a.id, %s, %s) v
"""
HOT = """
select r.posted + coalesce((
  select sum(case when e.credit_id = r.account_id then e.points else -e.points end)
  from ledger_ledgerentry e where e.xid >= r.upto_xid and r.account_id in (e.credit_id, e.debit_id)), 0)::bigint
from ledger_hotrollup r where r.account_id = %s
"""


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What a member account holds at an instant, in points. `posted` = available + pending - debt. `lifetime_earned` is
    net of what returns and reversals undid; `expiring` lists {points, expires_at}, soonest first."""

    posted: int
    available: int
    pending: int
    held: int
    debt: int
    lifetime_earned: int
    lifetime_redeemed: int
    expiring: list[dict]


def balances(
    account_ids: Iterable[int], *, at: datetime | None = None, known_at: datetime | None = None
) -> dict[int, BalanceView]:
    """The balances of member accounts, in one round trip. Without `at` as they are now, true whether or not sweeps have
    run; with it as they were then by the time in the world, seeing what the books knew at `known_at` (now)."""
    ids = list(account_ids)
    now = clock.now()
    if at is None and known_at is None:
        sql, params = NOW, [ids, now]
    else:
        sql, params = AS_OF, [ids, at or now, known_at or datetime.max.replace(tzinfo=now.tzinfo)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {
            row[0]: BalanceView(*row[1:8], msgspec.json.decode(row[8]) if isinstance(row[8], str) else row[8])
            for row in cursor.fetchall()
        }


def hot_balance(account: Account) -> int:
    """The exact balance of one of a unit's own accounts: the roll-up and what came after it, in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(HOT, [account.id])
        row = cursor.fetchone()
    if row is None:
        raise HotRollup.DoesNotExist(f"account {account.id} is not a unit's own")
    return row[0]


def postings(account_ids: Iterable[int]) -> QuerySet[Posting]:
    """The postings of these accounts, newest first."""
    return Posting.objects.filter(account_id__in=list(account_ids)).order_by("-id")


def find_posting(public_id: UUID, *, brand_ids: Iterable[UUID] | None) -> Posting:
    """The posting with that public id, of one of the brands (None: any). Raises NotFound."""
    found = Posting.objects.filter(public_id=public_id).select_related("account", "reverses")
    if brand_ids is not None:
        found = found.filter(brand_id__in=list(brand_ids))
    posting = found.first()
    if posting is None:
        raise NotFound("There is no such transaction.")
    return posting
