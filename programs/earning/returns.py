"""What comes back: how many points a part of a purchase gives back, and how much money some of its items were. Pure.

Both are counted cumulatively and rounded down once, so that all the parts together are exactly the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import msgspec

from loyalty.errors import Invalid
from programs.earning.facts import ItemFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItem:
    """Some pieces of a purchase that came back, by the SKU of its line."""

    sku: str
    quantity: int | Decimal = 1


def points_to_take_back(points: int, total_minor: int, refunded_minor: int) -> int:
    """The points that a purchase which gave `points` should have given back by the time `refunded_minor` of its
    `total_minor` came back, the earlier parts included. More than the total counts as the total; a purchase of
    nothing gives nothing back."""
    assert points >= 0 and total_minor >= 0 and refunded_minor >= 0, "a return takes from a purchase"
    if total_minor == 0:
        return 0
    return points * min(refunded_minor, total_minor) // total_minor


def refund_of_items(
    total_minor: int, items: Sequence[ItemFacts], *, before: Sequence[ReturnedItem], now: Sequence[ReturnedItem]
) -> int:
    """The money (minor units) that the items in `now` were of a purchase of `total_minor`, when the ones in `before`
    had come back already. Where the lines do not add up to the total (a discount on the order) each bears its share.
    Refuses with Invalid, every mistake at once: a SKU that was not bought, more pieces than were left."""
    _refuse_what_was_not_bought(items, before=before, now=now)
    worth = sum(item.amount_minor for item in items)
    if worth == 0:
        return 0
    then = _worth(items, _pieces(before))
    after = _worth(items, _pieces([*before, *now]))
    return int(total_minor * after / worth) - int(total_minor * then / worth)


def _refuse_what_was_not_bought(items, *, before, now) -> None:
    left = _pieces(items)
    for sku, quantity in _pieces(before).items():
        left[sku] = left.get(sku, Fraction(0)) - quantity
    mistakes = []
    for index, returned in enumerate(now):
        if returned.sku not in left:
            detail = f"{returned.sku!r} is not among the items of the purchase."
            mistakes.append({"pointer": f"/items/{index}/sku", "code": "not-bought", "detail": detail})
        elif Fraction(returned.quantity) > left[returned.sku]:
            detail = f"{returned.quantity} of {returned.sku!r} cannot come back: {max(left[returned.sku], 0)} are left."
            mistakes.append({"pointer": f"/items/{index}/quantity", "code": "more-than-bought", "detail": detail})
        else:
            left[returned.sku] -= Fraction(returned.quantity)
    if mistakes:
        raise Invalid(mistakes)


def _pieces(items) -> dict[str, Fraction]:
    """How many pieces there are of each SKU."""
    pieces: dict[str, Fraction] = {}
    for item in items:
        pieces[item.sku] = pieces.get(item.sku, Fraction(0)) + Fraction(item.quantity)
    return pieces


def _worth(items: Sequence[ItemFacts], pieces: dict[str, Fraction]) -> Fraction:
    """What so many pieces were worth, in minor units."""
    return sum(_worth_by_line(items, pieces), Fraction(0))


def worth_by_line(items: Sequence[ItemFacts], returned: Sequence[ReturnedItem]) -> list[Fraction]:
    """What of each line came back, in minor units; of lines with the same SKU the earlier ones come back first."""
    return _worth_by_line(items, _pieces(returned))


def left_of(items: Sequence[ItemFacts], returned: Sequence[ReturnedItem]) -> tuple[ItemFacts, ...]:
    """The lines with what is left of them when so much came back; lines of which nothing is left are not there."""
    found = []
    for item, taken, worth in zip(items, _taken(items, _pieces(returned)), worth_by_line(items, returned), strict=True):
        bought = Fraction(item.quantity)
        if taken < bought or not taken:
            left = bought - taken
            quantity = int(left) if left.denominator == 1 else Decimal(left.numerator) / Decimal(left.denominator)
            found.append(msgspec.structs.replace(item, quantity=quantity, amount_minor=item.amount_minor - int(worth)))
    return tuple(found)


def _worth_by_line(items: Sequence[ItemFacts], pieces: dict[str, Fraction]) -> list[Fraction]:
    return [
        item.amount_minor * taken / Fraction(item.quantity) if taken else taken
        for item, taken in zip(items, _taken(items, pieces), strict=True)
    ]


def _taken(items: Sequence[ItemFacts], pieces: dict[str, Fraction]) -> list[Fraction]:
    """How many pieces of each line came back."""
    left, found, nothing = dict(pieces), [], Fraction(0)
    for item in items:
        taken = nothing
        if left.get(item.sku, 0) > 0:
            taken = max(nothing, min(left[item.sku], Fraction(item.quantity)))
            left[item.sku] -= taken
        found.append(taken)
    return found
