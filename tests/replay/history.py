"""Made-up invoice rows."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from fulfillment.replay.rows import History, Listed, Row

MORNING = "2010-12-01 09:00"


def a_row(
    invoice="500001", sku="10001", quantity=1, price="1.00", customer="17", at=MORNING, line=2, file="a.csv"
) -> Row:
    return Row(
        file,
        line,
        invoice,
        sku,
        f"THING {sku}",
        quantity,
        datetime.fromisoformat(at),
        Decimal(price),
        customer,
        "United Kingdom",
    )


def history(*rows: Row, listed: Sequence[Listed] = ()) -> History:
    """Rows as one file, on lines of their own where they were given none."""
    numbered = []
    for number, row in enumerate(rows, start=2):
        row = Row(row.file, number, *(getattr(row, name) for name in Row.__slots__[2:]))  # noqa: PLW2901
        numbered.append(row)
    return History(numbered, list(listed))
