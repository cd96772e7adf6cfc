"""Close: what is labeled and handed over, and on no manifest yet, goes on one; the carrier is told of it by a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.manifests.states import ManifestStatus
from fulfillment.timeline.request import request_steps

_WAREHOUSE = text("SELECT id FROM warehouse WHERE code = :code")
# Of one warehouse one at a time; the labels that another has taken meanwhile are left to it.
_LOCK = text("SELECT id FROM warehouse WHERE id = :id FOR NO KEY UPDATE")
_MOST: Final = 2_000
"""So many labels one manifest holds; what is beyond goes on the next one."""
_BEGIN = text(f"""
WITH handed_over AS (
  SELECT l.id FROM label l JOIN shipment s ON s.id = l.shipment_id
   WHERE l.carrier = :carrier AND l.status = 'bought' AND l.unwanted_at IS NULL AND s.status = 'shipped'
     AND l.status_since > CAST(:at AS timestamptz) - interval '60 days' AND s.warehouse_id = :warehouse
     AND NOT EXISTS (SELECT FROM manifest_label m WHERE m.id = l.id)
   ORDER BY s.shipped_at, l.id LIMIT {_MOST}),
begun AS (
  INSERT INTO manifest (id, carrier, warehouse_id, day, labels, status, status_since, key, created_at, created_by)
  SELECT :id, :carrier, :warehouse, :day, count(*), '{ManifestStatus.NEW}', :at, :key, :at, :actor FROM handed_over
  HAVING count(*) > 0 RETURNING id)
INSERT INTO manifest_label (id, manifest_id) SELECT h.id, b.id FROM handed_over h CROSS JOIN begun b RETURNING id
""")  # noqa: S608 - our own names only


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. `client_id` is the API key's."""

    client_id: int | None
    cause: Cause
    at: datetime


def close_manifest(session: Session, carrier: str, warehouse: str, *, known: Sequence[str], asked: Asked) -> int:
    """
    Put what a carrier (one of those `known`) has taken over from a warehouse on a manifest; give the operation that tells it.

    The day is that of `asked.at`, in UTC. Raises NotFound, or Conflict `nothing_handed_over` where all is on a manifest.
    """
    warehouse_id = session.execute(_WAREHOUSE, {"code": warehouse}).scalar_one_or_none()
    if warehouse_id is None:
        raise NotFound(f"no warehouse {warehouse}")
    if carrier not in known:
        connected = f"choose one of: {', '.join(sorted(known))}" if known else "connect one: set CARRIER_URL"
        raise NotFound(f"no carrier {carrier}", remedy=connected)
    session.execute(_LOCK, {"id": warehouse_id})
    [manifest_id] = take_ids(session, 1)
    row = {
        "id": manifest_id,
        "carrier": carrier,
        "warehouse": warehouse_id,
        "day": asked.at.astimezone(UTC).date(),
        "key": uuid4().hex,
        "at": asked.at,
        "actor": asked.cause.actor,
    }
    if not session.execute(_BEGIN, row).all():
        raise Conflict(
            f"carrier {carrier} has taken nothing over from {warehouse} that is on no manifest yet",
            code="nothing_handed_over",
            guard="nothing_handed_over",
            remedy="complete shipments whose parcels have labels of this carrier first",
        )
    return request_steps(
        session,
        "manifest.wanted",
        [(manifest_id, None)],
        kind="manifest",
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"manifest_id": manifest_id},
    )
