"""
Card numbers must never come here: what is not received cannot leak.

A run of 13 to 19 digits (spaces and hyphens between them do not hide it) that begins like a card and passes the Luhn
check is refused, other groups of digits beside it or not. SKUs, references and tracking numbers are left alone: among
honest article numbers one in ten passes by chance, and nobody types a card there. Addresses, names, notes and tokens
are where it happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_RUN: Final = re.compile(r"\d(?:[ -]?\d)+")
_FEWEST, _MOST = 13, 19
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds what looks like a card number, also where other digits stand beside it: its date, its code."""
    return any(_is_card(digits) for run in _RUN.findall(text) for digits in _neighbors(re.split("[ -]", run)))


def _neighbors(groups: Sequence[str]) -> Iterator[str]:
    """Give what every few groups make that stand side by side, as long as a card number."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > _MOST:
                break
            if len(digits) >= _FEWEST:
                yield digits


def _is_card(digits: str) -> bool:
    if digits[0] not in "23456":
        return False
    plain, doubled = ([int(digit) for digit in digits[start::-2]] for start in (-1, -2))
    return (sum(plain) + sum(_DOUBLED[digit] for digit in doubled)) % 10 == 0
