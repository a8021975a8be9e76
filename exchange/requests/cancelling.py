"""An exchange is taken back while nobody has begun to settle it."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from exchange.requests.errors import ExchangeNotPending
from exchange.requests.models import Exchange
from exchange.requests.selectors import find_exchange
from ledger.posting import Alongside, Move, Posted, post
from loyalty import clock
from loyalty.identity.principals import Principal

CANCELLED = "exchange_cancelled"


def cancel(principal: Principal, ref: str | UUID) -> Exchange:
    """Gives the points that were set aside back to the lots they came from, and lets the exchange count no more for the
    day, in one statement. Only the side that gives the points takes them back: its brand, or the member. Repeating it
    is refused. Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, ExchangeNotPending."""
    found = find_exchange(principal, ref)
    principal.require("exchanges.cancel", found.from_program.brand_id, member_id=found.member_id)
    (posted,) = cancel_many([found], actor=principal.actor)
    if not posted.is_done:
        raise posted.refusal()
    found.status, found.completed_at = Exchange.Status.CANCELLED, posted.occurred_at
    return found


def cancel_many(exchanges: Iterable[Exchange], *, actor: str) -> list[Posted]:
    """Cancels those that are pending, each on its own, in one statement; the answers are in their order, with the code
    of ExchangeNotPending for the others. Repeating it changes nothing."""
    at, moves, rows = clock.now(), [], []
    for n, exchange in enumerate(exchanges):
        moves.append(release_of(exchange, actor=actor, at=at))
        rows.append({"n": n, "id": exchange.id, "actor": actor})
    return post(moves, alongside=Alongside(CANCELLED, rows, (ExchangeNotPending,)))


def release_of(exchange: Exchange, *, actor: str, at) -> Move:
    """The move that gives an exchange's points back; whoever ends it, it is the same."""
    return Move(
        kind="release",
        account_id=exchange.from_account_id,
        key=f"exchange:{exchange.id}:release",
        fingerprint=hashlib.sha256(f"release:{exchange.id}".encode()).digest(),
        actor=actor,
        at=at,
        target=exchange.hold_id,
        program_id=exchange.from_program_id,
        data={"exchange_id": str(exchange.id)},
    )
