"""What somebody looks for: a part of a text, in which `%` stands for any characters (FI2, FI3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fulfillment.kernel.errors import Invalid

FEWEST_CHARACTERS: Final = 3
"""In a row. With fewer nearly every order would have to be read."""


@dataclass(frozen=True, slots=True)
class Term:
    """
    A part of a text to look for. `%` is the only wildcard; `_` and the backslash are themselves; case is ignored.

    It matches anywhere: `tay`, `%tay` and `tay%` find the same.
    """

    text: str

    @property
    def pieces(self) -> list[str]:
        """What must follow one another, with anything in between."""
        return [piece for piece in self.text.split("%") if piece]

    @property
    def pattern(self) -> str:
        """Write it as a regular expression of PostgreSQL; what it matches lies on one line."""
        return r"[^\n]*".join(re.sub(r"([^\w\s])", r"\\\1", piece, flags=re.ASCII) for piece in self.pieces)


def read_term(name: str, text: str | None) -> Term | None:
    """Read what was sent as the filter `name`. Raises Invalid where nothing in it is long enough to be looked for."""
    if text is None:
        return None
    term = Term(text.strip())
    if max(map(len, term.pieces), default=0) < FEWEST_CHARACTERS:
        raise Invalid(
            f"{name}: a search needs {FEWEST_CHARACTERS} characters in a row",
            code="search_too_short",
            guard="search_length",
            remedy=f"send {FEWEST_CHARACTERS} characters or more in {name}; % stands for any, and does not count",
            members={"field": name, "least_characters": FEWEST_CHARACTERS},
        )
    return term


def trigrams(texts: Iterable[str]) -> set[str]:
    """Give every three characters in a row; a text of several lines is several texts."""
    lines = {line for text in texts for line in text.split("\n")}
    return {line[start : start + 3] for line in lines for start in range(len(line) - 2)}


def address_key(email: str) -> str:
    """Write an e-mail address as a whole among trigrams: it is found as a whole or not at all (FI2)."""
    return f"={email}"
