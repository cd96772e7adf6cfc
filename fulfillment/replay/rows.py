"""The rows of a store's invoice files. Columns and encoding must be right; what a row says may be anything."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

COLUMNS: Final = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

_WHOLE: Final = re.compile(r"-?\d{1,9}(?:\.0+)?")
_DECIMAL: Final = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
_CUSTOMER: Final = re.compile(r"(.*?)(?:\.0)?")  # the column once held numbers: 17850.0
_LONGEST: Final = 100


class BadFileError(Exception):
    """A file that is no invoice file: nothing of it may be believed."""


class Reason(StrEnum):
    """Why a row, or a part of its money, was not acted on."""

    UNREADABLE = "unreadable row"
    REPEATED = "invoice that another file holds already"
    UNKNOWN_INVOICE = "invoice number of no known kind"
    OTHER_CUSTOMER = "another customer than the rest of its invoice"
    ZERO_QUANTITY = "quantity of zero"
    STOCK_ADJUSTMENT = "stock adjustment"
    ZERO_PRICE = "price of zero"
    NEGATIVE_PRICE = "negative price"
    PART_OF_A_PENNY = "price in parts of a penny"
    DISCOUNT_TOO_LARGE = "discount larger than its invoice"
    WRONG_SIGN = "positive quantity on a cancellation"
    LATER_DISCOUNT = "discount after the sale: it names no goods"
    UNMATCHED = "cancellation of what no file shows sold"
    ONLY_LATER = "cancellation of what was sold only later"
    TOO_MANY = "pieces beyond what was sold and not given back"
    PRICE_DIFFERENCE = "canceled at another price than was paid"
    REFUSED = "refused by the API"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an invoice. `price` is pounds for one piece, exact; `customer` is None where nobody is named."""

    file: str
    line: int
    invoice: str
    sku: str
    name: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str | None
    country: str

    @property
    def money(self) -> Decimal:
        """What the line comes to, in pounds; negative on cancellations."""
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A row that was not acted on, and why; or, when not `whole`, the part of its money that was not.

    `money` is pounds, None where the row could not be read.
    """

    file: str
    line: int
    invoice: str
    sku: str
    quantity: int | None
    money: Decimal | None
    reason: Reason
    detail: str = ""
    whole: bool = True

    @classmethod
    def row(cls, row: Row, reason: Reason, detail: str = "") -> Listed:
        """List a whole row."""
        return cls(row.file, row.line, row.invoice, row.sku, row.quantity, row.money, reason, detail)

    @classmethod
    def part(cls, row: Row, reason: Reason, *, quantity: int, money: Decimal, detail: str = "") -> Listed:
        """List what is left of a row that was acted on."""
        return cls(row.file, row.line, row.invoice, row.sku, quantity, money, reason, detail, whole=False)


@dataclass(slots=True)
class History:
    """Everything that was read, in the order of the files."""

    rows: list[Row] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)

    @property
    def rows_in(self) -> int:
        """How many rows there were, readable or not."""
        return len(self.rows) + len(self.listed)


def read(paths: Sequence[Path]) -> History:
    """
    Read invoice files. Rows that cannot be understood are listed.

    Raises BadFileError for a file that is not UTF-8, has other columns, breaks CSV's quoting, or is given twice.
    """
    history = History()
    seen: dict[str, Path] = {}
    for path in paths:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest in seen:
            raise BadFileError(f"{path} is the same file as {seen[digest]}")
        seen[digest] = path
        _read_file(str(path), _decoded(path, content), history)
    return history


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFileError(f"{path}, line {line}: not UTF-8") from error


def _read_file(file: str, text: str, history: History) -> None:
    lines = _numbered(file, text)
    _, header = next(lines, (0, []))
    if tuple(header) != COLUMNS:
        raise BadFileError(
            f"{file}: the columns must be {', '.join(COLUMNS)}; they are {', '.join(header) or 'missing'}"
        )
    for line, values in lines:
        try:
            history.rows.append(_row(file, line, values))
        except ValueError as error:
            invoice, sku = (*values, "", "")[:2]
            history.listed.append(Listed(file, line, invoice, sku, None, None, Reason.UNREADABLE, detail=str(error)))


def _numbered(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Records, each with the number of the line it begins on: a quoted field may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for values in reader:
            yield begins, values
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadFileError(f"{file}, line {reader.line_num}: {error}") from error


def _row(file: str, line: int, values: Sequence[str]) -> Row:
    if len(values) != len(COLUMNS):
        raise ValueError(f"{len(values)} fields, not {len(COLUMNS)}")
    invoice, sku, name, quantity, at, price, customer, country = (_text(value) for value in values)
    if not invoice or not sku:
        raise ValueError("no invoice number" if not invoice else "no stock code")
    if not _WHOLE.fullmatch(quantity):
        raise ValueError(f"the quantity {quantity!r} is no whole number")
    if not _DECIMAL.fullmatch(price):
        raise ValueError(f"the price {price!r} is no decimal number")
    named = _CUSTOMER.fullmatch(customer)
    return Row(
        file,
        line,
        invoice,
        sku,
        name,
        int(Decimal(quantity)),
        _time(at),
        Decimal(price),
        (named[1] if named else customer) or None,
        country,
    )


def _text(value: str) -> str:
    text = value.strip()
    if len(text) > _LONGEST:
        raise ValueError(f"a field of {len(text)} characters")
    if not text.isprintable():
        raise ValueError("a character that cannot be printed")
    return text


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"the date {text!r} is none: it must be like 2010-12-01 08:26:00") from None
    if at.tzinfo is not None:
        raise ValueError(f"the date {text!r} has a time zone; the store's have none")
    return at
