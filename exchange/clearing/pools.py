"""Pools of prefunded agreements: points that were paid for before they are issued. Settling takes them out.

While an agreement is prefunded, each exchange takes the points that it issues out of the pool, in the statement that
issues them; the database refuses less than nothing. Points come in by the word of the brand that issues them, which
knows of the payment: nobody gives themselves room. Prefunding ends only with an empty pool, so no paid point is lost;
an exchange that was asked for before the agreement ended comes out of its pool all the same, or fails where that is
empty. Hence what must always hold: `pool_points` = what was paid in or taken out by hand - what was issued, while it
was prefunded, for exchanges asked for under the agreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from exchange.clearing.errors import NoPool, PoolReferenceUsed, PoolTooSmall
from exchange.clearing.models import PoolChange
from exchange.rates.models import Agreement
from exchange.rates.selectors import SIDES, find_agreement
from exchange.rates.telling import tell_both
from ledger.models import POINTS_MAX
from loyalty import clock
from loyalty.errors import Invalid
from loyalty.identity.principals import Principal
from loyalty.sql import rows

REFERENCE_MAX = 100
LOW_DAYS = 7

# What was issued in the last days, as the exchanges say it: found by index, for a warning and no more.
LATELY = """
select a.id, coalesce(sum(x.to_amount), 0)::bigint as points
from exchange_agreement a
left join exchange_exchange x on x.from_program_id = a.from_program_id and x.to_program_id = a.to_program_id
    and x.status = 'completed' and x.completed_at >= %s
where a.id = any(%s::uuid[]) group by a.id
"""
# The spans in which an agreement had a pool say the records that the database keeps of it; both times are its own.
OFF = """
with state as (
    select h.pgh_obj_id as id, h.pgh_created_at as since,
           lead(h.pgh_created_at) over (partition by h.pgh_obj_id order by h.pgh_id) as until,
           h.is_prefunded as has_pool
    from exchange_agreementhistory h where %(ids)s::uuid[] is null or h.pgh_obj_id = any(%(ids)s::uuid[])
), paid as (
    select c.agreement_id as id, sum(c.points)::bigint as points from exchange_poolchange c group by c.agreement_id
), issued as (
    select a.id, sum(e.points)::bigint as points
    from exchange_agreement a
    join programs_program t on t.id = a.to_program_id
    join ledger_account k on k.unit_id = t.unit_id and k.kind = 'exchange' and k.owner_id = a.from_program_id
    join state s on s.id = a.id and s.has_pool
    join ledger_posting p on p.unit_id = t.unit_id and p.kind = 'exchange_in'
        and p.recorded_at >= s.since and (s.until is null or p.recorded_at < s.until)
    join ledger_ledgerentry e on e.posting_id = p.id and e.debit_id = k.id
    left join exchange_exchange x on x.id = (p.data ->> 'exchange_id')::uuid
    where a.id = (
        select b.id from exchange_agreement b
        where b.from_program_id = a.from_program_id and b.to_program_id = a.to_program_id and b.active_since is not null
        order by b.active_since <= coalesce(x.created_at, p.recorded_at) desc, b.active_since desc limit 1)
    group by a.id
)
select a.id as agreement_id, a.pool_points, coalesce(d.points, 0) as paid_in, coalesce(i.points, 0) as issued
from exchange_agreement a left join paid d on d.id = a.id left join issued i on i.id = a.id
where (%(ids)s::uuid[] is null or a.id = any(%(ids)s::uuid[]))
  and a.pool_points <> coalesce(d.points, 0) - coalesce(i.points, 0)
order by a.id
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """What is left in an agreement's pool, and what exchanges took out of it in the last days, in points of the program
    that issues them."""

    agreement: Agreement
    points: int
    lately: int

    @property
    def is_low(self) -> bool:
        """Whether it is empty, or would be in a week if that goes like the last one."""
        return self.agreement.status == Agreement.Status.ACTIVE and self.points <= self.lately

    @property
    def days_left(self) -> int | None:
        """For how many days it lasts if they go like the last ones; None: nothing was used."""
        return self.points * LOW_DAYS // self.lately if self.lately else None


@dataclass(frozen=True, slots=True)
class PoolDifference:
    """A pool that is not what it must be: see the top of this file. Points; `paid_in` is net of what was taken out."""

    agreement_id: UUID
    pool_points: int
    paid_in: int
    issued: int


def top_up(principal: Principal, agreement_ref: str | UUID, *, points: int, reference: str) -> PoolChange:
    """Puts whole points that were paid for into the pool; `reference` is the payment's number. The brand that issues
    the points does. Repeating it (the same reference and points) changes nothing. Refusals, in order of precedence:
    Forbidden, ScopeMissing, NotFound, Forbidden (the other brand), Invalid, PoolReferenceUsed, NoPool."""
    return _change(principal, agreement_ref, points, reference, sign=1)


