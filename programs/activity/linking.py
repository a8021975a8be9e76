"""Ties goods that come back to the purchases they came from, where the shop's file says no word of it (pure).

A cancelled line gives its units to purchase lines of the same customer and article that are not later and have units
left: the same unit price first, then the latest purchase, the greatest invoice number, the later line.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

# Lines of one invoice may lie this far apart, and a file may step back in time by as much.
INVOICE_SPAN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice as a shop exports it. `unit_price` counts in ten-thousandths of the currency."""

    line: int
    invoice_no: str
    at: datetime
    customer: str
    sku: str
    name: str
    quantity: int
    unit_price: int


@dataclass(slots=True)
class Invoice:
    """A whole invoice; its time is that of its earliest line."""

    number: str
    customer: str
    at: datetime
    lines: list[InvoiceLine] = field(default_factory=list)

    @property
    def is_cancellation(self) -> bool:
        return self.lines[0].quantity < 0

    @property
    def amount(self) -> int:
        """The absolute sum, in ten-thousandths."""
        return abs(sum(line.quantity * line.unit_price for line in self.lines))


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of a cancelled line that found one purchase line (`sold`, by its line number), or none."""

    line: InvoiceLine
    units: int
    sold: int | None = None


@dataclass(slots=True)
class Linked:
    """What of one cancellation belongs to one purchase (`original`), or to none that is known."""

    invoice: Invoice
    original: str | None
    taken: list[Taken] = field(default_factory=list)

    @property
    def amount(self) -> int:
        """Units times the price they came back at, in ten-thousandths."""
        return sum(take.units * take.line.unit_price for take in self.taken)


@dataclass(order=True, slots=True)
class _Sold:
    at: datetime
    invoice_no: str
    line: int
    left: int = field(compare=False)


class Shelves:
    """Units sold that may still come back, by customer and article. With `wanted` it keeps only those pairs, which
    makes it as large as what comes back and not as large as what was sold."""

    def __init__(self, wanted: Collection[tuple[str, str]] | None = None):
        self._wanted = wanted
        self._sold: dict[tuple[str, str], dict[int, list[_Sold]]] = {}

    def put(self, customer: str, sku: str, unit_price: int, *, at: datetime, invoice_no: str, line: int, units: int):
        """Adds units that were sold."""
        if self._wanted is None or (customer, sku) in self._wanted:
            prices = self._sold.setdefault((customer, sku), {})
            insort(prices.setdefault(unit_price, []), _Sold(at, invoice_no, line, units))

    def take(self, customer: str, sku: str, unit_price: int, units: int) -> Iterator[tuple[str, int, int]]:
        """Takes up to so many units away; yields (invoice_no, line, units) for each purchase line that had some."""
        prices = self._sold.get((customer, sku), {})
        while units and prices:
            price = unit_price if unit_price in prices else max(prices, key=lambda price: prices[price][-1])
            sold = prices[price][-1]
            part = min(units, sold.left)
            sold.left -= part
            units -= part
            if not sold.left:
                prices[price].pop()
                if not prices[price]:
                    del prices[price]
            yield sold.invoice_no, sold.line, part


def gather(lines: Iterable[InvoiceLine]) -> Iterator[Invoice]:
    """Whole invoices in order of time, out of lines that are nearly so: no line may be more than INVOICE_SPAN older
    than one before it. Holds only the invoices of the last INVOICE_SPAN."""
    open_invoices: dict[str, Invoice] = {}
    newest = None
    for line in lines:
        if newest is None or line.at > newest:
            newest = line.at
            yield from _close(open_invoices, newest - INVOICE_SPAN)
        invoice = open_invoices.get(line.invoice_no)
        if invoice is None:
            invoice = open_invoices[line.invoice_no] = Invoice(line.invoice_no, line.customer, line.at)
        elif line.at < invoice.at:
            invoice.at = line.at
        invoice.lines.append(line)
    yield from _close(open_invoices, None)


def _close(open_invoices: dict[str, Invoice], before: datetime | None) -> list[Invoice]:
    closed = [invoice for invoice in open_invoices.values() if before is None or invoice.at < before]
    for invoice in closed:
        del open_invoices[invoice.number]
    return sorted(closed, key=lambda invoice: (invoice.at, invoice.number))


def link(invoices: Iterable[Invoice], shelves: Shelves) -> Iterator[Invoice | Linked]:
    """Purchases, and cancellations parted by the purchase they belong to, in the order of posting: by time, purchases
    first, then what is tied to one, then the rest, each by invoice number and original. `invoices` come in order of
    time; `shelves` holds what was sold before them and is used up."""
    for _, together in groupby(invoices, key=lambda invoice: invoice.at):
        group = sorted(together, key=lambda invoice: invoice.number)
        purchases = [invoice for invoice in group if not invoice.is_cancellation]
        for purchase in purchases:
            for line in purchase.lines:
                shelves.put(
                    line.customer,
                    line.sku,
                    line.unit_price,
                    at=purchase.at,
                    invoice_no=line.invoice_no,
                    line=line.line,
                    units=line.quantity,
                )
        parts = [part for invoice in group if invoice.is_cancellation for part in _part(invoice, shelves)]
        yield from purchases
        yield from sorted(parts, key=lambda part: (part.original is None, part.invoice.number, part.original or ""))


def _part(invoice: Invoice, shelves: Shelves) -> Iterable[Linked]:
    parts: dict[str | None, Linked] = {}

    def give(original: str | None, taken: Taken) -> None:
        parts.setdefault(original, Linked(invoice, original)).taken.append(taken)

    for line in invoice.lines:
        units = -line.quantity
        for invoice_no, sold, part in shelves.take(line.customer, line.sku, line.unit_price, units):
            give(invoice_no, Taken(line, part, sold))
            units -= part
        if units:
            give(None, Taken(line, units))
    return parts.values()
