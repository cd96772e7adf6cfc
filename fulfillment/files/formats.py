"""CSV and JSON Lines, read and written row by row: a file may be larger than the memory."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from fulfillment.files.columns import CellError, Column, Document, from_cells, to_cells

CSV, JSON_LINES = "csv", "jsonl"
FORMATS: Final = (CSV, JSON_LINES)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS: Final = ",;\t|"


class BadFileError(Exception):
    """A file that cannot be read at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says, and the line it begins at; or, instead, why it cannot be read."""

    line: int
    said: Document
    fault: str | None = None


def format_of(path: Path, named: str | None) -> str:
    """The format that was named, else that of the file's ending. Raises BadFileError."""
    if named is not None:
        return named
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return CSV
        case ".jsonl" | ".ndjson":
            return JSON_LINES
    raise BadFileError(f"{path}: name the format with --format {' or '.join(FORMATS)}")


def read(
    path: Path, form: str, columns: Sequence[Column], *, encoding: str | None, told: Callable[[int], None]
) -> Iterator[Row]:
    """
    Read the rows of a file. `told` hears how many bytes are read.

    Without an `encoding` it is what the file's first bytes say, else UTF-8. Raises BadFileError for a file in another
    encoding, with other columns, or with quotation marks that do not end.
    """
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding or _encoding(raw), newline="")
        rows = _csv(text, columns) if form == CSV else _json_lines(text)
        line = 0
        try:
            for row in rows:
                line = row.line
                yield row
                told(raw.tell())
        except UnicodeError:
            raise BadFileError(
                f"{path}, after line {line}: not {encoding or 'UTF-8'}; name another with --encoding, as cp1252"
            ) from None
        except csv.Error as error:
            raise BadFileError(f"{path}, after line {line}: {error}") from None


def _encoding(raw: IO[bytes]) -> str:
    start = raw.read(4)
    raw.seek(0)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def _csv(text: Iterable[str], columns: Sequence[Column]) -> Iterator[Row]:
    lines = iter(text)
    head = next(lines, "").lstrip("\ufeff")
    known = {column.name for column in columns}
    delimiter = max(_DELIMITERS, key=lambda each: len(known & set(_names(head, each))))
    names = _names(head, delimiter)
    _expect(names, known)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = 2
    for cells in reader:
        if any(cells):
            yield _row(begins, names, cells, columns)
        begins = reader.line_num + 2


def _names(head: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]


def _expect(names: Sequence[str], known: set[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise BadFileError(f"no column is named {unknown[0][:40]!r}; there are {', '.join(sorted(known))}")
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadFileError(f"two columns are named {twice[0]!r}")


def _row(line: int, names: Sequence[str], cells: Sequence[str], columns: Sequence[Column]) -> Row:
    if len(cells) > len(names):
        return Row(line, {}, f"{len(cells)} cells, where the first line names {len(names)} columns")
    try:
        return Row(line, from_cells(columns, dict(zip(names, cells, strict=False))))
    except CellError as error:
        return Row(line, {}, str(error))


def _json_lines(text: Iterable[str]) -> Iterator[Row]:
    for line, written in enumerate(text, start=1):
        if not written.strip():
            continue
        try:
            said = json.loads(written.lstrip("\ufeff"))
        except ValueError as error:
            yield Row(line, {}, f"no JSON: {error}")
        else:
            yield Row(line, said) if isinstance(said, dict) else Row(line, {}, "no JSON object")


def writer(file: IO[str], form: str, columns: Sequence[Column]) -> Callable[[Document], None]:
    """Begin a file; give what writes a document into it."""
    if form == JSON_LINES:
        return lambda made: print(json.dumps(made, ensure_ascii=False), file=file)
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow([column.name for column in columns])
    return lambda made: table.writerow(to_cells(columns, made))
