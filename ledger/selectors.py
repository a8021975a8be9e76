"""Questions to the books: balances now and then, postings of an account. Nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from ledger.models import Account, HotRollup, Posting
from ledger.posting import UNTIL_RELEASED
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.sql import rows

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


# Read by when they are gone, or begin to count; a page is cut after all of an account's are summed.
DUE_SOON = """
select l.account_id, sum(l.remaining)::bigint as points, min(l.expires_at) as at
from ledger_lot l join ledger_account a on a.id = l.account_id
where l.is_open and l.expires_at >= %(after)s and l.expires_at < %(until)s
  and a.unit_id = any(%(units)s) and a.closed_at is null and l.account_id > %(beyond)s
group by l.account_id order by l.account_id limit %(limit)s
"""
MATURED = """
select l.account_id, sum(l.remaining)::bigint as points, min(l.available_at) as at
from ledger_lot l join ledger_account a on a.id = l.account_id
where l.is_open and l.available_at > l.granted_at and l.available_at > %(after)s and l.available_at <= %(until)s
  and coalesce(l.expires_at > %(until)s, true)
  and (%(unit)s::bigint is null or a.unit_id = %(unit)s) and a.closed_at is null and l.account_id > %(beyond)s
group by l.account_id order by l.account_id limit %(limit)s
"""
PENDING_OF = """
select l.id as lot_id, l.remaining as points, l.available_at, l.expires_at
from ledger_lot l join ledger_posting p on p.id = l.posting_id
where p.public_id = %(posting)s and l.is_open and l.available_at > %(at)s and coalesce(l.expires_at > %(at)s, true)
order by l.id
"""


@dataclass(frozen=True, slots=True)
class PointsOfAccount:
    """Some of a member account's points, in whole points, and the first instant `at` which something happens to them:
    they are gone, or begin to count."""

    account_id: int
    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PendingLot:
    """Points of a posting that do not count yet; `available_at` is UNTIL_RELEASED where they wait for an event."""

    lot_id: int
    points: int
    available_at: datetime
    expires_at: datetime | None

    @property
    def waits_for_release(self) -> bool:
        """True when no day makes them count."""
        return self.available_at >= UNTIL_RELEASED


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


def due_soon(
    unit_ids: Iterable[int], *, after: datetime, until: datetime, limit: int, beyond: int = 0
) -> list[PointsOfAccount]:
    """The open accounts of these units with points, pending ones too, that are gone in [after, until): how many, and
    when the first go. By account id, `limit` of them; the next page lies `beyond` the last id of this one."""
    asked = {"units": list(unit_ids), "after": after, "until": until, "limit": limit, "beyond": beyond}
    return [PointsOfAccount(**row) for row in rows(DUE_SOON, asked)]


def matured_between(
    after: datetime, until: datetime, *, unit_id: int | None = None, limit: int, beyond: int = 0
) -> list[PointsOfAccount]:
    """The open accounts (of the unit) with points that were pending and began to count in (after, until]: how many of
    them are left, and when the first did. Paged as `due_soon`."""
    asked = {"unit": unit_id, "after": after, "until": until, "limit": limit, "beyond": beyond}
    return [PointsOfAccount(**row) for row in rows(MATURED, asked)]


def pending_of(posting_public_id: UUID, *, at: datetime | None = None) -> list[PendingLot]:
    """What of this posting does not count yet at that instant (now), lot by lot in their order; nothing for a posting
    that gave none, or an unknown one."""
    return [PendingLot(**row) for row in rows(PENDING_OF, {"posting": posting_public_id, "at": at or clock.now()})]


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
