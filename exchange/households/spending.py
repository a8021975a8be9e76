"""Points that a household spends together: of all its members those first that are gone first, each one's share a
redemption of its own, all of them in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from exchange.gifts.policies import policy_of
from exchange.households.errors import HouseholdEnded, HouseholdsClosed, HouseholdWait, NotInHousehold
from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.households.selectors import Pooled, Status, find_household, find_spend, pooled, shares_from
from ledger.accounts import lock_accounts
from ledger.errors import AlreadyReversed, InsufficientPoints, KeyReused
from ledger.posting import Move, post
from loyalty import clock, sql
from loyalty.events import log
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.activity.errors import BelowMinimum
from programs.activity.places import Names, Place, refusal_of
from programs.activity.points import find_place, fingerprint_of
from programs.earning.lifetimes import extension

# The ledger's own order within an account, across accounts.
OPEN_LOTS = """
select l.account_id, l.remaining from ledger_lot l
where l.account_id = any(%(accounts)s) and l.is_open and l.available_at <= %(at)s
order by l.expires_at nulls last, l.granted_at, l.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRequest:
    """Whole `points` of a household, asked for by one of its members ("" : whoever owns it). `key` is the sender's
    idempotency key."""

    household: str
    points: int
    key: str
    member: str = ""
    description: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """A spend; `is_replayed` when its key had come before."""

    spend: PooledSpend
    is_replayed: bool = False


def redeem_together(principal: Principal, asked: SpendRequest) -> Spent:
    """Spends points of the members whose wait after joining is over, those first that are gone first, and each lot of
    the same moment the older one. Where points expire by inactivity those that are left of who paid live on. Repeating
    it (same key) answers the first answer. Refusals, in order of precedence: NotFound (household, member), KeyReused,
    Forbidden, ScopeMissing, StepUpRequired, ProgramNotActive, MembershipRequired, MembershipSuspended,
    MembershipClosed, HouseholdsClosed, BelowMinimum, HouseholdEnded, NotInHousehold, HouseholdWait, AccountClosed,
    InsufficientPoints."""
    household = find_household(principal, asked.household)
    is_themselves = principal.member_id and not principal.brands
    who = asked.member or ("me" if is_themselves else str(household.owner_id))
    place = find_place(principal, Names(str(household.program_id), who))
    key = f"{principal.actor}:{asked.key}"
    fingerprint = fingerprint_of(
        "pooled", household.pk, place.member_id, asked.points, asked.description, asked.reference
    )  # fmt: skip
    earlier = _earlier(key, fingerprint)
    if earlier:
        return earlier
    _refuse_place(principal, place, asked.points)
    try:
        with transaction.atomic():
            household = Household.objects.select_for_update(of=("self",)).select_related("program").get(pk=household.pk)
            return _earlier(key, fingerprint) or _spent(principal, household, place, asked, key, fingerprint)
    except IntegrityError:
        # The same key came at the same moment for another household.
        earlier = _earlier(key, fingerprint)
        if earlier is None:
            raise
        return earlier


def shares_of(lots: Sequence[tuple[int, int]], points: int) -> dict[int, int]:
    """Of lots (account, points left) in the order in which they go: how many points each account pays. Pure; less than
    `points` in sum where there are no more."""
    shares: dict[int, int] = {}
    for account_id, remaining in lots:
        taken = min(remaining, points)
        if taken == 0:
            break
        shares[account_id] = shares.get(account_id, 0) + taken
        points -= taken
    return shares


def reverse_spend(principal: Principal, spend_ref: str, *, reason: str = "") -> PooledSpend:
    """Undoes a spend: the points of all who paid go back to the lots they came from, with their first expiry; what was
    given back to one of them before stays so. Repeating it changes nothing. Refusals, in order of precedence: NotFound,
    Forbidden, ScopeMissing, OwnRequest (a person's own), AccountClosed."""
    found = find_spend(principal, spend_ref)
    principal.require("points.reverse", found.program.brand_id)
    _refuse_own(principal, found)
    with transaction.atomic():
        spend = PooledSpend.objects.select_for_update(of=("self",)).select_related("program").get(pk=found.pk)
        if spend.reversed_at:
            return spend
        now = clock.now()
        answers = post([_reversal(principal, spend, part, now, reason) for part in _parts(spend)])
        for answer in answers:
            if not answer.is_done and answer.outcome != AlreadyReversed.code:
                raise answer.refusal()
        spend.reversed_at = now
        spend.save(update_fields=["reversed_at"])
        told = {"spend_id": str(spend.pk), "points": spend.points, "actor": principal.actor}
        _tell("household.spend_reversed", spend, told)
        return spend


