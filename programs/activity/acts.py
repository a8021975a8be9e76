"""What a shop's file says happened, one act after the other in the order of posting, whichever of the two files it is.

Pure: money is rounded here once for each act (half up to the currency's smallest unit), and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from programs.activity.linking import Invoice, Linked, Refuse, Shelves, gather, link
from programs.activity.source_files import LINES, PRICE_DECIMALS, BadRow, Reading, SourceFile
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem

EARN, RETURN, RETURN_UNLINKED, REDEEM = "earn", "return", "return_unlinked", "redeem"


@dataclass(slots=True)
class Act:
    """One purchase, return or redemption. `amount` counts the currency's smallest units, for a redemption points;
    `rows` are the rows of the file that it comes from, with their line numbers."""

    kind: str
    at: datetime
    customer: str
    reference: str
    amount: int
    original: str = ""
    items: list[ItemFacts] | list[ReturnedItem] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def refused(self, reason: str) -> list[BadRow]:
        """The act's rows, with the reason why it was refused."""
        return [BadRow(line, reason, row) for line, row in self.rows]


@dataclass
class Survey:
    """What a first look through a file tells: how many rows it has, when it begins, and which (customer, article)
    pairs come back in it, so that only those need be kept in mind."""

    rows: int = 0
    begins: datetime | None = None
    returned: set[tuple[str, str]] = field(default_factory=set)


def survey(source: SourceFile, reading: Reading) -> Survey:
    """Reads the whole file once."""
    found = Survey()
    if source.columns is LINES:
        sku, quantity, customer = map(LINES.index, ("stock_code", "quantity", "customer_id"))
        for found.rows, item in enumerate(source.rows(), 1):
            if not isinstance(item, BadRow) and item[1][quantity].startswith("-"):
                found.returned.add((item[1][customer], item[1][sku]))
        found.begins = next((row.at for row in source.invoice_lines(reading) if not isinstance(row, BadRow)), None)
    else:
        found.rows = sum(1 for _ in source.rows())
    return found


def acts_of(source: SourceFile, reading: Reading, shelves: Shelves, refuse: Refuse) -> Iterator[Act]:
    """The acts of the file in the order of posting. Rows that cannot be right go to `refuse`."""
    if source.columns is LINES:
        for part in link(gather(source.invoice_lines(reading), refuse), shelves, refuse):
            yield _return(part, reading) if isinstance(part, Linked) else _purchase(part, reading)
        return
    for row in source.events(reading):
        if isinstance(row, BadRow):
            refuse(row)
        else:
            line, type, at, customer, invoice_no, original, amount, raw = row
            yield Act(type, at, customer, invoice_no, amount, original, rows=[(line, raw)])


def _purchase(invoice: Invoice, reading: Reading) -> Act:
    step = 10 ** (PRICE_DECIMALS - reading.decimals)
    half = step // 2
    items = [
        ItemFacts(
            sku=line.sku,
            amount_minor=(line.quantity * line.unit_price + half) // step,
            quantity=line.quantity,
            name=line.name,
            labels=_labels(line.unit_price),
        )
        for line in invoice.lines
    ]
    amount = minor(invoice.amount, reading.decimals)
    rows = [(line.line, line.row) for line in invoice.lines]
    return Act(EARN, invoice.at, invoice.customer, invoice.number, amount, "", items, rows)


def _return(part: Linked, reading: Reading) -> Act:
    invoice = part.invoice
    units: dict[str, int] = {}
    for taken in part.taken:
        units[taken.line.sku] = units.get(taken.line.sku, 0) + taken.units
    items = [ReturnedItem(sku=sku, quantity=quantity) for sku, quantity in units.items()]
    rows = list({taken.line.line: taken.line.row for taken in part.taken}.items())
    kind = RETURN if part.original else RETURN_UNLINKED
    amount = minor(part.amount, reading.decimals)
    return Act(kind, invoice.at, invoice.customer, invoice.number, amount, part.original or "", items, rows)


def minor(amount: int, decimals: int) -> int:
    """Ten-thousandths of the currency as its smallest units, rounded half up."""
    step = 10 ** (PRICE_DECIMALS - decimals)
    return (amount + step // 2) // step


@lru_cache(maxsize=8192)
def _labels(unit_price: int) -> dict[str, str]:
    """What an item needs to be found again when it comes back. Shared by all items of that price."""
    return {"unit_price": decimal_text(unit_price)}


def decimal_text(amount: int) -> str:
    """Ten-thousandths as an exact decimal: 12500 is "1.25", 45 is "0.0045"."""
    whole, rest = divmod(amount, 10**PRICE_DECIMALS)
    digits = f"{rest:0{PRICE_DECIMALS}}"
    return f"{whole}.{digits[:2]}{digits[2:].rstrip('0')}"
