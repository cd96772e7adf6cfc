"""The picklist on paper: where to go, what to take there and for whom, each stop with its code for the scanner."""

from __future__ import annotations

from collections.abc import Mapping

from reportlab.platypus import Flowable
from sqlalchemy.orm import Session

from fulfillment.papers.fonts import register
from fulfillment.papers.sheet import WIDTH, Cell, barcode, gap, grid, heading, print_paper, text
from fulfillment.picking.walk import Errand, Stop, walk
from fulfillment.shipments.read import find_picklist


def picklist_paper(session: Session, picklist_id: int) -> bytes:
    """Give what is still to be picked of a picklist as PDF, in the order in which it is walked. Raises NotFound."""
    view = find_picklist(session, picklist_id)
    stops = walk(session, picklist_id)
    register()
    picklist = view.picklist
    facts = [
        f"Warehouse {picklist['warehouse']}",
        f"Shipments: {len(view.shipments)}, pieces to pick: {sum(stop.quantity for stop in stops)}",
        f"{picklist['created_at']:%Y-%m-%d %H:%M} UTC, {picklist['created_by']}",
    ]
    story: list[Flowable] = [heading(f"Picklist {picklist_id}", facts, str(picklist_id)), gap()]
    numbers = {shipment["id"]: shipment["number"] for shipment in view.shipments}
    rows = [_row(stop, numbers) for stop in stops]
    story.append(grid(["Bin", "Pieces", "Article", "Code", "For"], rows, [0.13, 0.09, 0.28, 0.28, 0.22]))
    return print_paper(f"Picklist {picklist_id}", story)


def _row(stop: Stop, numbers: Mapping[int, str]) -> list[Cell]:
    article: list[Flowable] = [text(stop.sku), text(stop.name, small=True)]
    code = barcode(stop.sku, most=0.27 * WIDTH) or text(stop.sku, small=True)
    for_whom = [_errand(errand, numbers[errand.shipment_id]) for errand in stop.errands]
    return [text(stop.bin or "-"), text(str(stop.quantity)), article, code, text(*for_whom, small=True)]


def _errand(errand: Errand, shipment: str) -> str:
    return f"{errand.quantity} x {shipment}" + (f", tote {errand.tote}" if errand.tote else "")
