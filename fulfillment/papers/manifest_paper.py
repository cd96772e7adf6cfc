"""The manifest as a paper: what the driver of a carrier signs for."""

from __future__ import annotations

from reportlab.platypus import Flowable
from sqlalchemy.orm import Session

from fulfillment.manifests.read import find_manifest
from fulfillment.papers.fonts import register
from fulfillment.papers.sheet import Cell, gap, grid, heading, print_paper, text


def manifest_paper(session: Session, manifest_id: int) -> bytes:
    """Give a manifest as PDF: its parcels by number, with their weights. Raises NotFound."""
    view = find_manifest(session, manifest_id)
    manifest, parcels = view.manifest, view.parcels
    register()
    grams = sum(parcel["weight_grams"] for parcel in parcels)
    facts = [
        f"Carrier {manifest['carrier']}",
        f"From {manifest['warehouse_name']} ({manifest['warehouse']}), {manifest['day'].isoformat()}",
        f"{len(parcels)} parcels, {grams / 1000:.3f} kg",
    ]
    code = manifest["reference"] or f"not closed ({manifest['status']})"
    story: list[Flowable] = [heading("Manifest", facts, code), gap()]
    rows: list[list[Cell]] = [
        [
            text(parcel["tracking_number"]),
            text(parcel["shipment"]),
            text(parcel["service"] or ""),
            text(" ".join(part for part in (parcel["postal_code"], parcel["country"]) if part)),
            text(f"{parcel['weight_grams'] / 1000:.3f}"),
        ]
        for parcel in parcels
    ]
    story += [grid(["Number", "Shipment", "Service", "To", "kg"], rows, [0.3, 0.25, 0.15, 0.2, 0.1]), gap(12)]
    story.append(text("Taken over by (name, time, signature):"))
    return print_paper(f"Manifest {manifest_id}", story)