def _spent(
    principal: Principal, household: Household, place: Place, asked: SpendRequest, key: str, fingerprint: bytes
) -> Spent:
    now = clock.now()
    theirs = _who_pays(household, place, now)
    lock_accounts([one.account_id for one in theirs])
    shares = _shares(theirs, asked.points, place, principal, now)
    spend = PooledSpend(
        household=household, program_id=household.program_id, member_id=place.member_id, points=asked.points,
        reference=asked.reference, description=asked.description, key=key, fingerprint=fingerprint,
        actor=principal.actor, created_at=now,
    )  # fmt: skip
    paying = [one for one in theirs if one.account_id in shares]
    moves = [
        Move(
            kind="redeem", account_id=one.account_id, key=f"pooled:{spend.pk}:{one.member_id}",
            fingerprint=fingerprint, actor=principal.actor, points=shares[one.account_id], at=now,
            reference=asked.reference, extend_to=extension(place.program.life_terms, now),
            program_id=household.program_id,
            data=_data(spend, asked.description if one.member_id == place.member_id else ""),
        )
        for one in paying
    ]  # fmt: skip
    post(moves, together=True)
    spend.parts = [
        [str(one.member_id), str(move.public_id), move.points] for one, move in zip(paying, moves, strict=True)
    ]
    spend.save(force_insert=True)
    parts = [{"member_id": member, "points": points} for member, _, points in spend.parts]
    _tell("household.spent", spend, {"spend_id": str(spend.pk), "points": spend.points, "parts": parts})
    return Spent(spend)


def _shares(theirs: Sequence[Pooled], points: int, place: Place, principal: Principal, now: datetime) -> dict[int, int]:
    """Who pays how much, once what time calls for has been done on their accounts. Refusals: InsufficientPoints."""
    accounts = [one.account_id for one in theirs]
    post(
        [
            Move(
                kind="expire", account_id=account, key="", fingerprint=b"", actor=principal.actor, at=now,
                program_id=place.program.id,
            )
            for account in accounts
        ]
    )  # fmt: skip
    lots = [(row["account_id"], row["remaining"]) for row in sql.rows(OPEN_LOTS, {"accounts": accounts, "at": now})]
    shares = shares_of(lots, points)
    there = sum(shares.values())
    if there < points:
        raise InsufficientPoints(available=there, requested=points)
    return shares


def _who_pays(household: Household, place: Place, now: datetime) -> list[Pooled]:
    """Refusals: HouseholdEnded, NotInHousehold, HouseholdWait."""
    if household.ended_at:
        raise HouseholdEnded()
    part = HouseholdMember.objects.filter(household=household, member=place.member_id, status=Status.JOINED).first()
    if part is None:
        raise NotInHousehold()
    theirs = pooled([household], household.program, at=now)
    if place.member_id not in {one.member_id for one in theirs}:
        raise HouseholdWait(available_at=shares_from(household, part).isoformat(timespec="seconds"))
    return theirs


def _refuse_place(principal: Principal, place: Place, points: int) -> None:
    refusal = refusal_of(principal, place, "households.spend")
    if refusal:
        raise refusal
    if not policy_of(place.program.id).households_are_open:
        raise HouseholdsClosed()
    least = place.program.redeem_points_min
    if points < least:
        detail = f"At least {least} points are redeemed at once."
        raise BelowMinimum(detail, pointer="/points", points_min=least, requested=points)


def _refuse_own(principal: Principal, spend: PooledSpend) -> None:
    members = [spend.member_id, *(UUID(member) for member, _, _ in spend.parts)]
    if principal.kind == "person" and Member.objects.filter(pk__in=members, person=principal.id).exists():
        raise OwnRequest("Nobody reverses their own transactions.")


def _earlier(key: str, fingerprint: bytes) -> Spent | None:
    """What the key spent before. Refusals: KeyReused."""
    spend = PooledSpend.objects.filter(key=key).first()
    if spend is None:
        return None
    if bytes(spend.fingerprint) != fingerprint:
        raise KeyReused()
    return Spent(spend, is_replayed=True)


def _parts(spend: PooledSpend) -> list[tuple[int, UUID]]:
    """(account, posting) of each share, in the order in which accounts are locked."""
    asked = {"ids": [posting for _, posting, _ in spend.parts]}
    query = (
        "select account_id, public_id from ledger_posting where public_id = any(%(ids)s::uuid[]) order by account_id"
    )
    return [(row["account_id"], row["public_id"]) for row in sql.rows(query, asked)]


def _reversal(principal: Principal, spend: PooledSpend, part: tuple[int, UUID], now: datetime, reason: str) -> Move:
    account_id, posting = part
    return Move(
        kind="reverse", account_id=account_id, key=f"pooled:{spend.pk}:{posting}:reversed",
        fingerprint=fingerprint_of("reverse", posting), actor=principal.actor, at=now, target=posting,
        program_id=spend.program_id, data=_data(spend, reason),
    )  # fmt: skip


def _data(spend: PooledSpend, description: str) -> dict:
    """What somebody wrote lies beside their own share alone."""
    return {"pooled_spend_id": str(spend.pk)} | ({"description": description} if description else {})


def _tell(type: str, spend: PooledSpend, data: dict) -> None:
    log.record(
        type, brand_id=spend.program.brand_id, aggregate_id=spend.household_id, member_id=spend.member_id,
        program_id=spend.program_id, data=data,
    )  # fmt: skip


__all__ = ["SpendRequest", "Spent", "redeem_together", "reverse_spend", "shares_of"]
