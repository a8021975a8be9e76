"""What a shop's file may look like, and the rows that are refused with the reason that a person reads."""

import gzip
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from programs.activity.source_files import BadRow, InvoiceLine, Reading, SourceFile, UnreadableFile
from programs.activity.tests.shop_files import write_events, write_lines

READING = Reading(ZoneInfo("Europe/London"), datetime(2012, 1, 1, tzinfo=UTC), 2)
CUP = ("489434", "85048", "A cup, blue", "12", "2011-06-15T12:00:00", "6.95", "13085", "United Kingdom")
EARN = {"ts": "2011-01-15T12:00:00", "type": "earn", "invoice_no": "1", "customer_id": "ana", "amount": "505.30"}


def read_line(tmp_path, **changes):
    names = dict(zip(("invoice_no", "sku", "name", "quantity", "at", "price", "customer", "country"), CUP, strict=True))
    source = SourceFile(write_lines(tmp_path / "lines.csv", [list((names | changes).values())]))
    (row,) = source.invoice_lines(READING)
    return row


def read_event(tmp_path, **changes):
    (row,) = SourceFile(write_events(tmp_path / "events.csv", [EARN | changes])).events(READING)
    return row


def test_a_line_is_read_exactly_and_its_time_is_local(tmp_path):
    noon_in_summer = datetime(2011, 6, 15, 11, tzinfo=UTC)

    assert read_line(tmp_path) == InvoiceLine(
        2, "489434", noon_in_summer, "13085", "85048", "A cup, blue", 12, 69_500, list(CUP)
    )


def test_an_event_is_read_exactly(tmp_path):
    row = read_event(tmp_path)

    assert row[:-1] == (2, "earn", datetime(2011, 1, 15, 12, tzinfo=UTC), "ana", "1", "", 50_530)


def test_a_time_with_an_offset_is_taken_at_its_word(tmp_path):
    assert read_event(tmp_path, ts="2011-06-15T12:00:00+02:00").at == datetime(2011, 6, 15, 10, tzinfo=UTC)


def test_points_of_a_redemption_are_whole(tmp_path):
    assert read_event(tmp_path, type="redeem", amount="300").amount == 300


def test_gzip_a_byte_order_mark_and_another_order_of_columns_are_understood(tmp_path):
    path = tmp_path / "events"
    text = (
        "\ufeffamount,ts,type,invoice_no,customer_id,original_invoice_no,seq\r\n1.5,2011-01-15T12:00,earn,7,ana,,1\r\n"
    )
    path.write_bytes(gzip.compress(text.encode()))

    (row,) = SourceFile(path).events(READING)

    assert row[:-1] == (2, "earn", datetime(2011, 1, 15, 12, tzinfo=UTC), "ana", "7", "", 150)
    assert row.row == ["1", "2011-01-15T12:00", "earn", "7", "", "ana", "1.5"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"customer": ""}, "customer_id is missing"),
        ({"invoice_no": "  "}, "invoice_no '  ' has characters that do not belong in it"),
        ({"sku": ""}, "stock_code is missing"),
        ({"quantity": "1.5"}, "quantity '1.5' is not a whole number"),
        ({"quantity": "1_0"}, "quantity '1_0' is not a whole number"),
        ({"quantity": "\u0667"}, "quantity '\u0667' is not a whole number"),
        ({"quantity": "0"}, "quantity is zero"),
        ({"price": "-1.00"}, "unit_price -1.00 is negative"),
        ({"price": "NaN"}, "unit_price 'NaN' is not a number"),
        ({"price": "1e3"}, "unit_price '1e3' is not a number"),
        ({"price": "1.00001"}, "unit_price 1.00001 has more than 4 decimals"),
        ({"at": "15/06/2011"}, "'15/06/2011' is not a time like 2011-06-15T12:00:00"),
        ({"at": "2011-06-31T12:00:00"}, "'2011-06-31T12:00:00' is not a time like 2011-06-15T12:00:00"),
        ({"at": "2011-06-15"}, "'2011-06-15' is not a time like 2011-06-15T12:00:00"),
        ({"at": "2012-06-15T12:00:00"}, "2012-06-15T12:00:00 is in the future"),
        ({"name": "a\x00b"}, "there are characters in it that are no text in UTF-8"),
        ({"customer": "a" * 121}, "customer_id is longer than 120 characters"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_its_reason(tmp_path, changes, reason):
    row = read_line(tmp_path, **changes)

    assert isinstance(row, BadRow)
    assert (row.line, row.reason) == (2, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "gift"}, "type 'gift' is none of earn, return, return_unlinked, redeem"),
        ({"type": "return"}, "original_invoice_no is missing"),
        ({"original_invoice_no": "7"}, "original_invoice_no has no place in a row of type earn"),
        ({"amount": "-5.00"}, "amount -5.00 is negative"),
        ({"amount": "5.001"}, "amount 5.001 has more than 2 decimals"),
        ({"amount": "five"}, "amount 'five' is not a number"),
        ({"type": "redeem", "amount": "100.00"}, "amount '100.00' is not a whole number of points above zero"),
        ({"type": "redeem", "amount": "0"}, "amount '0' is not a whole number of points above zero"),
        ({"customer_id": ""}, "customer_id is missing"),
    ],
)
def test_an_event_that_cannot_be_right_is_refused_with_its_reason(tmp_path, changes, reason):
    row = read_event(tmp_path, **changes)

    assert isinstance(row, BadRow)
    assert (row.line, row.reason) == (2, reason)


def test_broken_rows_do_not_stop_the_rows_after_them(tmp_path):
    path = write_lines(tmp_path / "lines.csv", [CUP, CUP[:5], ("x" * 70_000, *CUP[1:]), CUP])
    with path.open("ab") as file:
        file.write(
            b'"489434"oops,a\r\n' + ",".join(CUP).replace("A cup, blue", "A \xff cup").encode("latin-1") + b"\r\n"
        )

    rows = list(SourceFile(path).invoice_lines(READING))

    assert [(row.line, isinstance(row, BadRow)) for row in rows] == [
        (2, False),
        (3, True),
        (4, True),
        (5, False),
        (6, True),
        (7, True),
    ]
    assert rows[1].reason == "there are 5 fields where 8 belong"
    assert rows[4].reason.startswith("this is not readable as CSV")


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("name,points\nana,5\n")

    with pytest.raises(UnreadableFile, match=r"other\.csv is that of neither file known here"):
        SourceFile(path)


def test_a_gzip_file_cut_short_is_refused(tmp_path):
    whole = gzip.compress(write_lines(tmp_path / "lines.csv", [CUP] * 500).read_bytes())
    path = tmp_path / "lines.csv.gz"
    path.write_bytes(whole[:-20])

    with pytest.raises(UnreadableFile):
        list(SourceFile(path).rows())


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        SourceFile(tmp_path / "nothing.csv")
