"""Manifests, for people. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_MANIFESTS = """
SELECT m.id, m.carrier, w.code AS warehouse, w.name AS warehouse_name, m.day, m.labels, m.status, m.status_since, m.reference,
       m.code, m.message, m.created_at, m.created_by
  FROM manifest m JOIN warehouse w ON w.id = m.warehouse_id
"""
_ONE = text(f"{_MANIFESTS} WHERE m.id = :id")
_LIST = text(f"""{_MANIFESTS}
 WHERE (CAST(:carrier AS text) IS NULL OR m.carrier = :carrier) AND (CAST(:warehouse AS text) IS NULL OR w.code = :warehouse)
   AND (CAST(:day AS date) IS NULL OR m.day = :day) AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (CAST(:before AS timestamptz) IS NULL OR (m.created_at, m.id) < (CAST(:before AS timestamptz), :before_id))
 ORDER BY m.created_at DESC, m.id DESC LIMIT :limit
""")
_PARCELS = text("""
SELECT l.parcel_id, l.tracking_number, l.service, l.weight_grams, l.ship_to ->> 'postal_code' AS postal_code,
       l.ship_to ->> 'country' AS country, s.id AS shipment_id, s.number AS shipment
  FROM manifest_label o JOIN label l ON l.id = o.id JOIN shipment s ON s.id = l.shipment_id
 WHERE o.manifest_id = :id ORDER BY s.number, l.tracking_number
""")


@dataclass(frozen=True, slots=True)
class ManifestView:
    """A manifest and the parcels on it; one that its carrier refused has none."""

    manifest: RowMapping
    parcels: Sequence[RowMapping]


@dataclass(frozen=True, slots=True)
class ManifestFilter:
    """What a list of manifests is narrowed to; None leaves a column open. `only` are the caller's warehouses."""

    carrier: str | None = None
    warehouse: str | None = None
    day: date | None = None
    only: Iterable[str] | None = None


def find_manifest(session: Session, manifest_id: int) -> ManifestView:
    """Give a manifest. Raises NotFound."""
    found = session.execute(_ONE, {"id": manifest_id}).mappings().one_or_none()
    if found is None:
        raise NotFound(f"no manifest {manifest_id}", remedy="list them: GET /v1/manifests")
    return ManifestView(found, session.execute(_PARCELS, {"id": manifest_id}).mappings().all())


def list_manifests(
    session: Session, wanted: ManifestFilter, *, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """List manifests, the latest first."""
    moment, last = before or (None, None)
    asked = {"carrier": wanted.carrier, "warehouse": wanted.warehouse, "day": wanted.day}
    only = None if wanted.only is None else sorted(wanted.only)
    return (
        session.execute(_LIST, {**asked, "only": only, "before": moment, "before_id": last, "limit": limit})
        .mappings()
        .all()
    )
