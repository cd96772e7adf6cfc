"""Stock: read it, receive it, put it right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.catalog.products import find_product, product_ids
from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.read import (
    movements_of,
    skus_in_stock,
    stock_of,
    waiting_for,
)
from fulfillment.inventory.reasons import Reason, direction_of
from fulfillment.inventory.receive import adjust, receive
from fulfillment.inventory.safety import set_safety_stock
from fulfillment.kernel.errors import NotFound
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.shipments.write_off import adjust_by_force
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Reply
from web.counts import counts_of
from web.paging import after_id, after_text, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.inventory import (
    AdjustedOut,
    AdjustmentIn,
    CountsOut,
    InventoryOut,
    MovementsOut,
    ReasonsOut,
    ReceiptIn,
    SafetyStockIn,
    StockMovementsQuery,
    StockQuery,
)

noun = Noun("inventory", "Units on hand, what of them is promised, and how they came and went.")


@noun.reads("/v1/inventory", roles=(STOREFRONT, CSR, WAREHOUSE, ADMIN), answer=InventoryOut, query=StockQuery)
def show_inventory(session: Session, call: Call, query: StockQuery) -> Reply:
    """Read stock by SKU. A storefront sees what is available in all; a warehouse sees its own shelves."""
    if query.sku:
        waiting = waiting_for(session, query.sku)
        if missing := sorted(set(query.sku) - waiting.keys()):
            raise NotFound(f"no product {', '.join(missing[:10])}", members={"skus": missing})
        skus = sorted(set(query.sku))
        return Reply({"inventory": _stock(session, call, skus, waiting), "next": None})
    skus = skus_in_stock(session, after=after_text(query.cursor), limit=query.limit + 1)
    shown = _stock(session, call, skus, waiting_for(session, skus))
    return Reply(page("inventory", skus, query.limit, str, shown))


@noun.reads("/v1/inventory/movements", roles=(WAREHOUSE, ADMIN), answer=MovementsOut, query=StockMovementsQuery)
def list_movements(session: Session, call: Call, query: StockMovementsQuery) -> Reply:
    """List every change of a product's counts, the latest first; of one `kind`, or in one `warehouse`."""
    find_product(session, query.sku)
    if query.warehouse is not None:
        place_of(session, call, query.warehouse)
    rows = movements_of(
        session,
        query.sku,
        kind=query.kind,
        before=after_id(query.cursor),
        limit=query.limit + 1,
        only=call.key.warehouses if query.warehouse is None else [query.warehouse],
    )
    return Reply(page("movements", rows, query.limit, lambda row: row["id"], [_movement(row) for row in rows]))


@noun.commands(
    "/v1/inventory/receipts",
    roles=(WAREHOUSE, ADMIN),
    body=ReceiptIn,
    answer=CountsOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def create_receipt(session: Session, call: Call, body: ReceiptIn) -> Reply:
    """Take goods in. Shipments that wait for them are tried in their order."""
    place = place_of(session, call, body.warehouse)
    counts = counts_of(session, body.lines)
    receive(session, place, counts, cause=call.cause, at=call.at, reason=body.reason)
    return shown_counts(session, call, body.warehouse, counts)


@noun.commands(
    "/v1/inventory/adjustments",
    roles=(WAREHOUSE, ADMIN),
    body=AdjustmentIn,
    answer=AdjustedOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def create_adjustment(session: Session, call: Call, body: AdjustmentIn) -> Reply:
    """
    Put counts right, with a reason.

    Refused where fewer pieces would remain than are promised to orders, but for `force`: those that lose them wait again.
    """
    place = place_of(session, call, body.warehouse)
    counts = counts_of(session, body.lines)
    lost: Sequence[ShipmentUnderLock] = ()
    if body.force:
        lost = adjust_by_force(session, place, counts, reason=body.reason, note=body.note, cause=call.cause, at=call.at)
    else:
        adjust(session, place, counts, reason=body.reason, note=body.note, cause=call.cause, at=call.at)
    counted = shown_counts(session, call, body.warehouse, counts)
    return Reply({**counted.body, "unassigned": [{"id": each.id, "number": each.number} for each in lost]}, 201)


@noun.reads("/v1/inventory/reasons", roles=(WAREHOUSE, ADMIN), answer=ReasonsOut)
def list_reasons(session: Session, call: Call) -> Reply:  # noqa: ARG001 - one list for all
    """List the reason codes of adjustments and short picks."""
    return Reply({"reasons": [{"code": str(each), "direction": direction_of(each)} for each in Reason]})


@noun.commands(
    "/v1/inventory/safety-stock",
    roles=(WAREHOUSE, ADMIN),
    body=SafetyStockIn,
    answer=CountsOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def keep_safety_stock(session: Session, call: Call, body: SafetyStockIn) -> Reply:
    """Say how many pieces a warehouse promises to nobody; what is promised already stays so."""
    place = place_of(session, call, body.warehouse)
    ids = product_ids(session, (line.sku for line in body.lines))
    set_safety_stock(session, place, {ids[line.sku]: line.safety for line in body.lines}, cause=call.cause, at=call.at)
    return shown_counts(session, call, body.warehouse, [Count(ids[line.sku], line.sku, 0) for line in body.lines])


def place_of(session: Session, call: Call, warehouse: str) -> int:
    """Give the warehouse of this code. Raises NotFound where it is none of the caller's."""
    call.enter_warehouse(warehouse, f"warehouse {warehouse}")
    return warehouse_id(session, warehouse)


def shown_counts(session: Session, call: Call, warehouse: str, counts: Sequence[Count]) -> Reply:
    """Answer with what there is of these products now."""
    stock = stock_of(session, sorted({each.sku for each in counts}), at=call.at)
    shown = [_shelf(row) | {"sku": row["sku"]} for row in stock if row["warehouse"] == warehouse]
    for each in shown:
        del each["warehouse"]
    return Reply({"warehouse": warehouse, "counts": shown}, 201)


def _stock(session: Session, call: Call, skus: Sequence[str], waiting: dict[str, int]) -> list[dict[str, Any]]:
    shelves: dict[str, list[dict[str, Any]]] = {sku: [] for sku in skus}
    for row in stock_of(session, skus, at=call.at):
        if call.key.may_work_in(row["warehouse"]):
            shelves[row["sku"]].append(_shelf(row))
    sees_shelves = call.key.role != Role.STOREFRONT
    return [
        {
            "sku": sku,
            "available": sum(max(0, shelf["available"]) for shelf in shelves[sku]),
            "waiting": waiting.get(sku, 0) if sees_shelves else None,
            "warehouses": shelves[sku] if sees_shelves else None,
        }
        for sku in skus
    ]


def _shelf(row: RowMapping) -> dict[str, Any]:
    return {
        "warehouse": row["warehouse"],
        "on_hand": row["on_hand"],
        "allocated": row["allocated"],
        "safety": row["safety"],
        "reserved": row["reserved"],
        "available": row["available"],
    }


def _movement(row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "sku",
        "warehouse",
        "kind",
        "on_hand_change",
        "allocated_change",
        "line_id",
        "reason",
        "note",
        "document_id",
        "cause_id",
        "actor",
    )
    return {**{name: row[name] for name in as_it_is}, "cause": row["cause_kind"], "at": moment(row["at"])}
