"""The picklist on paper: what to take, from where, in the order of the way; each row with its code for the scanner."""

from __future__ import annotations

from reportlab.platypus import Flowable
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.papers.fonts import register
from fulfillment.papers.sheet import WIDTH, Cell, barcode, gap, grid, heading, print_paper, text
from fulfillment.shipments.read import find_picklist


def picklist_paper(session: Session, picklist_id: int) -> bytes:
    """Give a picklist as PDF, in the order in which it is walked. Raises NotFound."""
    view = find_picklist(session, picklist_id)
    register()
    picklist = view.picklist
    numbers = {shipment["id"]: shipment["number"] for shipment in view.shipments}
    facts = [
        f"Warehouse {picklist['warehouse']}",
        f"Shipments: {len(view.shipments)}, pieces: {sum(line['quantity'] for line in view.lines)}",
        f"{picklist['created_at']:%Y-%m-%d %H:%M} UTC, {picklist['created_by']}",
    ]
    story: list[Flowable] = [heading(f"Picklist {picklist_id}", facts, str(picklist_id)), gap()]
    rows = [_row(line, numbers[line["shipment_id"]]) for line in view.lines]
    head = ["Bin", "Pieces", "Article", "Code", "Shipment", "Picked"]
    story.append(grid(head, rows, [0.12, 0.08, 0.3, 0.29, 0.13, 0.08]))
    return print_paper(f"Picklist {picklist_id}", story)


def _row(line: RowMapping, shipment: str) -> list[Cell]:
    article: list[Flowable] = [text(line["sku"]), text(line["name"], small=True)]
    code = barcode(line["sku"], most=0.28 * WIDTH) or text(line["sku"], small=True)
    pieces = str(line["quantity"])
    bins = ", ".join(line.get("bins") or ())
    return [
        text(bins or "-"),
        text(pieces),
        article,
        code,
        text(shipment),
        text(str(line["picked"]) if line["picked"] else ""),
    ]
