"""Reserve: units of products that deny a shortage are taken in the placing transaction, or the checkout is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from fulfillment.db.session import Executor
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import record
from fulfillment.inventory.reservations import Held
from fulfillment.inventory.shelves import Place, Shelves, lock_shelves, summed, waiting_before
from fulfillment.inventory.sourcing import rules_of
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.immutable import immutable
from fulfillment.shipments.source import best_that_fills
from fulfillment.timeline.changes import Changes

_AFTER_ALL: Final = 2**62
_NOWHERE: Final[Mapping[int, int | None]] = MappingProxyType({})


class OutOfStockError(Conflict):
    """A product that denies a shortage is short."""

    code = "out_of_stock"


@immutable
class ToReserve:
    """Pieces that one line of one shipment must have now."""

    shipment_id: int
    line_id: int
    product_id: int
    sku: str
    quantity: int
    ship_to: Mapping[str, Any] | None = None


def reserve(
    executor: Executor,
    changes: Changes,
    lines: Sequence[ToReserve],
    priority: int,
    cause: Cause,
    *,
    warehouses: Mapping[int, int | None] = _NOWHERE,
    since: datetime | None = None,
    held: Sequence[Held] = (),
    sourcing: Sequence[Mapping[str, Any]] = (),
) -> dict[int, int]:
    """
    Allocate these lines, each shipment's from one warehouse; give the warehouse of each shipment.

    `sourcing` are the rules that choose it, by default its priority. A shipment of which something lies in one of `warehouses` is filled from there. Units that earlier waiting shipments need
    are left to them, but for what was `held` for this order. `since` is when this order was covered, if it was. Raises
    OutOfStockError, having changed nothing.
    """
    if not lines:
        return {}
    last = Place(-priority, since or changes.at, _AFTER_ALL)
    shelves = _left_for(executor, {line.product_id for line in lines}, last, held, at=changes.at)
    found: dict[int, int] = {}
    for shipment_id in dict.fromkeys(line.shipment_id for line in lines):
        wanted = [line for line in lines if line.shipment_id == shipment_id]
        needs = summed((line.product_id, line.quantity) for line in wanted)
        bound = warehouses.get(shipment_id)
        warehouse_id = (
            shelves.first_that_fills(needs, only=bound)
            if bound is not None or not sourcing
            else best_that_fills(executor, rules_of(sourcing), shelves, needs, wanted[0].ship_to)
        )
        if warehouse_id is None:
            raise _out_of_stock({line.sku for line in wanted})
        shelves.take(warehouse_id, needs)
        found[shipment_id] = warehouse_id
        for line in wanted:
            record(
                changes,
                MovementKind.ALLOCATED,
                line.product_id,
                warehouse_id,
                line.quantity,
                cause,
                line_id=line.line_id,
            )
    return found


def _out_of_stock(skus: Iterable[str]) -> OutOfStockError:
    short = sorted(skus)
    return OutOfStockError(
        f"out of stock: {', '.join(short[:10])}",
        guard="out_of_stock",
        remedy="order fewer, or again when there is stock",
        members={"skus": short},
    )


def _left_for(
    executor: Executor, product_ids: Collection[int], last: Place, held: Sequence[Held], *, at: datetime
) -> Shelves:
    """Lock the stock of products, and leave aside what those before `last` wait for; what was held is there before all."""
    shelves = lock_shelves(executor, product_ids, at=at)
    own: list[tuple[int, int, int]] = []
    for each in held:
        pieces = min(each.quantity, max(0, shelves.available(each.product_id, each.warehouse_id)))
        shelves.take(each.warehouse_id, {each.product_id: pieces})
        own.append((each.product_id, each.warehouse_id, pieces))
    for waiter in waiting_before(executor, product_ids, last, at=at, leaving_out=()):
        shelves.keep(waiter.product_id, waiter.quantity, only=waiter.warehouse_id)
    for product_id, warehouse_id, pieces in own:
        shelves.bring(product_id, warehouse_id, pieces)
    return shelves
