"""What somebody looks for in a list: a part of a text, in which `%` stands for any characters (FI2, FI3, LI1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fulfillment.kernel.errors import Invalid

FEWEST_CHARACTERS: Final = 3
"""In a row. With fewer nearly every row would have to be read."""


@dataclass(frozen=True, slots=True)
class SearchTerm:
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
        """Write it for ILIKE."""
        literal = self.text.replace("\\", "\\\\").replace("_", "\\_")
        return f"%{literal}%"

    @property
    def parameters(self) -> dict[str, str]:
        """Give what a statement compares with: `pattern`, and the `pieces`, a line each, as text_trigrams takes them."""
        return {"pattern": self.pattern, "pieces": "\n".join(self.pieces)}


def read_search(name: str, text: str) -> SearchTerm:
    """Read what was sent as the filter `name`. Raises Invalid where nothing in it is long enough to be looked for."""
    term = SearchTerm(text.strip())
    if max(map(len, term.pieces), default=0) < FEWEST_CHARACTERS:
        raise Invalid(
            f"{name}: a search needs {FEWEST_CHARACTERS} characters in a row",
            code="search_too_short",
            guard="search_length",
            remedy=f"send {FEWEST_CHARACTERS} characters or more in {name}; % stands for any, and does not count",
            members={"field": name, "least_characters": FEWEST_CHARACTERS},
        )
    return term
