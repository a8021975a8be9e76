"""CSV out and in, for every room. What is written cannot run as a formula in a spreadsheet; what is read is bounded in
bytes, rows, columns and cells, and never guessed at. Knows no HTTP and no database."""

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple, TextIO

from loyalty.errors import LoyaltyError

DELIMITERS = (",", ";", "\t")
LINE_LENGTH_MAX = 64 * 1024
# How a cell begins that some spreadsheet takes for a formula, the full-width forms too; and the same with apostrophes
# in front, so that taking one off on reading gives back exactly what was written.
_FORMULA = re.compile("[' ]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


class UnreadableFile(LoyaltyError):
    """The file cannot be read."""

    code = "unreadable-file"


# Writing


def no_formula(text: str) -> str:
    """The text, made harmless for spreadsheets by an apostrophe in front where it needs one."""
    return f"'{text}" if _FORMULA.match(text) else text


class CsvWriter:
    """Writes lines of CSV into `file`, the header first. Every text is quoted and harmless; numbers stay numbers,
    negative ones too; moments are in UTC; None is an empty cell."""

    def __init__(self, file: TextIO, columns: Iterable[str]):
        self._csv = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        csv.writer(file, lineterminator="\n").writerow([no_formula(name) for name in columns])

    def row(self, values: Iterable) -> None:
        self._csv.writerow([_cell(value) for value in values])


def csv_lines(columns: Iterable[str], rows: Iterable[Iterable]) -> Iterator[str]:
    """The same as a stream of lines, for an answer that is sent while it is made. Begins with a byte order mark,
    without which spreadsheets take UTF-8 for something else."""
    line = _Line()
    writer = CsvWriter(line, columns)
    yield "\ufeff" + line.take()
    for row in rows:
        writer.row(row)
        yield line.take()


class _Line:
    """A file that holds what was written since it was last asked."""

    def __init__(self):
        self._text = ""

    def write(self, text: str) -> None:
        self._text += text

    def take(self) -> str:
        text, self._text = self._text, ""
        return text


def _cell(value) -> str | int | Decimal:
    kind = type(value)
    if kind is int or kind is Decimal:
        return value
    if kind is str:
        return no_formula(value)
    if value is None:
        return ""
    if kind is bool:
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else no_formula(str(value))


# Reading


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much of a file is taken."""

    bytes_max: int = 32 * 1024 * 1024
    rows_max: int = 100_000
    columns_max: int = 64
    cell_length_max: int = 2_000


class Row(NamedTuple):
    """One row: the line on which it ends, and what stands under each column's name. A cell that is not there is ""."""

    line: int
    cells: dict[str, str]


class BadRow(NamedTuple):
    """A row that is refused: where it stands, why, and its cells as they came."""

    line: int
    reason: str
    cells: list[str]


def read_csv(
    file: BinaryIO, *, columns: Sequence[str], required: Iterable[str] = (), bounds: Bounds | None = None
) -> Iterator[Row | BadRow]:
    """Every row of the file, one by one as they are read, whatever the order of the columns. `columns` are the names
    that the header may have (in any case, a space for an underscore), `required` those it must have. UTF-8, with a
    byte order mark or without; cells parted by comma, semicolon or tab; blank lines are passed over; spaces around
    a cell and the apostrophe of `no_formula` are taken off.

    Refusals, when the reading gets there: UnreadableFile for a file that is no CSV in UTF-8, for a header with names
    that are unknown, missing or given twice, and for more bytes, rows or columns than `bounds` allows."""
    bounds = bounds or Bounds()
    lines = bounded_lines(_TextLines(file, bounds.bytes_max), replaced=False)
    first = next(lines, "")
    delimiter = _delimiter(first, columns)
    names = _header(first, delimiter, columns, set(required), bounds)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(reader.line_num + 1, f"this is not readable as CSV: {error}", [])
            continue
        if not any(cells):
            continue
        rows += 1
        if rows > bounds.rows_max:
            raise UnreadableFile(f"The file has more than {bounds.rows_max:,} rows; split it.")
        yield _row(reader.line_num + 1, cells, names, bounds)


def header_of(file: BinaryIO, *, bounds: Bounds | None = None) -> list[str]:
    """The names in the first line, as `read_csv` would have them, whatever they are: for a file whose columns somebody
    is going to explain. Refusals: UnreadableFile, as for reading it."""
    bounds = bounds or Bounds()
    first = next(bounded_lines(_TextLines(file, bounds.bytes_max), replaced=False), "")
    delimiter = max(DELIMITERS, key=first.count)
    names = [_normal(name) for name in _cells_of(first, delimiter)]
    return _header(first, delimiter, names, set(), bounds)


def bounded_lines(stream: TextIO, *, replaced: bool = True) -> Iterator[str]:
    """The lines of a text. One of more than LINE_LENGTH_MAX characters is passed over and replaced by a line that says
    so, or refused with UnreadableFile."""
    while line := stream.readline(LINE_LENGTH_MAX):
        if len(line) < LINE_LENGTH_MAX or line.endswith(("\n", "\r")):
            yield line
            continue
        if not replaced:
            raise UnreadableFile(f"There is a line of more than {LINE_LENGTH_MAX:,} characters in the file.")
        while (rest := stream.readline(LINE_LENGTH_MAX)) and not rest.endswith(("\n", "\r")):
            pass
        yield f"a line of more than {LINE_LENGTH_MAX} characters\n"


class _TextLines:
    """The lines of a binary file as text, counted in bytes; what is no CSV is refused in words for people."""

    def __init__(self, file: BinaryIO, bytes_max: int):
        file.seek(0)
        head = file.read(4)
        if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
            raise UnreadableFile("This is a workbook or a packed file. Save the sheet as CSV in UTF-8.")
        if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise UnreadableFile("The file is in UTF-16. Save it as CSV in UTF-8.")
        file.seek(0)
        self._bytes_left = self._bytes_max = bytes_max
        self._text = TextIOWrapper(_Unclosed(file), encoding="utf-8-sig", newline="")

    def readline(self, size: int) -> str:
        try:
            line = self._text.readline(size)
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"The file is not UTF-8: {error.reason}. Save it as CSV in UTF-8.") from None
        if "\x00" in line:
            raise UnreadableFile("There are NUL characters in the file: it is no text.")
        self._bytes_left -= len(line) if line.isascii() else len(line.encode())
        if self._bytes_left < 0:
            raise UnreadableFile(f"The file has more than {self._bytes_max // 1024 // 1024:,} MB; split it.")
        return line


