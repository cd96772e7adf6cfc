"""
Card numbers must never come here: what is not received cannot leak.

A run of digits is refused that is as long as the numbers of a card network, begins like them and passes the Luhn check.
What people put between the digits does not hide it, nor do other groups of digits beside it, nor digits of another script.
SKUs, barcodes and tracking numbers are left alone: those are made of digits, some pass by chance, and nobody types a card there.
An article number (EAN) of thirteen digits is none where its own check digit is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_BETWEEN: Final = r"[ \t\r\n./_·-]{1,3}"
_RUN: Final = re.compile(rf"\d(?:(?:{_BETWEEN})?\d)+")
_GAP: Final = re.compile(_BETWEEN)
_DASHES: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad")
)
_UUID: Final = re.compile(r"(?=.*[A-Fa-f])[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_FEWEST, _MOST = 13, 19
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# How a network's numbers begin, and how long they are: (first, last, lengths), the first four digits counting.
_NETWORKS: Final = (
    (4000, 4999, (13, 16, 19)),  # Visa
    (5100, 5599, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (3400, 3499, (15,)),  # American Express
    (3700, 3799, (15,)),
    (3000, 3059, (14, 16, 17, 18, 19)),  # Diners Club
    (3095, 3095, (14, 16, 17, 18, 19)),
    (3600, 3699, (14, 15, 16, 17, 18, 19)),
    (3800, 3999, (14, 16, 17, 18, 19)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (2200, 2204, (16, 17, 18, 19)),  # Mir
    (5000, 5099, (16, 17, 18, 19)),  # Maestro, Elo, Verve
    (5600, 5899, (16, 17, 18, 19)),
    (6000, 6999, (16, 17, 18, 19)),  # Discover, UnionPay, RuPay, Maestro
    (8100, 8199, (16, 17, 18, 19)),  # UnionPay
    (9792, 9792, (16,)),  # Troy
)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds what looks like a card number, also where other digits stand beside it: its date, its code."""
    if len(text) < _FEWEST:
        return False
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return any(_is_card(digits) for run in _RUN.findall(text) for digits in _neighbors(_GAP.split(run)))


def key_holds_card_number(key: str) -> bool:
    """Tell the same of a key that a machine makes up; a UUID, with or without its hyphens, may look like one by chance."""
    return _UUID.fullmatch(key) is None and holds_card_number(key)


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
    begins = int(digits[:4])
    fits = any(first <= begins <= last and len(digits) in lengths for first, last, lengths in _NETWORKS)
    return fits and _passes_luhn(digits) and not _is_article(digits)


def _passes_luhn(digits: str) -> bool:
    plain, doubled = ([int(digit) for digit in digits[start::-2]] for start in (-1, -2))
    return (sum(plain) + sum(_DOUBLED[digit] for digit in doubled)) % 10 == 0


def _is_article(digits: str) -> bool:
    """Tell whether thirteen digits are an EAN by their check digit: the cards of that length are long gone."""
    return len(digits) == _FEWEST and sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits)) % 10 == 0
