"""Statements and their lines as CSV. No line says whose exchange it was."""

from collections.abc import Iterable, Iterator

from exchange.clearing.lines import every_line
from exchange.clearing.months import month_told
from exchange.clearing.serializers import price_told
from exchange.clearing.statements import Statement
from loyalty.csv_files import csv_lines
from loyalty.http.money import from_minor

LINE_COLUMNS = (
    "exchange_id", "at", "from_program", "points_given", "fee", "to_program", "points_issued", "differs",
    "asked_given", "asked_issued",
)  # fmt: skip
SUM_COLUMNS = (
    "month", "from_program", "from_brand", "to_program", "to_brand", "status", "exchanges", "points_given", "fees",
    "points_issued", "point_price", "currency", "amount", "differences", "closed_at", "paid_at", "reference",
)  # fmt: skip


def lines_file(told: Statement) -> Iterator[str]:
    """Each exchange of the month as the ledger has it, made while it is sent."""
    one, two = told.from_program.code, told.to_program.code
    lines = (
        (
            line.exchange_id, line.at, one, line.points_given, line.fee, two, line.points_issued, line.differs,
            line.asked_given, line.asked_issued,
        )
        for line in every_line(told.pair, told.month)
    )  # fmt: skip
    return csv_lines(LINE_COLUMNS, lines)


def sums_file(found: Iterable[Statement]) -> Iterator[str]:
    """A line for each statement."""
    return csv_lines(SUM_COLUMNS, (_sums(told) for told in found))


def file_name(told: Statement) -> str:
    return f"settlement-{told.from_program.code}-{told.to_program.code}-{month_told(told.month)}.csv"


def _sums(told: Statement) -> tuple:
    closed, one, two = told.settlement, told.from_program, told.to_program
    return (
        month_told(told.month), one.code, one.brand.code, two.code, two.brand.code, told.status, told.exchanges,
        told.points_given, told.fees, told.points_issued, price_told(told), told.currency,
        "" if told.amount_minor is None else from_minor(told.amount_minor, told.currency), told.by_ledger.differences,
        closed and closed.created_at, closed and closed.paid_at, closed.reference if closed else "",
    )  # fmt: skip
