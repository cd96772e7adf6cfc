"""What the warehouse does, so that there is something to capture."""

from __future__ import annotations

from fulfillment.chaos.money import hands
from fulfillment.chaos.money.stage import Stage
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.reasons import Reason
from fulfillment.inventory.receive import adjust as adjust_stock
from fulfillment.inventory.receive import receive as receive_stock
from fulfillment.shipments.picklist import request_picklist
from fulfillment.shipments.split import split as split_shipment
from fulfillment.timeline.request import request_steps


def receive(stage: Stage, sku: str, quantity: int, warehouse: str) -> None:
    """Put pieces on a shelf."""
    with stage.services.transaction() as session:
        counts = [Count(stage.products[sku], sku, quantity)]
        receive_stock(session, stage.warehouses[warehouse], counts, cause=stage.cause, at=stage.clock())


def adjust(stage: Stage, sku: str, quantity: int, warehouse: str) -> None:
    """Count a shelf anew."""
    with stage.services.transaction() as session:
        counts = [Count(stage.products[sku], sku, quantity)]
        place = stage.warehouses[warehouse]
        adjust_stock(session, place, counts, reason=Reason.COUNT, cause=stage.cause, at=stage.clock())


def split(stage: Stage, n: int, quantity: int) -> None:
    """Let pieces of the first line of an order travel by themselves."""
    first = "SELECT {} FROM line_item WHERE order_id = :id ORDER BY id LIMIT 1"
    lines = stage.ids(first.format("id"), id=stage.order(n))
    for shipment_id in stage.ids(first.format("shipment_id"), id=stage.order(n)):
        with stage.services.transaction() as session:
            pieces = {lines[0]: quantity}
            split_shipment(session, shipment_id, pieces, cause=stage.cause, at=stage.clock())


def release(stage: Stage, n: int) -> None:
    """Ask for the assigned shipments of an order to be released."""
    _ask(stage, "release.requested", n, "inventory_assigned")


def picklist(stage: Stage, n: int) -> None:
    """Open a picklist for the released shipments of an order."""
    for shipment_id in stage.shipments(stage.order(n), "released"):
        with stage.services.transaction() as session:
            request_picklist(session, [shipment_id], client_id=1, cause=stage.cause, at=stage.clock())


def complete(stage: Stage, n: int) -> None:
    """Ask for the shipments of an order that are being packed to be completed."""
    _ask(stage, "completion.requested", n, "packing", confirm_all=True)


def walk(stage: Stage, n: int, steps: int) -> None:
    """Bring an order some steps on in one go: chance alone seldom brings one to the door of the warehouse."""
    hands.work_off(stage)
    for step in (release, picklist, complete)[:steps]:
        step(stage, n)
        hands.work_off(stage)


def _ask(stage: Stage, event: str, n: int, status: str, **argument: bool) -> None:
    order_id = stage.order(n)
    if shipments := stage.shipments(order_id, status):
        with stage.services.transaction() as session:
            request_steps(
                session,
                event,
                [(shipment_id, order_id) for shipment_id in shipments],
                kind=event.split(".", maxsplit=1)[0],
                client_id=1,
                cause=stage.cause,
                at=stage.clock(),
                argument=argument or None,
            )
