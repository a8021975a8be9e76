"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class MonthNotOver(Conflict):
    """The month is not over yet; its figures can still change."""

    code = "month-not-over"


class SettlementNotClosed(Conflict):
    """The month is not closed yet."""

    code = "settlement-not-closed"


class NothingToPay(Conflict):
    """Nothing is owed in money for this month."""

    code = "nothing-to-pay"


class SettlementPaid(Conflict):
    """This month was marked as paid already, with another reference."""

    code = "settlement-paid"


class PoolReferenceUsed(Conflict):
    """This payment stands in the pool already, with other points."""

    code = "pool-reference-used"


class PoolTooSmall(LoyaltyError):
    """There are fewer points in the pool than that."""

    code = "pool-too-small"


class NoPool(Conflict):
    """The agreement's points do not come out of a pool."""

    code = "no-pool"
