"""What became of rows that were to be taken in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """How rows are taken in: `source` names the file, `dry` only looks, `update` changes what is there with other content."""

    source: str
    dry: bool = False
    update: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many rows were new, changed what was there, or were there already."""

    new: int = 0
    changed: int = 0
    there: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.new + other.new, self.changed + other.changed, self.there + other.there)
