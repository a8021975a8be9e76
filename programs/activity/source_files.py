"""Reads a shop's exported files row by row, strictly and exactly: invoice lines, or events already tied together.

A row that cannot be right becomes a `BadRow` with a reason; nothing is guessed and nothing is rounded. Plain text or
gzip, UTF-8, whatever the order of the columns. Knows no database.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TextIO

from loyalty.csv_files import UnreadableFile, bounded_lines

LINES = ("invoice_no", "stock_code", "description", "quantity", "invoice_date", "unit_price", "customer_id", "country")
EVENTS = ("seq", "ts", "type", "invoice_no", "original_invoice_no", "customer_id", "amount")
EVENT_TYPES = ("earn", "return", "return_unlinked", "redeem")

PRICE_DECIMALS = 4
REFERENCE_LENGTH_MAX = 200
CUSTOMER_LENGTH_MAX = 120
_QUANTITY = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_POINTS = re.compile(r"[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,12}))?", re.ASCII)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]")


class BadRow(NamedTuple):
    """A row that is refused: where it stands, why, and the row as it came."""

    line: int
    reason: str
    row: list[str]
    invoice_no: str = ""


class InvoiceLine(NamedTuple):
    """One line of an invoice. `unit_price` counts in ten-thousandths of the currency."""

    line: int
    invoice_no: str
    at: datetime
    customer: str
    sku: str
    name: str
    quantity: int
    unit_price: int
    row: list[str]


# The fields in their order; naming them again for each line takes longer than reading it.
_line = InvoiceLine._make


class EventRow(NamedTuple):
    """One event: an amount in the currency's smallest unit, or points where it is a redemption."""

    line: int
    type: str
    at: datetime
    customer: str
    invoice_no: str
    original: str
    amount: int
    row: list[str]


@dataclass(frozen=True)
class Reading:
    """How a file's texts are to be understood: times without an offset are of `timezone`, no time is after `now`,
    money has so many `decimals`."""

    timezone: tzinfo
    now: datetime
    decimals: int


class SourceFile:
    """A file recognised by its header: `columns` is LINES or EVENTS."""

    def __init__(self, path: Path):
        self.path = path
        with _opened(path) as stream:
            header = [name.strip().lower() for name in next(csv.reader(bounded_lines(stream)), [])]
        kinds = [columns for columns in (LINES, EVENTS) if sorted(columns) == sorted(header)]
        if not kinds:
            raise UnreadableFile(
                f"The header of {path.name} is that of neither file known here: {', '.join(LINES)}; or "
                f"{', '.join(EVENTS)}."
            )
        self.columns = kinds[0]
        self._in_order = None if tuple(header) == self.columns else itemgetter(*map(header.index, self.columns))

    def rows(self) -> Iterator[tuple[int, list[str]] | BadRow]:
        """Every row after the header with its line number, its fields in the order of `columns`."""
        with _opened(self.path) as stream:
            reader = csv.reader(bounded_lines(stream), strict=True)
            next(reader)
            width, in_order = len(self.columns), self._in_order
            line, is_over = reader.line_num + 1, False
            while not is_over:
                try:
                    for row in reader:
                        if len(row) == width:
                            yield line, row if in_order is None else list(in_order(row))
                        elif row:
                            yield BadRow(line, f"there are {len(row)} fields where {width} belong", row)
                        line = reader.line_num + 1
                    is_over = True
                except csv.Error as error:
                    yield BadRow(line, f"this is not readable as CSV: {error}", [])
                    line = reader.line_num + 1

    def invoice_lines(self, reading: Reading) -> Iterator[InvoiceLine | BadRow]:
        """The rows of a lines file."""
        return self._parsed(_invoice_line, reading)

    def events(self, reading: Reading) -> Iterator[EventRow | BadRow]:
        """The rows of an events file."""
        return self._parsed(_event, reading)

    def _parsed(self, parse, reading: Reading) -> Iterator:
        position = self.columns.index("invoice_no")
        for item in self.rows():
            if isinstance(item, BadRow):
                yield item
                continue
            line, row = item
            try:
                yield parse(line, row, reading)
            except ValueError as reason:
                yield BadRow(line, str(reason), row, row[position].strip())


