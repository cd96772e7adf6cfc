"""Filling the gaps of a pattern: the same day once more, with other people, goods and dates."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from fulfillment.bench.history.pattern import IDS_APART, Gap
from fulfillment.bench.history.people import Article, Person, person, some
from fulfillment.bench.history.sample import IDS_PER_NUMBER, Pattern

_KEY_BYTES: Final = 16


@dataclass(slots=True)
class Ids:
    """Where the ids of each sequence go on; those that are `known` stay one and the same in all rounds."""

    sequences: Sequence[str]
    next: dict[int, int]
    """By the number of the sequence, counted from 1."""
    known: dict[int, int] = field(default_factory=dict)

    def take(self, sequence: int, count: int) -> range:
        """Give fresh ids."""
        first = self.next[sequence]
        self.next[sequence] += count
        return range(first, first + count)

    def hand_back(self, connection: psycopg.Connection) -> None:
        """Let the sequences of the database go on behind what was taken."""
        for n, name in enumerate(self.sequences, start=1):
            number = -(-self.next[n] // IDS_PER_NUMBER.get(name, 1)) + 1
            connection.execute("SELECT setval(CAST(%s AS regclass), %s)", (name, number))


def ids_from(connection: psycopg.Connection, sequences: Sequence[str]) -> Ids:
    """Take ids from where the sequences of a database are."""
    following: dict[int, int] = {}
    for n, name in enumerate(sequences, start=1):
        [number] = connection.execute("SELECT nextval(CAST(%s AS regclass))", (name,)).fetchone() or (1,)
        following[n] = int(number) * IDS_PER_NUMBER.get(name, 1)
    return Ids(sequences, following)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What may be bought: ids and articles by number; the first `common` are in stock, the others are not."""

    ids: Sequence[int]
    articles: Sequence[Article]
    common: int

    def choose(self, chance: random.Random, count: int, *, short: bool) -> list[int]:
        """Give numbers of products, most often those that many buy."""
        if short:
            return [self.common + n for n in some(chance, count, len(self.ids) - self.common)]
        return some(chance, count, self.common)


@dataclass(slots=True)
class Repetition:
    """One pattern, repeated. `short` are the sample's products of which there is nothing."""

    pattern: Pattern
    ids: Ids
    catalog: Catalog
    short: frozenset[int]
    customers: int
    chance: random.Random
    _by_kind: dict[str, list[tuple[int, Any]]] = field(init=False)
    _by_sequence: dict[int, list[tuple[int, int]]] = field(init=False)
    _products: tuple[list[int], list[int]] = field(init=False)
    _first: datetime = field(init=False)
    length: timedelta = field(init=False)

    def __post_init__(self) -> None:
        """Sort the gaps by what fills them."""
        self._by_kind, self._by_sequence = defaultdict(list), defaultdict(list)
        for (kind, what), place in sorted(self.pattern.gaps.places.items(), key=_place):
            if kind == "id":
                self._by_sequence[what // IDS_APART].append((what, place))
            else:
                self._by_kind[kind].append((place, what))
        for tokens in self._by_sequence.values():
            tokens.sort()  # ids of one order keep the order that they have
        numbers = sorted({what for kind in ("product", "sku", "item") for _, what in self._by_kind[kind]})
        self._products = ([n for n in numbers if n not in self.short], [n for n in numbers if n in self.short])
        times = [moment for _, (moment, _) in self._by_kind["time"]]
        self._first, self.length = min(times), max(times) - min(times)

    def values(self, begin: datetime, stretch: float) -> list[Any]:
        """Give what fills the gaps for a day that begins then and lasts so many times as long."""
        values: list[Any] = [None] * len(self.pattern.gaps.places)
        self._fill_ids(values)
        self._fill_products(values)
        for place, (moment, in_document) in self._by_kind["time"]:
            at = begin + (moment - self._first) * stretch
            values[place] = at.isoformat() if in_document else f"{at:%Y-%m-%d %H:%M:%S.%f}+00"
        people: dict[int, Person] = {}
        for place, number in self._by_kind["person"]:
            values[place] = self._person(people, number).name
        for place, number in self._by_kind["email"]:
            values[place] = self._person(people, number).email
        keys = os.urandom(_KEY_BYTES * len(self._by_kind["key"])).hex()
        for n, (place, _) in enumerate(self._by_kind["key"]):
            values[place] = keys[2 * _KEY_BYTES * n : 2 * _KEY_BYTES * (n + 1)]
        return values

    def _fill_ids(self, values: list[Any]) -> None:
        for sequence, tokens in self._by_sequence.items():
            fresh = [(token, place) for token, place in tokens if token not in self.ids.known]
            for new, (_, place) in zip(self.ids.take(sequence, len(fresh)), fresh, strict=True):
                values[place] = new
            for token, place in tokens:
                if token in self.ids.known:
                    values[place] = self.ids.known[token]

    def _fill_products(self, values: list[Any]) -> None:
        chosen: dict[int, int] = {}
        for numbers, short in zip(self._products, (False, True), strict=True):
            chosen |= dict(zip(numbers, self.catalog.choose(self.chance, len(numbers), short=short), strict=True))
        for place, number in self._by_kind["product"]:
            values[place] = self.catalog.ids[chosen[number]]
        for place, number in self._by_kind["sku"]:
            values[place] = self.catalog.articles[chosen[number]].sku
        for place, number in self._by_kind["item"]:
            values[place] = self.catalog.articles[chosen[number]].name
        for place, numbers in self._by_kind["items"]:
            values[place] = "\\n".join(_words(self.catalog.articles[chosen[number]] for number in numbers))

    def _person(self, people: dict[int, Person], number: int) -> Person:
        if number not in people:
            people[number] = person(int(self.customers * self.chance.random() ** 2))
        return people[number]


def _words(articles: Iterable[Article]) -> list[str]:
    return sorted({word for each in articles for word in (each.sku, each.name)})


def _place(item: tuple[Gap, int]) -> int:
    return item[1]


def filled_once(pattern: Pattern, ids: Ids) -> list[Any]:
    """Give what fills the gaps of rows that are there once; their ids are known from then on."""
    places: Mapping[Gap, int] = pattern.gaps.places
    values: list[Any] = [None] * len(places)
    for token, place in sorted((what, place) for (kind, what), place in places.items() if kind == "id"):
        [ids.known[token]] = ids.take(token // IDS_APART, 1)
        values[place] = ids.known[token]
    return values
