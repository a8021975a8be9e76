"""What a voucher takes off an order: whole minor units in, whole minor units out. Pure.

How it is rounded: a percentage is rounded half up on each line by itself; an amount is spread over the lines concerned
in proportion to what they cost, each rounded down, and what is then missing goes by one unit each to the lines with the
largest remainders, the earlier of two alike first. The pieces of a line cost its amount divided by how many they are;
where that leaves a remainder, as many pieces cost one unit more, so that the pieces come to the line exactly. A line
of nothing is no piece of anything. No line goes below zero, and the whole never above the order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

PERCENT_WHOLE = 10_000
"""A hundred percent, counted in hundredths of one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order: all its pieces together cost `amount_minor`. What is weighed is one piece."""

    amount_minor: int
    quantity: int = 1
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off in all, and of each line as they were given. A gift card pays, and takes nothing off lines."""

    minor: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Pieces of one line that cost the same."""

    price_minor: int
    count: int
    line: int


def discount(
    terms: dict, lines: Sequence[Line], *, balance_minor: int | None = None, amount_minor: int | None = None
) -> Discount:
    """What a voucher of these terms (see `terms_of`) takes off these lines, rounded as said above. A gift card pays the
    least of its balance, the lines and, where given, `amount_minor`; without lines the first and the last. Terms that
    name skus or categories concern the lines of any of them. A product, a donation or somebody else's code takes
    nothing off."""
    kind = terms.get("kind", "")
    if kind == "gift_card" or balance_minor is not None:
        return _paid(lines, balance_minor or 0, amount_minor)
    concerned = [n for n, line in enumerate(lines) if line.amount_minor > 0 and _is_meant(terms, line)]
    if kind == "free_item":
        found = _free(_cheapest(lines, concerned, 1))
    elif kind == "discount":
        found = _off(terms, lines, concerned)
    else:
        found = {}
    return _bounded(found, len(lines), terms.get("discount_minor_max"))


def takes_off(terms: dict) -> bool:
    """Whether vouchers of these terms need an order to be worth something."""
    return terms.get("kind") == "discount"


def _paid(lines: Sequence[Line], balance_minor: int, amount_minor: int | None) -> Discount:
    bounds = [balance_minor]
    if lines:
        bounds.append(sum(line.amount_minor for line in lines))
    if amount_minor is not None:
        bounds.append(amount_minor)
    return Discount(max(min(bounds), 0), (0,) * len(lines))


def _off(terms: dict, lines: Sequence[Line], concerned: list[int]) -> dict[int, int]:
    """What comes off by line, before the most that it may be."""
    kind = terms.get("discount_kind", "")
    if kind == "amount":
        costs = {n: lines[n].amount_minor for n in concerned}
        return _spread(min(terms.get("value_minor") or 0, sum(costs.values())), costs)
    if kind == "percent":
        return {n: _part(lines[n].amount_minor, terms.get("percent")) for n in concerned}
    if kind == "cheapest":
        off = _cheapest(lines, concerned, 1)
        return {one.line: _part(one.price_minor, terms.get("percent")) for one in off}
    if kind == "buy_x_get_y":
        bought, free = terms.get("buy_quantity") or 0, terms.get("free_quantity") or 0
        pieces = sum(lines[n].quantity for n in concerned)
        times = pieces // (bought + free) if bought + free > 0 else 0
        return _free(_cheapest(lines, concerned, times * free))
    return {}


def _is_meant(terms: dict, line: Line) -> bool:
    skus, categories = terms.get("skus") or (), terms.get("categories") or ()
    return not (skus or categories) or line.sku in skus or line.category in categories


def _part(amount_minor: int, percent: str | None) -> int:
    """The percentage of an amount, half a unit rounded up."""
    hundredths = int(Decimal(percent or 0) * 100)
    return (2 * amount_minor * hundredths + PERCENT_WHOLE) // (2 * PERCENT_WHOLE)


def _cheapest(lines: Sequence[Line], concerned: Iterable[int], count: int) -> list[_Pieces]:
    """The cheapest `count` pieces of the lines, of two alike that of the later line."""
    runs = []
    for n in concerned:
        price, more = divmod(lines[n].amount_minor, lines[n].quantity)
        runs += [_Pieces(price, lines[n].quantity - more, n), _Pieces(price + 1, more, n)]
    runs = sorted((run for run in runs if run.count and run.price_minor), key=lambda run: (run.price_minor, -run.line))
    taken = []
    for run in runs:
        if count <= 0:
            break
        taken.append(_Pieces(run.price_minor, min(run.count, count), run.line))
        count -= run.count
    return taken


def _free(pieces: list[_Pieces]) -> dict[int, int]:
    off: dict[int, int] = {}
    for run in pieces:
        off[run.line] = off.get(run.line, 0) + run.price_minor * run.count
    return off


def _spread(total: int, weights: dict[int, int]) -> dict[int, int]:
    """The total in proportion to the weights, by largest remainder; no share is larger than its weight where the total
    is no larger than all weights."""
    whole = sum(weights.values())
    if total <= 0 or whole <= 0:
        return {}
    shares = {n: total * weight // whole for n, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda n: (-(total * weights[n] % whole), n))
    for n in by_remainder[: total - sum(shares.values())]:
        shares[n] += 1
    return shares


def _bounded(off: dict[int, int], count: int, minor_max: int | None) -> Discount:
    total = sum(off.values())
    if minor_max is not None and total > minor_max:
        total, off = minor_max, _spread(minor_max, off)
    return Discount(total, tuple(off.get(n, 0) for n in range(count)))
