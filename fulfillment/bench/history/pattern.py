"""
The rows of a sample as a pattern: all that must be another in each copy is a gap.

Ids, times and keys are known by how they are written, customers and products by what stands for them, wherever they stand: in
a column, in the number of an order, or deep in a document. So a table that is added tomorrow is repeated as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

import psycopg
from psycopg import sql

from fulfillment.bench.history.shop import YEAR

IDS_APART: Final = 10**14
"""Each sequence of the sample begins at a multiple of this: an id is known by its digits, and its sequence with it."""

Gap = tuple[str, Any]
"""What kind of thing belongs there, and which one."""

_GAP: Final = re.compile(
    r"(?<![0-9a-f])(?P<key>[0-9a-f]{32})(?![0-9a-f])"
    r"|(?<!\d)(?P<id>\d{15,16})(?!\d)"
    rf"|(?P<time>{YEAR}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00(?::00)?))"
    r"|QSKU(?P<sku>\d{4})Q|QITEM(?P<item>\d{4})Q|QPERSON(?P<person>\d{4})Q|qmail(?P<email>\d{4})q@example\.com"
)


@dataclass(slots=True)
class Gaps:
    """All gaps of a pattern, each once. What fills them comes in the same order."""

    products: Mapping[int, int]
    """The numbers of the sample's products by their ids."""
    places: dict[Gap, int] = field(default_factory=dict)

    def place(self, gap: Gap) -> int:
        """Give the place of a gap among the values."""
        return self.places.setdefault(gap, len(self.places))

    def read(self, found: re.Match[str]) -> Gap:
        """Say what was found."""
        kind = str(found.lastgroup)
        said = found[kind]
        if kind == "id" and int(said) in self.products:
            return ("product", self.products[int(said)])
        if kind == "time":
            return ("time", (datetime.fromisoformat(said), "T" in said))
        return (kind, said if kind == "key" else int(said))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table as COPY reads them, with gaps."""

    table: str
    columns: Sequence[str]
    text: str
    pick: Callable[[Sequence[Any]], Any]

    def filled(self, values: Sequence[Any]) -> str:
        """Write the rows with these values in the gaps."""
        filled: str = self.text % self.pick(values)
        return filled

    def write(self, connection: psycopg.Connection, parts: Iterable[str]) -> int:
        """Copy rows that were filled into the table; give how many they were."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), columns)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for part in parts:
                    copy.write(part)
            return cursor.rowcount


def rows_of(table: str, columns: Sequence[str], copied: str, gaps: Gaps) -> Rows:
    """Make a pattern of rows as COPY wrote them."""
    parts: list[str] = []
    places: list[int] = []
    for literal, gap in _parts(table, columns, copied, gaps):
        parts.append(literal.replace("%", "%%"))
        if gap is not None:
            parts.append("%s")
            places.append(gaps.place(gap))
    if len(places) == 1:
        places *= 2  # itemgetter of one gives no tuple
        parts.append("%.0s")
    return Rows(table, columns, "".join(parts), itemgetter(*places) if places else lambda _: ())


def _parts(table: str, columns: Sequence[str], copied: str, gaps: Gaps) -> Iterator[tuple[str, Gap | None]]:
    if table == "order_search":
        # What is sold is sorted there: each order's stands for the whole of it.
        at = columns.index("items")
        for line in copied.splitlines(keepends=True):
            cells = line.rstrip("\n").split("\t")
            items = tuple(sorted({int(n) for n in re.findall(r"QSKU(\d{4})Q", cells[at])}))
            yield from _gaps("\t".join(cells[:at]) + "\t" * (at > 0), gaps)
            yield "", ("items", items)
            yield from _gaps("".join("\t" + cell for cell in cells[at + 1 :]) + "\n", gaps)
    else:
        yield from _gaps(copied, gaps)


def _gaps(copied: str, gaps: Gaps) -> Iterator[tuple[str, Gap | None]]:
    end = 0
    for found in _GAP.finditer(copied):
        yield copied[end : found.start()], gaps.read(found)
        end = found.end()
    yield copied[end:], None
