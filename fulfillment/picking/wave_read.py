"""How far a wave is, list by list. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_WAVES = text("""
SELECT v.id, v.operation_id, v.asked, v.shipments, v.created_at, v.created_by, o.done, o.total, o.finished_at,
       jsonb_array_length(o.problems) AS refused
  FROM wave v JOIN operation o ON o.id = v.operation_id
 WHERE (v.created_at, v.id) < (CAST(:before AS timestamptz), CAST(:last AS bigint))
   AND (CAST(:id AS bigint) IS NULL OR v.id = :id)
   AND (CAST(:only AS text[]) IS NULL
        OR NOT EXISTS (SELECT FROM picklist p JOIN warehouse w ON w.id = p.warehouse_id
                        WHERE p.wave_id = v.id AND w.code <> ALL (CAST(:only AS text[]))))
 ORDER BY v.created_at DESC, v.id DESC LIMIT :limit
""")
_LISTS = text("""
SELECT p.id, p.status, w.code AS warehouse, p.created_at, p.claimed_by, p.claimed_until,
       count(DISTINCT s.id) AS shipments, count(DISTINCT s.id) FILTER (WHERE s.status = 'shipped') AS shipped,
       coalesce(sum(l.quantity), 0)::bigint AS pieces, coalesce(sum(l.picked), 0)::bigint AS picked
  FROM picklist p JOIN warehouse w ON w.id = p.warehouse_id
       LEFT JOIN shipment s ON s.picklist_id = p.id AND s.status <> 'canceled'
       LEFT JOIN line_item l ON l.shipment_id = s.id AND l.product_id IS NOT NULL
 WHERE p.wave_id = :id GROUP BY p.id, w.code ORDER BY p.id
""")


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave and its picklists with their progress."""

    wave: RowMapping
    picklists: Sequence[RowMapping]


def find_wave(session: Session, wave_id: int, *, only: Iterable[str] | None = None) -> WaveView:
    """Give a wave. Raises NotFound, also for one that reaches beyond the caller's warehouses (`only`)."""
    rows = list_waves(session, only=only, wave_id=wave_id)
    if not rows:
        raise NotFound(f"no wave {wave_id}")
    return WaveView(rows[0], session.execute(_LISTS, {"id": wave_id}).mappings().all())


def list_waves(
    session: Session,
    *,
    only: Iterable[str] | None = None,
    wave_id: int | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """List waves, the latest first; `before` are the moment and the id of the last one seen."""
    moment, last = before or ("infinity", 0)
    asked = {
        "id": wave_id,
        "only": None if only is None else sorted(only),
        "before": moment,
        "last": last,
        "limit": limit,
    }
    return session.execute(_WAVES, asked).mappings().all()
