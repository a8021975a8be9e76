"""What asking for an exchange refuses, each refusal with its code and HTTP status. Those of a pair and its amounts are
the rates', those of points the ledger's."""

from loyalty.errors import Conflict, LoyaltyError, NotFound


class UnknownQuote(NotFound):
    """There is no such quote, or it is not yours to see."""


class QuoteMismatch(LoyaltyError):
    """The quote is for other programs or another number of points."""

    code = "quote-mismatch"


class QuoteUsed(Conflict):
    """The quote was used already: it holds for one exchange."""

    code = "quote-used"


class QuoteExpired(Conflict):
    """The quote does not hold any more; ask for a new one."""

    code = "quote-expired"


class RateChanged(Conflict):
    """The rate changed at this very moment; ask again."""

    code = "rate-changed"


class DailyLimit(LoyaltyError):
    """More points than can be given or exchanged in a day."""

    code = "daily-limit"


class ExchangeNotPending(Conflict):
    """The exchange is not pending any more."""

    code = "exchange-not-pending"


class ExchangeBacklog(LoyaltyError):
    """Too many exchanges are waiting; try again later."""

    code = "exchange-backlog"
    status = 503
