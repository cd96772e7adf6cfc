"""What orders are looked for by, as the database compares it: regular expressions, trigrams, whole addresses (FI2, FI3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fulfillment.kernel.terms import SearchTerm


def expression(term: SearchTerm) -> str:
    """Write a term as a regular expression of PostgreSQL; what it matches lies on one line."""
    return r"[^\n]*".join(re.sub(r"([^\w\s])", r"\\\1", piece, flags=re.ASCII) for piece in term.pieces)


def trigrams(texts: Iterable[str]) -> set[str]:
    """Give every three characters in a row; a text of several lines is several texts."""
    lines = {line for text in texts for line in text.split("\n")}
    return {line[start : start + 3] for line in lines for start in range(len(line) - 2)}


def address_key(email: str) -> str:
    """Write an e-mail address as a whole among trigrams: it is found as a whole or not at all (FI2)."""
    return f"={email}"
