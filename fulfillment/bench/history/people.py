"""Made-up customers and products: many, few of whom buy often and few of which are bought often."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

_FIRST: Final = [
    "Mercy",
    "Bo",
    "Anna",
    "Omar",
    "Zoë",
    "Hayes",
    "Kim",
    "Ines",
    "Jonas",
    "Lucía",
    "Amara",
    "Tom",
    "Ruth",
    "Ivo",
    "Nora",
    "Piet",
    "Saoirse",
    "Max",
    "Leila",
    "Hugo",
    "Ada",
    "Finn",
    "Yara",
    "Otto",
]
_LAST: Final = [
    "Taylor",
    "Lind",
    "Smith",
    "Novak",
    "Brown",
    "Okafor",
    "Berg",
    "Costa",
    "Dubois",
    "Evans",
    "Fox",
    "Garcia",
    "Hansen",
    "Ito",
    "Jensen",
    "Keller",
    "Lopez",
    "Martin",
    "Nowak",
    "O'Brien",
    "Peters",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Weber",
    "Xuan",
    "Young",
    "Zimmer",
    "Marsh",
    "Dahl",
    "Ferrari",
    "Moreau",
    "Walsh",
]
_RARE: Final = "Featherstonehaugh"
_HOSTS: Final = ("example.com", "example.org", "mail.example.net", "post.example")
_KINDS: Final = [
    "Small",
    "Large",
    "Red",
    "Blue",
    "White",
    "Vintage",
    "Paper",
    "Glass",
    "Wooden",
    "Woollen",
    "Round",
    "Square",
    "Folding",
    "Enamel",
    "Garden",
]
_THINGS: Final = [
    "lantern",
    "mug",
    "bowl",
    "basket",
    "towel",
    "clock",
    "candle",
    "cushion",
    "kettle",
    "frame",
    "lamp",
    "bag",
    "tray",
    "vase",
    "blanket",
]
_EXTRAS: Final = ("", "", " with lid", " set of 2", " set of 6", " gift box")

_OFTEN: Final = 3
"""The higher, the fewer are bought often: at 3 a hundredth of all products makes a fifth of the lines."""
_APART: Final = 8
"""Lines of one order; so many products in a row are all different."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer."""

    name: str
    email: str


def person(number: int) -> Person:
    """Give the customer of this number; always the same."""
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
    if number % 20_011 == 7:  # noqa: PLR2004 - a name that hardly anybody has
        last = _RARE
    email = f"{first}.{last.replace(chr(39), '')}.{number}@{_HOSTS[number % len(_HOSTS)]}".lower()
    return Person(f"{first} {last}", email.replace("ë", "e").replace("í", "i"))


@dataclass(frozen=True, slots=True)
class Article:
    """A product."""

    sku: str
    name: str


def article(number: int) -> Article:
    """Give the product of this number; always the same."""
    kind, thing = _KINDS[number % len(_KINDS)], _THINGS[number // len(_KINDS) % len(_THINGS)]
    extra = _EXTRAS[number // (len(_KINDS) * len(_THINGS)) % len(_EXTRAS)]
    return Article(f"{20_000 + number}{'ABCDEFG'[number % 7]}", f"{kind} {thing}{extra}")


def some(chance: random.Random, count: int, out_of: int) -> list[int]:
    """Choose `count` numbers below `out_of`, low ones far more often; of a few in a row none is there twice."""
    chosen: list[int] = []
    while len(chosen) < count:
        number = int(out_of * chance.random() ** _OFTEN)
        if number not in chosen[-_APART:]:
            chosen.append(number)
    return chosen