def withdraw(principal: Principal, agreement_ref: str | UUID, *, points: int, reference: str) -> PoolChange:
    """Takes whole points out of the pool again, when their payment is given back; also once the agreement has ended.
    The brand that issues the points does. Repeating it changes nothing. Refusals, in order of precedence: those of
    `top_up`, PoolTooSmall."""
    return _change(principal, agreement_ref, points, reference, sign=-1)


def pool_of(agreement: Agreement) -> Pool:
    """The agreement's pool as it is now."""
    return pools_of([agreement])[0]


def pools_of(agreements: Iterable[Agreement]) -> list[Pool]:
    """The pools of these agreements, in their order. One round trip."""
    listed = list(agreements)
    since = clock.now() - timedelta(days=LOW_DAYS)
    lately = {row["id"]: row["points"] for row in rows(LATELY, [since, [one.pk for one in listed]])} if listed else {}
    return [Pool(one, one.pool_points, lately.get(one.pk, 0)) for one in listed]


def visible_pools(principal: Principal) -> QuerySet[Agreement]:
    """The agreements with a pool that the principal may see: prefunded ones that have not ended, and those where points
    are left. Either brand sees it."""
    brands = principal.brands_where("pools.view")
    found = with_pool(
        Agreement.objects.select_related(*(f"{side}__{part}" for side in SIDES for part in ("brand", "unit")))
    )
    if brands is None:
        return found
    return found.filter(Q(from_program__brand__in=brands) | Q(to_program__brand__in=brands))


def with_pool(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Of these agreements those with a pool."""
    in_use = Q(is_prefunded=True) & ~Q(status=Agreement.Status.ENDED)
    return agreements.filter(in_use | ~Q(pool_points=0))


def pools_off(agreement_ids: Iterable[UUID] | None = None) -> list[PoolDifference]:
    """The pools that are not what was paid in less what was issued by the ledger, of these agreements or of all. Reads
    everything that was ever issued over them."""
    ids = None if agreement_ids is None else list(agreement_ids)
    return [PoolDifference(**row) for row in rows(OFF, {"ids": ids})]


def _change(principal: Principal, agreement_ref: str | UUID, points: int, reference: str, *, sign: int) -> PoolChange:
    agreement = find_agreement(principal, agreement_ref, "pools.view")
    principal.require("pools.top_up", agreement.to_program.brand_id)
    reference = _checked(points, reference)
    with transaction.atomic():
        locked = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related(*SIDES)
        agreement = locked.get(pk=agreement.pk)
        known = PoolChange.objects.filter(agreement=agreement, reference=reference).first()
        if known:
            if known.points != sign * points:
                raise PoolReferenceUsed(f"{reference} stands in the pool with {known.points:+,} points.")
            return known
        _refuse(agreement, points, sign)
        agreement.pool_points += sign * points
        agreement.save(update_fields=["pool_points"])
        change = PoolChange.objects.create(
            agreement=agreement, points=sign * points, reference=reference, actor=principal.actor
        )
        tell_both(
            "pool.topped_up" if sign > 0 else "pool.withdrawn", agreement, principal, agreement_id=str(agreement.pk),
            points=change.points, pool_points=agreement.pool_points, reference=reference,
        )  # fmt: skip
    return change


def _checked(points: int, reference: str) -> str:
    errors = []
    if not 0 < points <= POINTS_MAX:
        errors.append({"pointer": "/points", "code": "out-of-range", "detail": f"1 to {POINTS_MAX:,} points."})
    reference = reference.strip()
    if not 0 < len(reference) <= REFERENCE_MAX:
        detail = f"Say by which payment, in at most {REFERENCE_MAX} characters."
        errors.append({"pointer": "/reference", "code": "required", "detail": detail})
    if errors:
        raise Invalid(errors)
    return reference


def _refuse(agreement: Agreement, points: int, sign: int) -> None:
    has_ended = agreement.status == Agreement.Status.ENDED
    if (not agreement.is_prefunded or has_ended) and (sign > 0 or not agreement.pool_points):
        raise NoPool("The agreement has ended." if has_ended else "")
    if sign < 0 and points > agreement.pool_points:
        raise PoolTooSmall(f"There are {agreement.pool_points:,} points in the pool.", available=agreement.pool_points)
    if sign > 0 and agreement.pool_points + points > POINTS_MAX:
        detail = f"A pool holds {POINTS_MAX:,} points at most."
        raise Invalid([{"pointer": "/points", "code": "out-of-range", "detail": detail}])
