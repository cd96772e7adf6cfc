"""
Card numbers must never come here: what is not received cannot leak.

A run of 13 to 19 digits (spaces and hyphens between them do not hide it) that begins like a card and passes the Luhn
check is refused. SKUs, references and tracking numbers are left alone: among honest article numbers one in ten
passes by chance, and nobody types a card there. Addresses, names, notes and tokens are where it happens.
"""

from __future__ import annotations

import re
from typing import Final

_RUN: Final = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds what looks like a card number."""
    return any(_passes_luhn([int(digit) for digit in run if digit.isdigit()]) for run in _RUN.findall(text))


def _passes_luhn(digits: list[int]) -> bool:
    plain, doubled = digits[::-2], digits[-2::-2]
    return (sum(plain) + sum(_DOUBLED[digit] for digit in doubled)) % 10 == 0