class _Unclosed:
    """A binary file that its reader leaves open: it belongs to whoever gave it."""

    closed = False

    def __init__(self, file: BinaryIO):
        self._file = file

    def readable(self) -> bool:
        return True

    writable = seekable = lambda self: False

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    read1 = read

    def flush(self) -> None:
        pass

    close = flush


def _normal(name: str) -> str:
    return "_".join(name.strip().lower().split())


def _cells_of(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise UnreadableFile(f"The first line is not readable as CSV: {error}.") from None


def _delimiter(first: str, columns: Sequence[str]) -> str:
    """The one under which the first line has the most known names."""

    def known(delimiter: str) -> int:
        return len(set(columns) & {_normal(name) for name in first.replace('"', "").split(delimiter)})

    return max(DELIMITERS, key=known)


def _header(first: str, delimiter: str, columns: Sequence[str], required: set[str], bounds: Bounds) -> list[str]:
    if first.count(delimiter) >= bounds.columns_max:
        raise UnreadableFile(f"The file has more than {bounds.columns_max} columns.")
    names = [_normal(name) for name in _cells_of(first, delimiter)]
    if not any(names):
        raise UnreadableFile(f"The first line must name the columns: {', '.join(columns)}.")
    for name in names:
        if name not in columns:
            raise UnreadableFile(f"There is no column {name[:60]!r} here. Known are {', '.join(columns)}.")
        if names.count(name) > 1:
            raise UnreadableFile(f"The column {name!r} stands in the first line twice.")
    if missing := [name for name in columns if name in required and name not in names]:
        raise UnreadableFile(f"The column {missing[0]!r} is missing.")
    return names


def _row(line: int, cells: list[str], names: list[str], bounds: Bounds) -> Row | BadRow:
    if len(cells) != len(names):
        return BadRow(line, f"there are {len(cells)} cells where {len(names)} belong", cells[: len(names)])
    for name, cell in zip(names, cells, strict=True):
        if len(cell) > bounds.cell_length_max:
            return BadRow(line, f"{name} is longer than {bounds.cell_length_max:,} characters", [])
        if not cell.isprintable() and _UNREADABLE.search(cell):
            return BadRow(line, f"{name} has characters in it that are no text", cells)
    return Row(line, {name: _meant(cell) for name, cell in zip(names, cells, strict=True)})


def _meant(cell: str) -> str:
    """What was in the cell before `no_formula`."""
    cell = cell.strip(" ")
    return (cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell).strip()
