"""Labels as people see them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_SELECT: Final = """
SELECT l.id, o.number AS "order", l.shipment_id, s.number AS shipment, l.parcel_id, l.position, l.carrier, l.services, l.service,
       l.status, l.status_since, l.weight_grams, l.key, l.sends, l.unwanted_at, l.reference, l.tracking_number, l.amount,
       l.currency, l.code, l.message, l.created_at, l.created_by, w.code AS warehouse,
       EXISTS (SELECT FROM label_document t WHERE t.id = l.id) AS has_paper, d.id AS dead_letter_id, d.last_error AS error
  FROM label l JOIN shipment s ON s.id = l.shipment_id JOIN purchase_order o ON o.id = l.order_id
  LEFT JOIN warehouse w ON w.id = s.warehouse_id
  LEFT JOIN LATERAL (SELECT id, last_error FROM dispatch WHERE order_id = l.order_id AND lane = 'labels'
                        AND subject_id = l.id AND dead ORDER BY id DESC LIMIT 1) d ON true
"""
_ONE = text(f"{_SELECT} WHERE l.id = :id")
_OF_PARCEL = text(f"""
{_SELECT} WHERE l.parcel_id = :id AND l.order_id = (SELECT order_id FROM parcel WHERE id = :id)
 ORDER BY (l.unwanted_at IS NULL AND l.status <> 'failed') DESC, l.created_at DESC LIMIT 1
""")  # noqa: S608 - our own names only
_OPEN = text(f"""
{_SELECT} WHERE l.status IN ('new', 'sending', 'unknown', 'voiding') AND l.id > :after
   AND (CAST(:status AS text) IS NULL OR l.status = :status) AND (NOT :dead OR d.id IS NOT NULL)
   AND (CAST(:warehouses AS text[]) IS NULL OR w.code = ANY (CAST(:warehouses AS text[])))
 ORDER BY l.id LIMIT :limit
""")
_PAPER = text("SELECT content FROM label_document WHERE id = :id")


def find_label(session: Session, label_id: int) -> RowMapping:
    """Give one label, whatever became of it. Raises NotFound."""
    if (found := session.execute(_ONE, {"id": label_id}).mappings().one_or_none()) is None:
        raise NotFound(f"no label {label_id}")
    return found


def label_of_parcel(session: Session, parcel_id: int) -> RowMapping:
    """Give the label of a parcel that somebody wants, else the last one that there was. Raises NotFound."""
    if (found := session.execute(_OF_PARCEL, {"id": parcel_id}).mappings().one_or_none()) is None:
        raise NotFound(
            f"parcel {parcel_id} has no label",
            code="no_label",
            remedy=f"ask for one: POST /v1/parcels/{parcel_id}/label",
        )
    return found


def open_labels(
    session: Session,
    *,
    status: str | None = None,
    for_a_person: bool = False,
    warehouses: Sequence[str] | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """
    List what is not through yet, by id; with `for_a_person` only what nobody can ask the carrier about any more.

    Each comes with its evidence: how often it was sent, under which key, what was answered last, and its dead letter.
    """
    asked = {
        "status": status,
        "dead": for_a_person,
        "warehouses": None if warehouses is None else list(warehouses),
        "after": after,
        "limit": limit,
    }
    return session.execute(_OPEN, asked).mappings().all()


def paper_of(session: Session, label: RowMapping) -> bytes:
    """Give the paper of a label as PDF. Raises NotFound where there is none (yet): it was not bought, or settled by hand."""
    content = session.scalar(_PAPER, {"id": label["id"]}) if label["unwanted_at"] is None else None
    if content is None:
        raise NotFound(
            f"the label of parcel {label['parcel_id']} is {label['status']}, and has no paper",
            code="no_paper",
            remedy=f"look at it: GET /v1/parcels/{label['parcel_id']}/label",
        )
    return bytes(content)
