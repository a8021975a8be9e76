"""The one door through which points move. Everything that changes a balance is a `Move` given to `post`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import DatabaseError, connection

from ledger.errors import refusal, refusal_of
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.ids import uuid7

POST = "select * from ledger_post(%s::jsonb, %s) order by n"
POST_ALONGSIDE = "select * from {}(%s::jsonb, %s, %s::jsonb) order by n"

# The `available_at` of points that wait for an event and not for a day; a move of the kind mature lets them go. Not the
# database's infinity, which neither Python's datetimes nor JSON can hold; a day short of the last one they can, so that
# no time zone carries it over.
UNTIL_RELEASED = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LotTerms:
    """One lot of a posting: whole points, from when on they count (None: at once) and when they are gone (None: never).
    UNTIL_RELEASED as `available_at`: they wait for a move of the kind mature. `hops`: how often they changed hands."""

    points: int
    available_at: datetime | None = None
    expires_at: datetime | None = None
    hops: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One request to the ledger about one member account.

    `key` is the idempotency key with its scope in front, `fingerprint` the SHA-256 of what was asked. `points` are
    whole points: what to give or take; for adjust signed; for capture how many of the hold (0: all); for return how
    many of the original's points should have come back by now in total. `at` is when it happens: expiry is judged then.
    `target` is the public id of the posting that is reversed, returned, captured or released (a return without one is
    only recorded), or whose pending points count from `at` on (mature; its `facts` say {"matured": points}). `policy`
    says what a reversal does about points that were spent: debt, within_balance or refuse; with only_pending it takes
    what is still pending in the original's own lots, and nothing is owed.

    `lots` splits the points of an earn or deposit, and sums to them; without it they are one lot, with the move's own
    `available_at` and `expires_at`. `targets` says for a return how many points of each of the original's lots, in
    their order, should have come back by now; without it `points` spread over them by their size. `extend_to`: once the
    move is posted, the account's other lots that are gone after `at` but before it are gone at `extend_to` instead.

    Points that are given (gift_out, gift_in) pass over the unit's transfer account; those that are exchanged
    (exchange_out, exchange_in) over the clearing account with `partner`, or the unit's own without. An exchange_out
    with the `target` of a hold takes what that set aside, all of it; what had run out by then has gone back. `hops` is
    how often the points of a new lot changed hands; with `hops_max` a move takes only points that did so less often.
    """

    kind: str
    account_id: int
    key: str
    fingerprint: bytes
    actor: str
    points: int = 0
    at: datetime = field(default_factory=clock.now)
    public_id: UUID = field(default_factory=uuid7)
    reference: str = ""
    available_at: datetime | None = None
    expires_at: datetime | None = None
    target: UUID | None = None
    policy: str = "debt"
    program_id: UUID | None = None
    data: dict = field(default_factory=dict)
    lots: Sequence[LotTerms] = ()
    targets: Sequence[int] | None = None
    extend_to: datetime | None = None
    partner: UUID | None = None
    hops: int = 0
    hops_max: int | None = None

    def __post_init__(self):
        if self.lots:
            if self.kind not in ("earn", "deposit", "gift_in"):
                raise ValueError(f"a move of the kind {self.kind} brings no lots")
            if any(lot.points <= 0 for lot in self.lots) or sum(lot.points for lot in self.lots) != self.points:
                raise ValueError("lots have points, which sum to the move's own")
        if self.targets is not None and self.kind != "return":
            raise ValueError(f"a move of the kind {self.kind} has no targets")

    def row(self, n: int) -> dict:
        """The move as the database function reads it; `n` is its place in the batch. What few moves have is told of
        those alone, and a single lot goes the way of a move without."""
        terms = self.lots[0] if len(self.lots) == 1 else self
        row = {
            "n": n,
            "kind": self.kind,
            "account_id": self.account_id,
            "key": self.key,
            "fingerprint": self.fingerprint.hex(),
            "actor": self.actor,
            "points": self.points,
            "at": self.at,
            "public_id": self.public_id,
            "reference": self.reference,
            "available_at": terms.available_at,
            "expires_at": terms.expires_at,
            "target": self.target,
            "policy": self.policy,
            "program_id": self.program_id,
            "data": self.data,
        }
        if len(self.lots) > 1:
            row["lots"] = self.lots
        if self.targets is not None:
            row["targets"] = self.targets
        for name in ("extend_to", "partner", "hops_max"):
            if (value := getattr(self, name)) is not None:
                row[name] = value
        if terms.hops:
            row["hops"] = terms.hops
        return row


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a move. `outcome` is "posted", "replayed" (the key's first answer again) or a refusal's code, with
    its `facts`. `points` is signed: what the member's balance changed by; `balance_after` counts pending points too.
    `others` are the refusals that the caller's own function knows besides the ledger's."""

    n: int
    outcome: str
    id: int | None
    public_id: UUID
    kind: str
    account_id: int
    points: int
    shortfall: int
    balance_after: int
    reference: str
    actor: str
    data: dict
    occurred_at: datetime
    recorded_at: datetime | None
    reverses: UUID | None
    facts: dict | None
    others: Sequence[type[LoyaltyError]] = ()

    @property
    def is_done(self) -> bool:
        """True when the points have moved, now or when the key first came."""
        return self.outcome in ("posted", "replayed")

    def refusal(self):
        """The refusal to raise or render, for an answer that is not done."""
        return refusal(self.outcome, self.facts, others=self.others)


@dataclass(frozen=True, slots=True)
class Alongside:
    """Rows of the caller's own, written in the same statement as the points. `function` is a database function of the
    caller's that takes the moves and `together` as `ledger_post` does and gives its answers, and takes `rows` as a JSON
    array besides; it calls `ledger_post` and writes the rows of those that were posted. `refusals` are those that it
    answers, or raises with SQLSTATE LE001, besides the ledger's."""

    function: str
    rows: Sequence[Any]
    refusals: Sequence[type[LoyaltyError]] = ()


def post(moves: Sequence[Move], *, alongside: Alongside | None = None, together: bool = False) -> list[Posted]:
    """Carries out the moves in one statement and one round trip, and answers each in the order given.

    Moves of one account are carried out in that order; each move is posted or refused on its own, unless `together`,
    when the first refusal is raised and nothing is done. The same key again gives the first answer and moves nothing.
    Outside a transaction the call is one; inside `atomic()` it is part of that. Refusals, in order of precedence:
    KeyReused, DuplicateReference, AccountClosed, UnknownTarget, NotReversible, AlreadyReversed, HoldResolved,
    HoldExpired, CaptureExceedsHold, InsufficientPoints, HopLimit, BalanceLimit.
    """
    if not moves:
        return []
    payload = msgspec.json.encode([move.row(n) for n, move in enumerate(moves)]).decode()
    sql, params, others = POST, [payload, together], ()
    if alongside:
        rows = msgspec.json.encode(alongside.rows).decode()
        sql, params = POST_ALONGSIDE.format(alongside.function), [payload, together, rows]
        others = alongside.refusals
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            found = cursor.fetchall()
    except DatabaseError as error:
        refused = refusal_of(error, others=others)
        if refused is None:
            raise
        raise refused from error
    return [_answer(row, moves[row[0]], others) for row in found]


def post_one(move: Move, *, alongside: Alongside | None = None) -> Posted:
    """Carries out one move; raises its refusal (see `post`)."""
    (answer,) = post([move], alongside=alongside)
    if not answer.is_done:
        raise answer.refusal()
    return answer


def _answer(row: tuple, move: Move, others: Sequence[type[LoyaltyError]]) -> Posted:
    """The row of the database function as an answer. What was just posted carries the caller's own `data`, which the
    function does not send back."""
    values = list(row)
    data, facts = values[11], values[15]
    values[11] = move.data if data is None else msgspec.json.decode(data)
    values[15] = None if facts is None else msgspec.json.decode(facts)
    return Posted(*values, others)
