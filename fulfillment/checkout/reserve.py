"""Reserve: units of products that deny a shortage are taken in the placing transaction, or the checkout is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fulfillment.db.session import Executor
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import record
from fulfillment.inventory.shelves import Place, lock_shelves, summed, waiting_before
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

_AFTER_ALL: Final = 2**62


class OutOfStockError(Conflict):
    """A product that denies a shortage is short."""

    code = "out_of_stock"


@dataclass(frozen=True, slots=True)
class ToReserve:
    """Pieces that one line of one shipment must have now."""

    shipment_id: int
    line_id: int
    product_id: int
    sku: str
    quantity: int


def reserve(
    executor: Executor, changes: Changes, lines: Sequence[ToReserve], priority: int, cause: Cause
) -> dict[int, int]:
    """
    Allocate these lines, each shipment's from one warehouse; give the warehouse of each shipment.

    Units that earlier waiting shipments need are left to them. Raises OutOfStockError, having changed nothing.
    """
    if not lines:
        return {}
    shelves = lock_shelves(executor, (line.product_id for line in lines))
    last = Place(-priority, changes.at, _AFTER_ALL)
    for waiter in waiting_before(executor, (line.product_id for line in lines), last, leaving_out=()):
        shelves.keep(waiter.product_id, waiter.quantity, only=waiter.warehouse_id)
    warehouses: dict[int, int] = {}
    for shipment_id in dict.fromkeys(line.shipment_id for line in lines):
        mine = [line for line in lines if line.shipment_id == shipment_id]
        needs = summed((line.product_id, line.quantity) for line in mine)
        warehouse_id = shelves.first_that_fills(needs)
        if warehouse_id is None:
            skus = sorted({line.sku for line in mine})
            raise OutOfStockError(
                f"out of stock: {', '.join(skus[:10])}",
                guard="out_of_stock",
                remedy="order fewer, or again when there is stock",
                members={"skus": skus},
            )
        shelves.take(warehouse_id, needs)
        warehouses[shipment_id] = warehouse_id
        for line in mine:
            record(
                changes,
                MovementKind.ALLOCATED,
                line.product_id,
                warehouse_id,
                line.quantity,
                cause,
                line_id=line.line_id,
            )
    return warehouses
