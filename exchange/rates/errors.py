"""Refusals of rates, agreements and bonuses, and of amounts that a rate does not take."""

from loyalty.errors import Conflict, LoyaltyError


class PairNotOpen(Conflict):
    """Points of this program cannot be exchanged for points of that one now."""

    code = "pair-not-open"


class ExchangeBelowMin(LoyaltyError):
    """These are fewer points than can be exchanged at once."""

    code = "exchange-below-min"


class ExchangeAboveMax(LoyaltyError):
    """These are more points than can be exchanged at once."""

    code = "exchange-above-max"


class ExchangeNotInSteps(LoyaltyError):
    """Points are exchanged in multiples of a step only."""

    code = "exchange-not-in-steps"


class ExchangeTooSmall(LoyaltyError):
    """Nothing would come out of these points."""

    code = "exchange-too-small"


class ExchangeTooLarge(LoyaltyError):
    """More points would come out of these than can be counted."""

    code = "exchange-too-large"


class AgreementRequired(Conflict):
    """Both brands must have accepted an agreement before the pair has a rate."""

    code = "agreement-required"


class AgreementExists(Conflict):
    """There is an agreement for this pair already; end it before another one begins."""

    code = "agreement-exists"


class AgreementEnded(Conflict):
    """The agreement has ended."""

    code = "agreement-ended"


class AgreementInForce(Conflict):
    """Both brands accepted these terms: end the agreement and propose another one."""

    code = "agreement-in-force"


class RateMakesPoints(LoyaltyError):
    """Going round in a circle would end with more points than it began with."""

    code = "rate-makes-points"


class RateTooHigh(LoyaltyError):
    """The rate, bonuses included, is higher than the agreement allows."""

    code = "rate-too-high"


class BeginsInThePast(LoyaltyError):
    """What was exchanged stays as it was: rates and bonuses do not begin in the past."""

    code = "begins-in-the-past"


class RateTaken(Conflict):
    """Another rate of the pair begins at that very moment."""

    code = "rate-taken"


class BonusOverlaps(Conflict):
    """Another bonus of the pair runs at that time."""

    code = "bonus-overlaps"


class BonusEnded(Conflict):
    """The bonus is over."""

    code = "bonus-ended"
