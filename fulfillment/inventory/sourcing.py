"""Sourcing: which warehouse ships what, by the rules of a market, and why. Pure: it reads shelves that others have locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any, Final

from fulfillment.inventory.shelves import Needs, Shelves


class By(StrEnum):
    """What a rule of sourcing goes by. The first rule by which two warehouses differ decides; at last their priority does."""

    PRIORITY = "priority"
    """The warehouse's own priority."""
    PREFERRED = "preferred"
    """The warehouses that the market names, in that order, before all others."""
    NEAREST = "nearest"
    """In the same country, then the same region, then by how many characters of the postal code are the same."""
    MOST_STOCK = "most_stock"
    """Where most pieces of these products are free."""
    FEWEST_PARCELS = "fewest_parcels"
    """Where a shipment is shared over warehouses: over as few as possible."""


class Splits(StrEnum):
    """What becomes of a shipment that no single warehouse can fill."""

    NEVER = "never"
    """It waits, whole."""
    WAREHOUSES = "warehouses"
    """It is shared over warehouses where they have all of it together; else it waits."""
    AVAILABLE = "available"
    """What is there ships, from as many warehouses as it takes; the rest waits in a shipment of its own."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a market; `warehouses` are codes, for `preferred` alone."""

    by: str
    warehouses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """Where a warehouse is."""

    id: int
    code: str
    priority: int
    country: str | None = None
    region: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse in its place: `standing` has a figure per rule, the smaller the better; `facts` say it in words."""

    site: Site
    standing: tuple[int, ...]
    facts: Mapping[str, Any]
    missing: Mapping[int, int] = field(default_factory=dict)

    @property
    def fills(self) -> bool:
        """Whether it has all that is needed."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pieces by product that one warehouse ships."""

    warehouse_id: int
    pieces: Mapping[int, int]


_MOST_COMBINED: Final = 10
"""Warehouses of which every combination is looked at; of more, each is taken that gives most."""


def rules_of(documents: Iterable[Mapping[str, Any]] | None) -> list[Rule]:
    """Read the rules of a market as they are stored."""
    return [Rule(each["by"], tuple(each.get("warehouses") or ())) for each in documents or ()]


def ranked(
    sites: Iterable[Site],
    rules: Sequence[Rule],
    shelves: Shelves,
    needs: Needs,
    ship_to: Mapping[str, Any] | None,
) -> list[Candidate]:
    """Give the warehouses, the best by these rules first, each with what it lacks of `needs` (pieces by product)."""
    candidates = []
    for site in sites:
        figures = [_figure(rule, site, shelves, needs, ship_to or {}) for rule in rules]
        short = {product: pieces - max(0, shelves.available(product, site.id)) for product, pieces in needs.items()}
        candidates.append(
            Candidate(
                site,
                (*(figure for figure, _ in figures), site.priority),
                {rule.by: fact for rule, (_, fact) in zip(rules, figures, strict=True)},
                {product: pieces for product, pieces in short.items() if pieces > 0},
            )
        )
    return sorted(candidates, key=lambda each: each.standing)


def decided_by(rules: Sequence[Rule], one: Candidate, other: Candidate) -> str:
    """Give what puts one warehouse before another."""
    for rule, mine, theirs in zip(rules, one.standing, other.standing, strict=False):
        if mine != theirs:
            return rule.by
    return By.PRIORITY


def shared_out(
    order: Sequence[int], shelves: Shelves, needs: Needs, *, fewest: bool, bound: int | None = None
) -> tuple[list[Parcel], dict[int, int]]:
    """
    Share needs out over warehouses, in `order` or over the fewest; give the parcels and what nobody has.

    The first parcel is that of `bound`, where pieces of the shipment lie already; it may be empty.
    """
    having = [each for each in order if each == bound or any(_has(shelves, each, product) for product in needs)]
    chosen = _fewest(having, shelves, needs, bound) if fewest else having
    if bound is not None:
        chosen = [bound, *(each for each in chosen if each != bound)]
    left = dict(needs)
    parcels: list[Parcel] = []
    for warehouse_id in chosen:
        pieces = {product: min(wanted, _has(shelves, warehouse_id, product)) for product, wanted in left.items()}
        pieces = {product: quantity for product, quantity in pieces.items() if quantity}
        if pieces or warehouse_id == bound:
            parcels.append(Parcel(warehouse_id, pieces))
        for product, quantity in pieces.items():
            left[product] -= quantity
    return parcels, {product: quantity for product, quantity in left.items() if quantity}


def _fewest(having: Sequence[int], shelves: Shelves, needs: Needs, bound: int | None) -> list[int]:
    """Give the smallest set of warehouses that have it all, the best placed of those; else each that gives most of the rest."""
    if len(having) <= _MOST_COMBINED:
        for size in range(1, len(having) + 1):
            for some in combinations(having, size):
                if (bound is None or bound in some) and all(
                    sum(_has(shelves, each, product) for each in some) >= wanted for product, wanted in needs.items()
                ):
                    return list(some)
    chosen: list[int] = []
    left = dict(needs)
    while rest := [each for each in having if each not in chosen]:
        best = max(rest, key=lambda each: sum(min(_has(shelves, each, p), wanted) for p, wanted in left.items()))
        chosen.append(best)
        left = {product: wanted - min(_has(shelves, best, product), wanted) for product, wanted in left.items()}
    return chosen


def _has(shelves: Shelves, warehouse_id: int, product_id: int) -> int:
    return max(0, shelves.available(product_id, warehouse_id))


def _figure(
    rule: Rule, site: Site, shelves: Shelves, needs: Needs, ship_to: Mapping[str, Any]
) -> tuple[int, str | int]:
    """Give a warehouse's figure by one rule (smaller is better), and the fact behind it."""
    match rule.by:
        case By.PREFERRED:
            place = rule.warehouses.index(site.code) if site.code in rule.warehouses else len(rule.warehouses)
            return place, "preferred" if site.code in rule.warehouses else "not preferred"
        case By.NEAREST:
            return _distance(site, ship_to)
        case By.MOST_STOCK:
            free = sum(_has(shelves, site.id, product) for product in needs)
            return -free, free
        case By.PRIORITY:
            return site.priority, site.priority
        case _:
            return 0, "one parcel"


_ABROAD: Final = 10_000


def _distance(site: Site, ship_to: Mapping[str, Any]) -> tuple[int, str]:
    """Go by country, region and postal code: what an address says. A warehouse that says nothing is far."""
    if site.country is None or site.country != ship_to.get("country"):
        return _ABROAD, "another country" if site.country else "its country is not known"
    same = _same_beginning(site.postal_code, ship_to.get("postal_code"))
    if site.region is not None and site.region.casefold() == (ship_to.get("region") or "").casefold():
        return 1_000 - same, "the same region"
    if same:
        return 5_000 - same, f"the same country, {same} characters of the postal code"
    return 5_000, "the same country"


def _same_beginning(one: str | None, other: str | None) -> int:
    first, second = ((each or "").replace(" ", "").casefold() for each in (one, other))
    same = 0
    while same < min(len(first), len(second)) and first[same] == second[same]:
        same += 1
    return same
