"""Labeled: what its shipping method wants labels of does not leave without them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.job import Refusal
from fulfillment.orders.queries import ShipmentUnderLock


@dataclass(frozen=True, slots=True)
class ParcelLabel:
    """
    A parcel of a shipment, and how far the label got that somebody wants for it; None where there is none.

    `refused` is why the carrier sold none, the last time.
    """

    id: int
    position: int
    weight_grams: int | None
    status: str | None
    refused: str | None


_LABELS = text("""
SELECT p.shipment_id, p.id, p.position, p.weight_grams, l.status,
       CASE WHEN l.id IS NULL THEN
            (SELECT f.message FROM label f WHERE f.parcel_id = p.id AND f.order_id = p.order_id AND f.status = 'failed'
                AND f.unwanted_at IS NULL ORDER BY f.created_at DESC LIMIT 1) END AS refused
  FROM parcel p LEFT JOIN label l ON l.parcel_id = p.id AND l.unwanted_at IS NULL AND l.status <> 'failed'
 WHERE p.shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY p.shipment_id, p.position
""")

Labels = Mapping[int, Sequence[ParcelLabel]]


def labels_wanted(session: Session, shipments: Iterable[ShipmentUnderLock]) -> Labels:
    """Give the parcels, with their labels, of those shipments that must not leave without any; nothing is asked for others."""
    wanting = sorted(shipment.id for shipment in shipments if shipment.wants_label)
    if not wanting:
        return {}
    found: dict[int, list[ParcelLabel]] = defaultdict(list)
    for row in session.execute(_LABELS, {"ids": wanting}):
        found[row.shipment_id].append(ParcelLabel(row.id, row.position, row.weight_grams, row.status, row.refused))
    return {shipment_id: found[shipment_id] for shipment_id in wanting}


def labeled(wanted: Labels) -> Callable[[ShipmentUnderLock], Refusal | None]:
    """Make the guard that says no to a shipment one of whose parcels has no label yet."""

    def guard(shipment: ShipmentUnderLock) -> Refusal | None:
        if shipment.id not in wanted:
            return None
        parcels = wanted[shipment.id]
        if not parcels:
            return _refusal(
                shipment, "is in no parcel", f"pack it, and weigh it: POST /v1/shipments/{shipment.id}/parcels"
            )
        bare = next((each for each in parcels if each.status != "bought"), None)
        return None if bare is None else _refusal(shipment, *_why(bare))

    return guard


def _why(parcel: ParcelLabel) -> tuple[str, str]:
    what = f"parcel {parcel.position} has no label"
    if parcel.status is not None:
        return f"the label of parcel {parcel.position} is not there yet", f"wait: GET /v1/parcels/{parcel.id}/label"
    if parcel.weight_grams is None:
        return (
            what,
            f"weigh it: PATCH /v1/parcels/{parcel.id} with weight_grams; then POST /v1/parcels/{parcel.id}/label",
        )
    if parcel.refused is not None:
        what = f"{what}: {parcel.refused}"
    return what, f"buy one: POST /v1/parcels/{parcel.id}/label"


def _refusal(shipment: ShipmentUnderLock, what: str, remedy: str) -> Refusal:
    reason = f"shipment {shipment.number} must not leave without labels: {what}"
    return Refusal(shipment.id, guard="no_label", reason=reason, remedy=remedy)
