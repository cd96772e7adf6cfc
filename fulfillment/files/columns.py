"""Documents as rows of a table: a column per member, with dots between the names of members in members."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Document = dict[str, Any]

_ACTED_ON: Final = re.compile(r"'*[=+\-@\t\r]")
"""How a text begins that spreadsheets take for a formula."""
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class CellError(ValueError):
    """A cell that does not hold what its column is for."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and how its cells are read."""

    name: str
    read: Callable[[str], Any]


def text(cell: str) -> str:
    """Read a text; what was put before it so that no spreadsheet calculates it is taken away."""
    return cell[1:] if cell.startswith("'") and _ACTED_ON.match(cell) else cell


def integer(cell: str) -> int:
    """Read a whole number: pieces, or minor units of a currency."""
    try:
        return int(cell)
    except ValueError:
        raise CellError(f"{cell[:40]!r} is no whole number (amounts are in minor units: 12.50 is 1250)") from None


def flag(cell: str) -> bool:
    """Read yes or no."""
    try:
        return _FLAGS[cell.strip().lower()]
    except KeyError:
        raise CellError(f"{cell[:40]!r} is neither true nor false") from None


def document(cell: str) -> Any:
    """Read a cell that holds a whole document."""
    try:
        return json.loads(text(cell))
    except ValueError:
        raise CellError(f"{cell[:40]!r} is no JSON") from None


def columns(read: Callable[[str], Any], *names: str) -> tuple[Column, ...]:
    """Columns of these names that are read in the same way."""
    return tuple(Column(name, read) for name in names)


def from_cells(wanted: Sequence[Column], cells: Mapping[str, str]) -> Document:
    """Make a document of a row; an empty cell says nothing. Raises CellError."""
    made: Document = {}
    for column in wanted:
        cell = cells.get(column.name, "")
        if cell.strip():
            *above, last = column.name.split(".")
            place = made
            for name in above:
                place = place.setdefault(name, {})
            try:
                place[last] = column.read(cell)
            except CellError as error:
                raise CellError(f"{column.name}: {error}") from None
    return made


def to_cells(wanted: Sequence[Column], made: Mapping[str, Any]) -> list[str]:
    """Write a document as a row."""
    return [_cell(_member(made, column.name)) for column in wanted]


def _member(made: Mapping[str, Any], name: str) -> Any:
    found: Any = made
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return f"'{value}" if _ACTED_ON.match(value) else value
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
