"""What becomes of exchanges that were claimed: settled, or failed and with which code. Pure: no database, no clock."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import msgspec

from ledger.errors import HoldResolved
from ledger.posting import Move
from programs.earning.lifetimes import LifeTerms, expiry_of, extension
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

ACTOR = "system:exchange"
POOL_EXHAUSTED = "pool-exhausted"
MEMBERSHIPS = {"suspended": MembershipSuspended.code, "closed": MembershipClosed.code}


class ProgramFacts(msgspec.Struct, frozen=True, dict=True):
    """What a program says of its points; the names are the model's."""

    id: UUID
    status: str
    timezone: str
    pending_days: int
    pending_until: str
    expiry_kind: str
    expiry_months: int | None
    expiry_dates: list[str]

    @cached_property
    def life_terms(self) -> LifeTerms:
        """How long its points live."""
        return LifeTerms.of(self)


class Claimed(msgspec.Struct, frozen=True):
    """An exchange that is to be settled. `from_status` and `to_status` are the memberships'; `hops` is how often the
    points that were set aside changed hands; `agreement_id` is there where points come out of a pool."""

    id: UUID
    from_program_id: UUID
    to_program_id: UUID
    from_account_id: int
    to_account_id: int
    from_amount: int
    to_amount: int
    hold_id: UUID
    hold_is_open: bool
    hops: int
    pending_hours: int
    from_status: str
    to_status: str
    attempts: int
    agreement_id: UUID | None


class Claim(msgspec.Struct, frozen=True):
    """Exchanges in the order of their ids, their programs, and what is left in the pools they would use."""

    rows: list[Claimed] | None = None
    programs: list[ProgramFacts] | None = None
    pools: dict[UUID, int] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`failure` is the code with which an exchange fails; "": it is settled."""

    exchange: Claimed
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The moves of a batch, for the ledger, and a row about each exchange, for `exchange_settled`."""

    moves: Sequence[Move]
    rows: Sequence[dict]


def decide(claim: Claim) -> list[Verdict]:
    """A verdict on each exchange, in order. Codes in order of precedence: program-not-active, membership-suspended,
    membership-closed (each of the side that gives before the one that gets), hold-resolved, pool-exhausted: a pool is
    there for those that it has enough for, the first first."""
    programs = {program.id: program for program in claim.programs or ()}
    left = dict(claim.pools or {})
    verdicts = []
    for exchange in claim.rows or ():
        failure = _failure(exchange, programs)
        pool = exchange.agreement_id
        if not failure and pool:
            if left[pool] < exchange.to_amount:
                failure = POOL_EXHAUSTED
            else:
                left[pool] -= exchange.to_amount
        verdicts.append(Verdict(exchange, failure))
    return verdicts


def plan(verdicts: Sequence[Verdict], programs: Sequence[ProgramFacts], *, at: datetime) -> Plan:
    """What carries the verdicts out: both legs of what is settled, at the amounts it was asked for; the release of
    what failed, unless the points have gone back already. Points that are got live by their program's terms."""
    known = {program.id: program for program in programs}
    moves: list[Move] = []
    rows: list[dict] = []
    for verdict in verdicts:
        exchange = verdict.exchange
        row = {"id": exchange.id, "at": at}
        if verdict.failure:
            row["failure"] = verdict.failure
            if exchange.hold_is_open:
                moves.append(_release(exchange, at))
        else:
            row |= {"out": len(moves), "in": len(moves) + 1}
            if exchange.agreement_id:
                row["pool"] = exchange.agreement_id
            moves += _legs(exchange, known, at)
        rows.append(row)
    return Plan(moves, rows)


def _failure(exchange: Claimed, programs: dict[UUID, ProgramFacts]) -> str:
    for program_id in (exchange.from_program_id, exchange.to_program_id):
        if programs[program_id].status != "active":
            return ProgramNotActive.code
    for status in (exchange.from_status, exchange.to_status):
        if status != "active":
            return MEMBERSHIPS[status]
    return "" if exchange.hold_is_open else HoldResolved.code


def _legs(exchange: Claimed, programs: dict[UUID, ProgramFacts], at: datetime) -> tuple[Move, Move]:
    data = {"exchange_id": str(exchange.id)}
    source = programs[exchange.from_program_id].life_terms
    target = programs[exchange.to_program_id].life_terms
    out = Move(
        kind="exchange_out",
        account_id=exchange.from_account_id,
        key=f"exchange:{exchange.id}:out",
        fingerprint=_fingerprint(exchange, "out"),
        actor=ACTOR,
        points=exchange.from_amount,
        at=at,
        target=exchange.hold_id,
        partner=exchange.to_program_id,
        extend_to=extension(source, at),
        program_id=exchange.from_program_id,
        data=data,
    )
    into = Move(
        kind="exchange_in",
        account_id=exchange.to_account_id,
        key=f"exchange:{exchange.id}:in",
        fingerprint=_fingerprint(exchange, "in"),
        actor=ACTOR,
        points=exchange.to_amount,
        at=at,
        available_at=at + timedelta(hours=exchange.pending_hours) if exchange.pending_hours else None,
        expires_at=expiry_of(target, at),
        extend_to=extension(target, at),
        partner=exchange.from_program_id,
        hops=exchange.hops + 1,
        program_id=exchange.to_program_id,
        data=data,
    )
    return out, into


def _release(exchange: Claimed, at: datetime) -> Move:
    return Move(
        kind="release",
        account_id=exchange.from_account_id,
        key=f"exchange:{exchange.id}:release",
        fingerprint=_fingerprint(exchange, "release"),
        actor=ACTOR,
        at=at,
        target=exchange.hold_id,
        program_id=exchange.from_program_id,
        data={"exchange_id": str(exchange.id)},
    )


def _fingerprint(exchange: Claimed, leg: str) -> bytes:
    return hashlib.sha256(f"{leg}:{exchange.id}:{exchange.from_amount}:{exchange.to_amount}".encode()).digest()
