"""Reading: columns and encoding must be right; a row that cannot be understood is listed with its line."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fulfillment.replay.rows import BadFileError, Reason, Row, read

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
GOOD = "536365,85123A,HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"


@pytest.fixture
def a_file(tmp_path: Path):
    def write(content: str | bytes, name: str = "day.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


class TestReading:
    def test_gives_a_row_as_it_is_written(self, a_file):
        path = a_file(HEADER + GOOD)

        history = read([path])

        assert history.rows == [
            Row(
                str(path),
                2,
                "536365",
                "85123A",
                "HANGING HEART",
                6,
                datetime(2010, 12, 1, 8, 26),
                Decimal("2.55"),
                "17850",
                "United Kingdom",
            )
        ]
        assert history.rows[0].money == Decimal("15.30")
        assert history.listed == []

    def test_takes_a_file_with_a_byte_order_mark_and_windows_line_ends(self, a_file):
        history = read([a_file("\ufeff".encode() + (HEADER + GOOD).replace("\n", "\r\n").encode())])

        assert [row.invoice for row in history.rows] == ["536365"]

    def test_counts_lines_where_a_quoted_field_is_broken_over_two(self, a_file):
        broken = GOOD.replace("HANGING HEART", '"HANGING\nHEART"')

        history = read([a_file(HEADER + broken + GOOD)])

        assert [(one.line, one.reason) for one in history.listed] == [(2, Reason.UNREADABLE)]
        assert [row.line for row in history.rows] == [4]

    @pytest.mark.parametrize(
        ("old", "new", "detail"),
        [
            (",6,", ",six,", "the quantity 'six' is no whole number"),
            (",6,", ",6.5,", "the quantity '6.5' is no whole number"),
            ("2.55", "NaN", "the price 'NaN' is no decimal number"),
            ("2.55", "1e3", "the price '1e3' is no decimal number"),
            ("2.55", "", "the price '' is no decimal number"),
            ("2010-12-01", "2010-13-01", "the date '2010-13-01 08:26:00' is none: it must be like 2010-12-01 08:26:00"),
            ("536365", "", "no invoice number"),
            ("85123A", " ", "no stock code"),
            (",United Kingdom", "", "7 fields, not 8"),
            ("United Kingdom", "United Kingdom,1", "9 fields, not 8"),
            ("HEART", "HE\x00ART", "a character that cannot be printed"),
            ("HEART", "H" * 200, "a field of 208 characters"),
        ],
    )
    def test_lists_a_row_that_cannot_be_understood_and_keeps_the_others(self, a_file, old, new, detail):
        history = read([a_file(HEADER + GOOD + GOOD.replace(old, new, 1) + GOOD)])

        [listed] = history.listed
        assert (listed.line, listed.reason, listed.detail) == (3, Reason.UNREADABLE, detail)
        assert (listed.quantity, listed.money) == (None, None)
        assert [row.line for row in history.rows] == [2, 4]
        assert history.rows_in == 3


class TestAFileThatIsNone:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "the columns must be"),
            (b"InvoiceNo,StockCode\n", "they are InvoiceNo, StockCode"),
            (HEADER.replace("UnitPrice", "Price").encode(), "the columns must be"),
            (HEADER.encode() + GOOD.encode() + GOOD.encode().replace(b"HEART", b"C\xd4TE"), "line 3: not UTF-8"),
            (HEADER.encode() + GOOD.replace("HANGING", '"HANGING" ').encode(), "line 2"),
        ],
    )
    def test_is_refused_as_a_whole(self, a_file, content, message):
        with pytest.raises(BadFileError, match=message):
            read([a_file(content)])

    def test_may_not_be_given_twice(self, a_file):
        with pytest.raises(BadFileError, match="is the same file as"):
            read([a_file(HEADER + GOOD, "a.csv"), a_file(HEADER + GOOD, "b.csv")])