def _invoice_line(line: int, row: list[str], reading: Reading) -> InvoiceLine:
    invoice_no, sku, name, quantity, at, unit_price, customer, _ = row
    if not (invoice_no and sku and customer):
        _require(invoice_no=invoice_no, stock_code=sku, customer_id=customer)
    text = name + sku
    if not text.isascii() or not text.isprintable():
        _refuse_unreadable(text)
    units = _units(quantity)
    price = _decimal(unit_price, PRICE_DECIMALS, "unit_price")
    return _line(
        (line, _reference(invoice_no), _moment(at, reading), _customer(customer), sku, name, units, price, row)
    )


def _refuse_unreadable(text: str) -> None:
    if _UNREADABLE.search(text):
        raise ValueError("there are characters in it that are no text in UTF-8")


@lru_cache(maxsize=8192)
def _units(text: str) -> int:
    if not _QUANTITY.fullmatch(text):
        raise ValueError(f"quantity {text!r} is not a whole number")
    units = int(text)
    if not units:
        raise ValueError("quantity is zero")
    return units


def _event(line: int, row: list[str], reading: Reading) -> EventRow:
    _, at, type, invoice_no, original, customer, amount = row
    _require(type=type, invoice_no=invoice_no, customer_id=customer)
    if type not in EVENT_TYPES:
        raise ValueError(f"type {type!r} is none of {', '.join(EVENT_TYPES)}")
    if type == "return" and not original:
        raise ValueError("original_invoice_no is missing")
    if type != "return" and original:
        raise ValueError(f"original_invoice_no has no place in a row of type {type}")
    if type == "redeem":
        if not _POINTS.fullmatch(amount) or not int(amount):
            raise ValueError(f"amount {amount!r} is not a whole number of points above zero")
        value = int(amount)
    else:
        value = _decimal(amount, reading.decimals, "amount")
    moment = _moment(at, reading)
    return EventRow(
        line, type, moment, _customer(customer), _reference(invoice_no), original and _reference(original), value, row
    )


def _require(**fields: str) -> None:
    for name, value in fields.items():
        if not value.strip():
            raise ValueError(f"{name} is missing")


@lru_cache(maxsize=8192)
def _reference(text: str) -> str:
    return _name(text, "invoice_no", REFERENCE_LENGTH_MAX)


@lru_cache(maxsize=8192)
def _customer(text: str) -> str:
    return _name(text, "customer_id", CUSTOMER_LENGTH_MAX)


def _name(text: str, field: str, length_max: int) -> str:
    if not text.isprintable() or "\ufffd" in text or text != text.strip():
        raise ValueError(f"{field} {text!r} has characters that do not belong in it")
    if len(text) > length_max:
        raise ValueError(f"{field} is longer than {length_max} characters")
    return text


@lru_cache(maxsize=8192)
def _decimal(text: str, decimals: int, field: str) -> int:
    """The number as a count of its last decimal, exactly."""
    match = _DECIMAL.fullmatch(text)
    if not match:
        raise ValueError(f"{field} {text!r} is not a number")
    sign, whole, fraction = match.groups(default="")
    if sign:
        raise ValueError(f"{field} {text} is negative")
    if len(fraction) > decimals:
        raise ValueError(f"{field} {text} has more than {decimals} decimals")
    return int(whole + fraction.ljust(decimals, "0"))


@lru_cache(maxsize=8192)
def _moment(text: str, reading: Reading) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time like 2011-06-15T12:00:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=reading.timezone)
    if len(text) < len("2011-06-15T12:00") or moment.year < 1970:
        raise ValueError(f"{text!r} is not a time like 2011-06-15T12:00:00")
    if moment > reading.now:
        raise ValueError(f"{text} is in the future")
    return moment.astimezone(UTC)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file as text, unpacked where it is gzip; what goes wrong with it becomes UnreadableFile."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with (
            gzip.open(path, "rb") if packed else path.open("rb") as binary,
            TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="") as stream,
        ):
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}.") from error
