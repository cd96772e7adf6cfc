"""Exchanges as they are shown. Reads only; amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_HEAD: Final = """
SELECT x.id, x.status, x.policy, o.number AS order_number, n.number AS new_order_number, r.number AS return_number, x.return_id,
       r.status AS return_status, o.currency, x.expected, x.credit, n.total AS costs, x.worth, x.paid_back,
       (SELECT coalesce(sum(p.captured - p.refunded), 0)::bigint FROM exchange_credit c JOIN payment p ON p.id = c.id
         WHERE c.return_id = x.return_id) AS standing,
       greatest(n.total - n.canceled_amount - n.written_off - n.open_authorized - n.captured - n.manual - n.credited + n.refunded
                + n.charged_back, 0) AS missing,
       (SELECT h.status = 'open' FROM hold h WHERE h.id = x.hold_id) IS TRUE AS waits, x.notify_customer, x.created_at,
       x.created_by, x.ended_at
  FROM exchange x JOIN purchase_order o ON o.id = x.order_id JOIN purchase_order n ON n.id = x.new_order_id
  JOIN return_order r ON r.id = x.return_id
"""
_ONE = text(f"{_HEAD} WHERE x.id = :id")
_PAGE = text(f"""
{_HEAD}
 WHERE (CAST(:order AS text) IS NULL OR CAST(:order AS text) IN (o.number, n.number))
   AND (CAST(:status AS text) IS NULL OR x.status = CAST(:status AS text))
   AND (x.created_at, x.id) < (CAST(:at AS timestamptz), CAST(:last AS bigint))
 ORDER BY x.created_at DESC, x.id DESC LIMIT :limit
""")
_OF_HOLD = text("""
SELECT x.id, x.return_id, r.number, w.code AS warehouse, r.expires_at,
       (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', greatest(c.announced - c.given_up - c.received, 0))
                         ORDER BY l.position, l.id)
          FROM return_line c JOIN line_item l ON l.id = c.line_id WHERE c.return_id = r.id) AS lines
  FROM exchange x JOIN return_order r ON r.id = x.return_id LEFT JOIN warehouse w ON w.id = r.warehouse_id
 WHERE x.new_order_id = :order
""")
_FAR: Final = 2**63 - 1


def find_exchange(session: Session, exchange_id: int) -> RowMapping:
    """Give an exchange. Raises NotFound."""
    found = session.execute(_ONE, {"id": exchange_id}).mappings().one_or_none()
    if found is None:
        raise NotFound(f"no exchange {exchange_id}", remedy="list exchanges: GET /v1/exchanges")
    return found


def list_exchanges(
    session: Session, *, order: str | None, status: str | None, after: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """List exchanges, the latest first; `order` is either order's number, `after` time and id of the last one seen."""
    asked = {
        "order": order,
        "status": status,
        "at": "infinity" if after is None else after[0],
        "last": _FAR if after is None else after[1],
        "limit": limit,
    }
    return session.execute(_PAGE, asked).mappings().all()


def awaited_goods(session: Session, order_id: int) -> RowMapping | None:
    """Give what an order of an exchange waits for: the return, and the pieces of it that are still to come."""
    return session.execute(_OF_HOLD, {"order": order_id}).mappings().one_or_none()
