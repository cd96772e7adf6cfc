"""Preview sourcing: what would ship from where, and why, by a market's rules or by others that somebody thinks of. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from fulfillment.catalog.markets import expect_warehouses, find_market
from fulfillment.catalog.products import product_ids
from fulfillment.inventory.shelves import Place, Shelves, read_shelves, summed, waiting_before
from fulfillment.inventory.sourcing import (
    By,
    Candidate,
    Parcel,
    Rule,
    Splits,
    decided_by,
    ranked,
    rules_of,
    shared_out,
)
from fulfillment.shipments.source import read_sites

_AFTER_ALL: Final = 2**62


@dataclass(frozen=True, slots=True)
class Seen:
    """A warehouse in its place: `why` it is chosen or not, `short` what it lacks (pieces by SKU)."""

    warehouse: str
    chosen: bool
    why: str
    facts: Mapping[str, Any]
    short: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SourcingPreview:
    """What would become of a shipment: it ships `whole`, `split`, or `waits`. Pieces by SKU."""

    outcome: str
    parcels: Sequence[tuple[str, Mapping[str, int]]]
    waits: Mapping[str, int]
    warehouses: Sequence[Seen]


def preview_sourcing(
    session: Session,
    market_code: str,
    lines: Sequence[tuple[str, int]],
    *,
    ship_to: Mapping[str, Any] | None,
    sourcing: Sequence[Mapping[str, Any]] | None,
    splits: str | None,
    at: datetime,
) -> SourcingPreview:
    """
    Say from where a shipment of these lines (SKU, pieces) would come now, behind all who wait already.

    `sourcing` and `splits` are tried instead of the market's own. Raises NotFound, or Invalid for an unknown SKU or warehouse.
    """
    market = find_market(session, market_code)
    expect_warehouses(session, sourcing or ())
    ids = product_ids(session, (sku for sku, _ in lines))
    skus = {product_id: sku for sku, product_id in ids.items()}
    needs = summed((ids[sku], quantity) for sku, quantity in lines)
    shelves = read_shelves(session, needs, at=at)
    for waiter in waiting_before(session, needs, Place(0, at, _AFTER_ALL), at=at, leaving_out=()):
        shelves.keep(waiter.product_id, waiter.quantity, only=waiter.warehouse_id)
    rules = rules_of(market["sourcing"] if sourcing is None else sourcing)
    candidates = ranked(read_sites(session), rules, shelves, needs, ship_to)
    codes = {each.site.id: each.site.code for each in candidates}
    parcels, rest = _outcome(candidates, rules, shelves, needs, market["splits"] if splits is None else splits)
    chosen = [parcel.warehouse_id for parcel in parcels]
    return SourcingPreview(
        "waits" if not parcels else "whole" if len(parcels) == 1 and not rest else "split",
        [(codes[each.warehouse_id], _by_sku(skus, each.pieces)) for each in parcels],
        _by_sku(skus, rest),
        [
            Seen(
                each.site.code,
                each.site.id in chosen,
                _why(rules, candidates, each, chosen),
                each.facts,
                _by_sku(skus, each.missing),
            )
            for each in candidates
        ],
    )


def _outcome(
    candidates: Sequence[Candidate], rules: Sequence[Rule], shelves: Shelves, needs: Mapping[int, int], splits: str
) -> tuple[list[Parcel], dict[int, int]]:
    if (best := next((each for each in candidates if each.fills), None)) is not None:
        return [Parcel(best.site.id, needs)], {}
    if splits == Splits.NEVER:
        return [], dict(needs)
    fewest = any(rule.by == By.FEWEST_PARCELS for rule in rules)
    parcels, rest = shared_out([each.site.id for each in candidates], shelves, needs, fewest=fewest)
    if rest and splits == Splits.WAREHOUSES:
        return [], dict(needs)
    return parcels, rest


def _why(rules: Sequence[Rule], candidates: Sequence[Candidate], one: Candidate, chosen: Sequence[int]) -> str:
    filling = [each for each in candidates if each.fills]
    if one.site.id in chosen:
        if not one.fills:
            return "ships a part: no warehouse has all of it"
        others = [each for each in filling if each is not one]
        return (
            f"has all of it, and comes first by {decided_by(rules, one, others[0])}"
            if others
            else "alone has all of it"
        )
    if one.fills:
        return f"has all of it, and comes later by {decided_by(rules, filling[0], one)}"
    return f"{sum(one.missing.values())} pieces short"


def _by_sku(skus: Mapping[int, str], pieces: Mapping[int, int]) -> dict[str, int]:
    return {skus[product_id]: quantity for product_id, quantity in pieces.items()}
