"""Ties goods that come back to the purchases they came from, where the shop's file says no word of it (pure).

A cancelled line gives its units to purchase lines of the same customer and article that are not later and have units
left: the same unit price first, then the latest purchase, the greatest invoice number, the later line.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

from programs.activity.source_files import BadRow, InvoiceLine

# Lines of one invoice may lie this far apart, and a file may step back in time by as much.
INVOICE_SPAN = timedelta(hours=1)

Refuse = Callable[[BadRow], None]


@dataclass(slots=True)
class Invoice:
    """A whole invoice; its time is that of its earliest line. With a `fault` none of it can be trusted."""

    number: str
    customer: str
    at: datetime
    lines: list[InvoiceLine] = field(default_factory=list)
    fault: str = ""

    @property
    def is_cancellation(self) -> bool:
        return self.lines[0].quantity < 0

    @property
    def amount(self) -> int:
        """The sum, in ten-thousandths."""
        return sum(line.quantity * line.unit_price for line in self.lines)

    def add(self, line: InvoiceLine) -> None:
        if self.lines:
            if line.customer != self.customer:
                self.fault = f"line {line.line} is of another customer"
            if (line.quantity < 0) != self.is_cancellation:
                self.fault = f"line {line.line} comes back while others are sold, or the other way round"
        self.customer = line.customer
        if line.at < self.at:
            self.at = line.at
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of a cancelled line that found a purchase line (`item`, its position in the purchase), or none."""

    line: InvoiceLine
    units: int
    item: int | None = None


@dataclass(slots=True)
class Linked:
    """What of one cancellation belongs to one purchase (`original`), or to none that is known."""

    invoice: Invoice
    original: str | None
    taken: list[Taken] = field(default_factory=list)

    @property
    def amount(self) -> int:
        """Units times the price they came back at, in ten-thousandths."""
        return sum(taken.units * taken.line.unit_price for taken in self.taken)


@dataclass(order=True, slots=True)
class _Sold:
    at: datetime
    invoice_no: str
    item: int
    left: int = field(compare=False)


class Shelves:
    """Units sold that may still come back, by customer and article. With `wanted` it keeps only those pairs, which
    makes it as large as what comes back and not as large as what was sold."""

    def __init__(self, wanted: Collection[tuple[str, str]] | None = None):
        self.wanted = wanted
        self._sold: dict[tuple[str, str], dict[int, list[_Sold]]] = {}
        self.in_doubt: dict[tuple[str, str], str] = {}

    def put(self, pair: tuple[str, str], unit_price: int, *, at: datetime, invoice_no: str, item: int, units: int):
        """Adds units of a (customer, article) that were sold."""
        if self.wanted is None or pair in self.wanted:
            prices = self._sold.setdefault(pair, {})
            insort(prices.setdefault(unit_price, []), _Sold(at, invoice_no, item, units))

    def take(self, pair: tuple[str, str], unit_price: int, units: int) -> Iterator[tuple[str, int, int]]:
        """Takes up to so many units away; yields (invoice_no, item, units) for each purchase line that had some."""
        prices = self._sold.get(pair, {})
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
            yield sold.invoice_no, sold.item, part


def gather(lines: Iterable[InvoiceLine | BadRow], refuse: Refuse) -> Iterator[Invoice]:
    """Whole invoices in order of time, out of lines that are nearly so: a line more than INVOICE_SPAN older than one
    before it is refused. A bad row makes its whole invoice faulty. Holds the invoices of the last INVOICE_SPAN."""
    open_invoices: dict[str, Invoice] = {}
    newest = oldest = None
    for line in lines:
        fault = ""
        if isinstance(line, BadRow):
            refuse(line)
            fault = f"line {line.line} is refused"
        elif newest is None or line.at > newest:
            newest, oldest = line.at, line.at - INVOICE_SPAN
            yield from _close(open_invoices, oldest)
        elif line.at < oldest:
            fault = "its time goes back behind the rows before it; sort the file by time"
            refuse(BadRow(line.line, fault, line.row))
        number = line.invoice_no
        if (invoice := open_invoices.get(number)) is None and number:
            invoice = open_invoices[number] = Invoice(number, "", newest or datetime.max.replace(tzinfo=UTC))
        if not fault:
            invoice.add(line)
        elif number:
            invoice.fault = fault
    yield from _close(open_invoices, None)


def _close(open_invoices: dict[str, Invoice], before: datetime | None) -> list[Invoice]:
    closed = [invoice for invoice in open_invoices.values() if before is None or invoice.at < before]
    for invoice in closed:
        del open_invoices[invoice.number]
    return sorted(closed, key=lambda invoice: (invoice.at, invoice.number))


def link(invoices: Iterable[Invoice], shelves: Shelves, refuse: Refuse) -> Iterator[Invoice | Linked]:
    """Purchases, and cancellations parted by the purchase they belong to, in the order of posting: by time, purchases
    first, then what is tied to one, then the rest, each by invoice number and original. `invoices` come in order of
    time; `shelves` holds what was sold before them and is used up. All lines of a faulty invoice are refused, and so
    is what comes back of an article that the customer may have bought by one: else it would be tied to another
    purchase, or to none, and stay so after the fault is mended."""
    for _, together in groupby(invoices, key=lambda invoice: invoice.at):
        purchases, cancellations = [], []
        for invoice in sorted(together, key=lambda invoice: invoice.number):
            if invoice.fault:
                _put_in_doubt(invoice, shelves, refuse)
            elif invoice.is_cancellation:
                cancellations.append(invoice)
            else:
                purchases.append(invoice)
                _put(invoice, shelves)
        yield from purchases
        parts = [part for invoice in cancellations for part in _part(invoice, shelves, refuse)]
        yield from sorted(parts, key=lambda part: (part.original is None, part.invoice.number, part.original or ""))


def _put(purchase: Invoice, shelves: Shelves) -> None:
    customer, wanted = purchase.customer, shelves.wanted
    for item, line in enumerate(purchase.lines):
        # Most of what is sold never comes back.
        if wanted is None or (customer, line.sku) in wanted:
            shelves.put(
                (customer, line.sku),
                line.unit_price,
                at=purchase.at,
                invoice_no=purchase.number,
                item=item,
                units=line.quantity,
            )


def _put_in_doubt(invoice: Invoice, shelves: Shelves, refuse: Refuse) -> None:
    for line in invoice.lines:
        shelves.in_doubt[line.customer, line.sku] = invoice.number
        refuse(BadRow(line.line, f"invoice {invoice.number} is refused as a whole: {invoice.fault}", line.row))


def _part(invoice: Invoice, shelves: Shelves, refuse: Refuse) -> Iterable[Linked]:
    doubts = {shelves.in_doubt.get((line.customer, line.sku)) for line in invoice.lines} if shelves.in_doubt else set()
    if doubt := next(filter(None, doubts), None):
        invoice.fault = f"goods of it may belong to invoice {doubt}, which is refused"
        _put_in_doubt(invoice, shelves, refuse)
        return []
    parts: dict[str | None, Linked] = {}

    def give(original: str | None, taken: Taken) -> None:
        parts.setdefault(original, Linked(invoice, original)).taken.append(taken)

    for line in invoice.lines:
        units = -line.quantity
        for invoice_no, item, part in shelves.take((line.customer, line.sku), line.unit_price, units):
            give(invoice_no, Taken(line, part, item))
            units -= part
        if units:
            give(None, Taken(line, units))
    return parts.values()
