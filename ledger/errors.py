"""The ledger's refusals, in order of precedence, and how a failed statement becomes one of them."""

import json
from collections.abc import Sequence

import psycopg
from django.db import DatabaseError

from loyalty.errors import LoyaltyError


class KeyReused(LoyaltyError):
    """This idempotency key came before with another request."""

    code = "idempotency-key-reused"
    status = 422


class DuplicateReference(LoyaltyError):
    """A purchase with this reference has been recorded already."""

    code = "duplicate-reference"
    status = 409


class AccountClosed(LoyaltyError):
    """This account is closed; no points move on it."""

    code = "account-closed"
    status = 409


class UnknownTarget(LoyaltyError):
    """There is no such transaction."""

    code = "not-found"
    status = 404


class NotReversible(LoyaltyError):
    """A transaction of this type cannot be reversed or returned."""

    code = "not-reversible"
    status = 409


class AlreadyReversed(LoyaltyError):
    """This transaction has been reversed already."""

    code = "already-reversed"
    status = 409


class HoldResolved(LoyaltyError):
    """This hold has been captured, released or has lapsed already."""

    code = "hold-resolved"
    status = 409


class HoldExpired(LoyaltyError):
    """This hold has run out; its points went back."""

    code = "hold-expired"
    status = 409


class CaptureExceedsHold(LoyaltyError):
    """More points were asked for than the hold set aside."""

    code = "capture-exceeds-hold"
    status = 422


class InsufficientPoints(LoyaltyError):
    """The member has too few points."""

    code = "insufficient-points"
    status = 422


class HopLimit(LoyaltyError):
    """Points that were given or exchanged before cannot be passed on again."""

    code = "hop-limit"
    status = 422


class BalanceLimit(LoyaltyError):
    """The balance would pass the highest number of points an account can have."""

    code = "balance-limit"
    status = 422


REFUSALS = {
    refusal.code: refusal
    for refusal in (
        KeyReused,
        DuplicateReference,
        AccountClosed,
        UnknownTarget,
        NotReversible,
        AlreadyReversed,
        HoldResolved,
        HoldExpired,
        CaptureExceedsHold,
        InsufficientPoints,
        HopLimit,
        BalanceLimit,
    )
}


def refusal(code: str, facts: dict | None = None, *, others: Sequence[type[LoyaltyError]] = ()) -> LoyaltyError:
    """The refusal of that code, with the facts as its extension members. `others` are those of a caller's own database
    function, and come before the ledger's."""
    named = next((other for other in others if other.code == code), None) or REFUSALS[code]
    return named(**(facts or {}))


def refusal_of(error: DatabaseError, *, others: Sequence[type[LoyaltyError]] = ()) -> LoyaltyError | None:
    """The refusal that the database function raised (SQLSTATE LE001), or None for any other failure."""
    cause = error.__cause__
    if isinstance(cause, psycopg.Error) and cause.sqlstate == "LE001":
        facts = json.loads(cause.diag.message_detail or "{}")
        return refusal(cause.diag.message_primary, facts, others=others)
    return None
