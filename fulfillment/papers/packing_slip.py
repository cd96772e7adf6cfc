"""The packing slip: what lies in the parcels of a shipment, for the customer who opens them. It tells no prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reportlab.platypus import Flowable
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.packing.parcels import ParcelView, parcels_of
from fulfillment.papers.fonts import register
from fulfillment.papers.sheet import Cell, gap, grid, heading, print_paper, section, text
from fulfillment.shipments.read import find_shipment


def packing_slip(session: Session, shipment_id: int) -> bytes:
    """
    Give the packing slip of a shipment as PDF: by parcel where it has any, else all its lines.

    Raises NotFound.
    """
    view = find_shipment(session, shipment_id)
    shipment, lines = view.shipment, {line["id"]: line for line in view.lines or ()}
    register()
    facts = [f"Order {shipment['order_number']}", f"Shipment {shipment['number']}"]
    facts += [f"By {shipment['shipping_method']}"] if shipment["shipping_method"] else []
    story: list[Flowable] = [heading("Packing slip", facts, shipment["number"]), gap()]
    if shipment["ship_to"]:
        story += [text(*_address(shipment["ship_to"])), gap()]
    parcels = parcels_of(session, shipment_id)
    for parcel in parcels:
        story += [section(_parcel_title(parcel, len(parcels))), _contents(_inside(parcel, lines))]
    beside = [(line, rest) for line in lines.values() if (rest := line["quantity"] - _packed(parcels, line["id"]))]
    if beside:
        story += [section("In no parcel yet")] if parcels else []
        story.append(_contents(beside))
    return print_paper(f"Packing slip {shipment['number']}", story)


def _parcel_title(parcel: ParcelView, of: int) -> str:
    facts = [f"Parcel {parcel.position}"] if of > 1 else ["Parcel"]
    facts += [f"{parcel.weight_grams / 1000:.3f} kg"] if parcel.weight_grams else []
    facts += [parcel.tracking_number] if parcel.tracking_number else []
    return " · ".join(facts)


def _inside(parcel: ParcelView, lines: Mapping[int, RowMapping]) -> list[tuple[RowMapping, int]]:
    return [(lines[item.line_id], item.quantity) for item in parcel.items]


def _packed(parcels: Iterable[ParcelView], line_id: int) -> int:
    return sum(item.quantity for parcel in parcels for item in parcel.items if item.line_id == line_id)


def _contents(pieces: Iterable[tuple[RowMapping, int]]) -> Flowable:
    rows: list[list[Cell]] = [[text(str(quantity)), text(line["sku"]), _described(line)] for line, quantity in pieces]
    return grid(["Pieces", "Article", "Description"], rows, [0.1, 0.3, 0.6])


def _described(line: RowMapping) -> list[Flowable]:
    options = ", ".join(f"{name}: {value}" for name, value in (line["options"] or {}).items())
    described: list[Flowable] = [text(line["name"])]
    described += [text(options, small=True)] if options else []
    described += [text(*line["gift_message"].splitlines(), small=True)] if line["gift_message"] else []
    return described


def _address(ship_to: Mapping[str, Any]) -> list[str]:
    place = " ".join(ship_to[part] for part in ("postal_code", "city") if ship_to.get(part))
    parts = [ship_to["name"], ship_to["line1"], ship_to.get("line2"), place, ship_to.get("region"), ship_to["country"]]
    return [part for part in parts if part]
