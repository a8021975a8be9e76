"""What points cost in money, and what is left of two debts when they are set off. Pure, no database."""

from collections.abc import Hashable, Iterable
from decimal import Decimal
from fractions import Fraction

from loyalty.http.money import exponent

Debt = tuple[Hashable, Hashable, str, int]
"""Who owes, to whom, currency, minor units."""


def amount_of(points: int, point_price: Decimal, currency: str) -> int:
    """What so many points cost, in minor units: multiplied exactly, and rounded once, half to even."""
    return round(Fraction(points) * Fraction(point_price) * 10 ** exponent(currency))


def set_off(debts: Iterable[Debt]) -> dict[tuple[Hashable, Hashable, str], int]:
    """What is left, as {(who owes, to whom, currency): minor units}, once debts of the same currency between the same
    two are set off. Those that are even, or of one's own, fall out."""
    sums: dict[tuple[Hashable, Hashable, str], int] = {}
    for debtor, creditor, currency, minor in debts:
        if debtor == creditor:
            continue
        if (creditor, debtor, currency) in sums:
            sums[creditor, debtor, currency] -= minor
        else:
            sums[debtor, creditor, currency] = sums.get((debtor, creditor, currency), 0) + minor
    left = {}
    for (debtor, creditor, currency), minor in sums.items():
        if minor:
            left[(debtor, creditor, currency) if minor > 0 else (creditor, debtor, currency)] = abs(minor)
    return left
