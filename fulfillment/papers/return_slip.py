"""The return slip: what a customer puts into the parcel, so that whoever opens it knows whose it is. It tells no prices."""

from __future__ import annotations

from reportlab.platypus import Flowable
from sqlalchemy.orm import Session

from fulfillment.papers.fonts import register
from fulfillment.papers.sheet import Cell, barcode, gap, grid, heading, print_paper, text
from fulfillment.returns.read import find_return


def return_slip(session: Session, return_id: int) -> bytes:
    """Give the slip of a return as PDF, its number as a code for the scanner. Raises NotFound."""
    view = find_return(session, return_id)
    head = view.head
    register()
    facts = [f"Order {head['order_number']}", f"To be here by {head['expires_at']:%Y-%m-%d}"]
    facts += [f"To warehouse {head['warehouse']}"] if head["warehouse"] else []
    story: list[Flowable] = [heading("Return", facts, head["number"]), gap()]
    story += [text("Please put this slip into the parcel, with the items below."), gap()]
    rows: list[list[Cell]] = [
        [
            text(str(line["announced"])),
            [text(line["sku"]), barcode(line["sku"]) or text("")],
            [text(line["name"]), text(line["reason"].replace("_", " "), small=True)],
        ]
        for line in view.lines
        if line["announced"]
    ]
    story.append(grid(["Pieces", "Article", "Description, and why"], rows, [0.1, 0.45, 0.45]))
    return print_paper(f"Return {head['number']}", story)
