"""Taking a file in: in sets, each refused row alone with its line and the reason."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.files import orders
from fulfillment.files.columns import columns, text, to_cells
from fulfillment.files.formats import CSV, Row
from fulfillment.files.kinds import KINDS, Kind
from fulfillment.files.outcome import Outcome, Way

_UNAUTHORIZED: Final = (401, 403)
_REPORTED: Final = columns(text, "reason", "remedy")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken in: where it begins, why, and what would help."""

    line: int
    reason: str
    remedy: str


@dataclass(slots=True)
class TakenIn:
    """What became of a file."""

    outcome: Outcome = field(default_factory=Outcome)
    refused: list[Refused] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows there were."""
        done = self.outcome
        return done.new + done.changed + done.there + len(self.refused)


_Numbered = tuple[int, JSON]


def take_in(
    api: Api, name: str, rows: Iterable[Row], form: str, way: Way, *, told: Callable[[TakenIn], None]
) -> TakenIn:
    """Take all rows in; `told` hears after each set how things are. Raises RefusedError where the key may not do this."""
    kind, taken = KINDS[name], TakenIn()
    numbered = _readable(rows, kind, taken)
    if name == "orders" and form == CSV:
        numbered = orders.joined(numbered)
    while part := list(islice(numbered, kind.at_once)):
        _take(api, kind, part, way, taken)
        told(taken)
    taken.refused.sort(key=lambda each: each.line)
    return taken


def _readable(rows: Iterable[Row], kind: Kind, taken: TakenIn) -> Iterator[_Numbered]:
    for row in rows:
        if row.fault is not None:
            taken.refused.append(Refused(row.line, row.fault, ""))
        else:
            yield row.line, {name: value for name, value in row.said.items() if name not in kind.shown}


def _take(api: Api, kind: Kind, rows: Sequence[_Numbered], way: Way, taken: TakenIn) -> None:
    """All at once; where that is refused each half, down to the row that it is about."""
    try:
        taken.outcome += kind.take(api, [row for _, row in rows], way)
    except RefusedError as refused:
        if refused.status in _UNAUTHORIZED:
            raise
        if len(rows) == 1:
            taken.refused.append(_told(rows[0][0], refused))
            return
        middle = len(rows) // 2
        _take(api, kind, rows[:middle], way, taken)
        _take(api, kind, rows[middle:], way, taken)


def _told(line: int, refused: RefusedError) -> Refused:
    problem = refused.problem
    faults = [f"{fault['field']}: {fault['message']}" for fault in problem.get("errors") or []]
    reason = "; ".join(faults) or str(problem.get("detail") or problem.get("title") or refused)
    return Refused(line, reason, str(problem.get("remedy") or ""))


def write_refused(refused: Sequence[Refused], path: Path) -> None:
    """Write the refused rows as a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["line", "reason", "remedy"])
        for each in refused:
            table.writerow([each.line, *to_cells(_REPORTED, {"reason": each.reason, "remedy": each.remedy})])
