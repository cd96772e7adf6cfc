"""Source: from which warehouse a shipment is filled, or over which it is shared, as its market wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.session import Executor
from fulfillment.inventory.shelves import Needs, Shelves
from fulfillment.inventory.sourcing import (
    By,
    Candidate,
    Parcel,
    Rule,
    Site,
    Splits,
    decided_by,
    ranked,
    rules_of,
    shared_out,
)
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import FloorSet, Line, OrderUnderLock, ShipmentUnderLock
from fulfillment.shipments.queue import fill, wait
from fulfillment.shipments.split import SplitOff, split_off
from fulfillment.timeline.changes import Changes

_SITES = text("SELECT id, code, priority, country, region, postal_code FROM warehouse ORDER BY priority")
_ADDRESSES = text("SELECT id, ship_to FROM shipment WHERE id = ANY (CAST(:ids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class Choice:
    """The warehouse that fills a shipment, or None; `told` is what its timeline says of the choice, where rules made it."""

    warehouse_id: int | None
    told: Mapping[str, Any] | None = None


class Sources:
    """The sources of a set of shipments. What rules go by is read only where a market has some."""

    def __init__(self, session: Session, floor: FloorSet, shipments: Iterable[ShipmentUnderLock]) -> None:
        """`shipments` are those that are to be filled, of locked orders."""
        self._session = session
        self._floor = floor
        ruled = [each.id for each in shipments if floor.order_of(each).sourcing]
        self._sites = read_sites(session) if ruled else []
        rows = session.execute(_ADDRESSES, {"ids": ruled}).all() if ruled else []
        self._ship_to: dict[int, dict[str, Any] | None] = {row.id: row.ship_to for row in rows}

    def choose(self, shelves: Shelves, shipment: ShipmentUnderLock, needs: Needs) -> Choice:
        """Give the one warehouse that fills all of it: the best by the market's rules, by default by priority."""
        rules = rules_of(self._floor.order_of(shipment).sourcing)
        if not rules or shipment.warehouse_id is not None:
            return Choice(shelves.first_that_fills(needs, only=shipment.warehouse_id))
        candidates = ranked(self._sites, rules, shelves, needs, self._ship_to[shipment.id])
        filling = [each for each in candidates if each.fills]
        if not filling:
            return Choice(None)
        best, *others = filling
        return Choice(
            best.site.id,
            {
                "warehouse": best.site.code,
                "by": decided_by(rules, best, others[0]) if others else "alone has all of it",
                "facts": dict(best.facts),
                "not": [_told_of(rules, best, each) for each in candidates if each is not best],
            },
        )

    def share(self, shelves: Shelves, shipment: ShipmentUnderLock, needs: Needs) -> tuple[list[Parcel], dict[int, int]]:
        """Share a shipment that no warehouse fills, as its market wants it; no parcels where it is to wait, whole."""
        order = self._floor.order_of(shipment)
        if order.splits == Splits.NEVER:
            return [], dict(needs)
        rules = rules_of(order.sourcing)
        places: Sequence[int] = shelves.warehouses
        if rules:
            candidates = ranked(self._sites, rules, shelves, needs, self._ship_to[shipment.id])
            places = [each.site.id for each in candidates]
        fewest = any(rule.by == By.FEWEST_PARCELS for rule in rules)
        parcels, rest = shared_out(places, shelves, needs, fewest=fewest, bound=shipment.warehouse_id)
        if rest and (order.splits == Splits.WAREHOUSES or not any(parcel.pieces for parcel in parcels)):
            return [], dict(needs)
        return parcels, rest


def best_that_fills(
    executor: Executor, rules: Sequence[Rule], shelves: Shelves, needs: Needs, ship_to: Mapping[str, Any] | None
) -> int | None:
    """Give the warehouse that has all of it and is the best by these rules, or None."""
    candidates = ranked(read_sites(executor), rules, shelves, needs, ship_to)
    return next((each.site.id for each in candidates if each.fills), None)


def read_sites(executor: Executor) -> list[Site]:
    """Give where the warehouses are, by priority."""
    return [Site(*row) for row in executor.execute(_SITES).all()]


def fill_in_parts(
    session: Session,
    changes: Changes,
    floor: FloorSet,
    shipment: ShipmentUnderLock,
    lines: list[Line],
    parcels: Sequence[Parcel],
    rest: Needs,
    cause: Cause,
) -> list[tuple[ShipmentUnderLock, int, Cause]]:
    """
    Fill a shipment from several warehouses: each further parcel, and what waits, becomes a shipment of its own.

    Gives each shipment that was filled, with the entry of its assignment. The stock of all is locked.
    """
    order = floor.order_of(shipment)
    first, *further = parcels
    if rest:
        waiting = _off(session, changes, floor, shipment, lines, rest, cause)
        wait(changes, order, waiting.shipment, rest, cause)
    parts = [(parcel, _off(session, changes, floor, shipment, lines, parcel.pieces, cause)) for parcel in further]
    filled = [(shipment, fill(changes, order, shipment, first.warehouse_id, lines, cause), cause)]
    for parcel, part in parts:
        entry = fill(changes, order, part.shipment, parcel.warehouse_id, part.lines, cause)
        filled.append((part.shipment, entry, cause))
    return filled


def may_be_shared(lines: Iterable[Line], order: OrderUnderLock) -> bool:
    """Tell whether a shipment's market has it split where it is short; one of which pieces were refunded is left to people."""
    return order.splits != Splits.NEVER and not any(line.refunded_quantity for line in lines)


def _off(
    session: Session,
    changes: Changes,
    floor: FloorSet,
    shipment: ShipmentUnderLock,
    lines: list[Line],
    pieces: Needs,
    cause: Cause,
) -> SplitOff:
    """Split off these pieces (by product), of what is missing."""
    left = dict(pieces)
    named: dict[int, int] = {}
    for line in lines:
        taken = min(left.get(line.product_id or 0, 0), line.missing)
        if taken:
            named[line.id] = taken
            left[line.product_id or 0] -= taken
    return split_off(session, changes, floor, shipment, lines, named, cause)


def _told_of(rules: Sequence[Rule], best: Candidate, other: Candidate) -> dict[str, Any]:
    why = decided_by(rules, best, other) if other.fills else f"{sum(other.missing.values())} pieces short"
    return {"warehouse": other.site.code, "why": why}
