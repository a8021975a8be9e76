"""How a purchase becomes points: `decide`, facts and terms in, a decision with its reasons out. No database and no
clock."""

from dataclasses import asdict, dataclass
from datetime import datetime

from loyalty.errors import LoyaltyError
from loyalty.http.money import from_minor
from programs.earning.facts import PurchaseFacts, Terms
from programs.earning.lifetimes import available_at, expires_at

# The ledger's ceiling, told again here so that deciding needs no database.
POINTS_MAX = 9_000_000_000_000_000
BASE_RULE_ID = "base"
BASE_RULE = "Base rate"


class CurrencyMismatch(LoyaltyError):
    """The purchase is in another currency than the program counts in."""

    code = "currency-mismatch"
    status = 422


class TooManyPoints(LoyaltyError):
    """The purchase would give more points than can be counted."""

    code = "too-many-points"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One rule's part in a decision: how many points and, as a sentence, why."""

    rule_id: str
    rule: str
    points: int
    reason: str
    campaign_id: str | None = None

    def as_dict(self) -> dict:
        """As it is stored with the posting and answered to a client; a line of no campaign does not speak of one."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a purchase gives: `points` is the sum of the lines; the rest is the life of the lot."""

    points: int
    breakdown: tuple[Line, ...]
    available_at: datetime
    expires_at: datetime | None


def decide(terms: Terms, purchase: PurchaseFacts) -> Decision:
    """What the purchase gives under the terms, and why. The same input always gives the same decision. Refusals:
    CurrencyMismatch, TooManyPoints."""
    if purchase.currency != terms.currency:
        raise CurrencyMismatch(
            f"The purchase is in {purchase.currency}, the program counts in {terms.currency}.",
            pointer="/currency",
            expected=terms.currency,
        )
    breakdown = (_base(terms, purchase),)
    points = sum(line.points for line in breakdown)
    if points > POINTS_MAX:
        raise TooManyPoints(pointer="/amount", points_max=POINTS_MAX)
    return Decision(
        points=points,
        breakdown=breakdown,
        available_at=available_at(purchase.occurred_at, terms.pending_days, terms.timezone),
        expires_at=expires_at(purchase.occurred_at, terms.expiry_months, terms.timezone),
    )


def _base(terms: Terms, purchase: PurchaseFacts) -> Line:
    """The program's own rate: so many points for each full amount, what is over gives nothing."""
    assert purchase.amount_minor >= 0, "a purchase is not negative; goods that come back are a return"
    times = purchase.amount_minor // terms.earn_per_minor
    paid, per = (from_minor(minor, terms.currency) for minor in (purchase.amount_minor, terms.earn_per_minor))
    return Line(
        rule_id=BASE_RULE_ID,
        rule=BASE_RULE,
        points=times * terms.earn_points,
        reason=f"{times} x {terms.earn_points} points: {paid} {terms.currency} is {times} full times {per}",
    )
