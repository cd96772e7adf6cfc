"""Returns as they are shown, and what of an order may still come back. Reads only; quantities are pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.catalog.return_policy import return_policy
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.orders.queries import read_orders
from fulfillment.returns.guards import refusal_to_return, window_ends
from fulfillment.returns.queries import SoldLine, lines_of_return, sold_lines
from fulfillment.returns.worth import Worth, worth_of_return

_SUMS: Final = """
       coalesce((SELECT sum(greatest(l.announced - l.given_up - l.received, 0)) FROM return_line l WHERE l.return_id = r.id), 0)::bigint
         AS coming,
       coalesce((SELECT sum(l.received - l.restocked - l.scrapped - l.to_vendor - l.refused) FROM return_line l
                  WHERE l.return_id = r.id), 0)::bigint AS undecided"""
_HEAD: Final = f"""
SELECT r.id, r.number, r.order_id, o.number AS order_number, o.storefront_id, o.currency, m.code AS market, r.status,
       r.settles_by, w.code AS warehouse, r.note, r.created_at, r.created_by, r.expires_at, r.ended_at, r.goods, r.shipping,
       r.fee, r.refund, r.attempts,{_SUMS}
  FROM return_order r JOIN purchase_order o ON o.id = r.order_id JOIN market m ON m.id = o.market_id
  LEFT JOIN warehouse w ON w.id = r.warehouse_id
"""  # noqa: S608 - our own names only
_ONE = text(f"{_HEAD} WHERE r.id = :id")
_WAITS: Final = """
 CASE CAST(:waits_for AS text)
      WHEN 'goods' THEN status IN ('authorized', 'receiving') AND coming > 0
      WHEN 'decision' THEN status = 'receiving' AND undecided > 0
      WHEN 'completion' THEN status = 'receiving' AND coming = 0 AND undecided = 0
      ELSE true END"""
_PAGE = text(f"""
SELECT * FROM ({_HEAD}
 WHERE (CAST(:order AS text) IS NULL OR o.number = CAST(:order AS text))
   AND (CAST(:number AS text) IS NULL OR r.number = CAST(:number AS text))
   AND (CAST(:status AS text) IS NULL OR r.status = CAST(:status AS text))
   AND (CAST(:warehouse AS text) IS NULL OR w.code = CAST(:warehouse AS text))
   AND (CAST(:storefront AS bigint) IS NULL OR o.storefront_id = CAST(:storefront AS bigint))
   AND (CAST(:only AS text[]) IS NULL OR w.code IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (r.created_at, r.id) < (CAST(:at AS timestamptz), CAST(:last AS bigint))) AS found
 WHERE {_WAITS}
 ORDER BY created_at DESC, id DESC LIMIT :limit
""")  # noqa: S608 - our own names only
_LINES = text("""
SELECT r.line_id, l.sku, l.name, r.reason, r.announced, r.received, r.restocked, r.scrapped, r.to_vendor, r.refused, r.given_up,
       r.refunded, greatest(r.announced - r.given_up - r.received, 0) AS coming,
       r.received - r.restocked - r.scrapped - r.to_vendor - r.refused AS undecided, greatest(r.received - r.announced, 0) AS over
  FROM return_line r JOIN line_item l ON l.id = r.line_id JOIN shipment s ON s.id = l.shipment_id
 WHERE r.return_id = :id ORDER BY char_length(s.number), s.number, l.position, l.id
""")
_STRAYS = text("""
SELECT s.id, s.code, p.sku, s.quantity, w.code AS warehouse, s.condition, s.place, s.actor, s.at, s.settled_as, s.settled_by,
       s.settled_at
  FROM return_stray s JOIN warehouse w ON w.id = s.warehouse_id LEFT JOIN product p ON p.id = s.product_id
 WHERE s.return_id = :id ORDER BY s.id
""")
_MOVEMENTS = text("""
SELECT m.kind, i.sku, m.quantity, w.code AS warehouse, m.condition, m.note, m.actor, m.at
  FROM return_line l JOIN return_movement m ON m.return_line_id = l.id JOIN line_item i ON i.id = l.line_id
  JOIN warehouse w ON w.id = m.warehouse_id WHERE l.return_id = :id ORDER BY m.id
""")
_STRAY_WAREHOUSE = text("""
SELECT w.code FROM return_stray s JOIN warehouse w ON w.id = s.warehouse_id WHERE s.id = :id AND s.return_id = :return
""")
_TO_VENDOR = text("""
SELECT m.id, r.number AS return, i.sku, i.name, m.quantity, w.code AS warehouse, m.note, m.actor, m.at
  FROM return_movement m JOIN return_line l ON l.id = m.return_line_id JOIN return_order r ON r.id = l.return_id
  JOIN line_item i ON i.id = l.line_id JOIN warehouse w ON w.id = m.warehouse_id
 WHERE m.kind = 'to_vendor' AND m.id < CAST(:before AS bigint)
   AND (CAST(:sku AS text) IS NULL OR i.sku = CAST(:sku AS text))
   AND (CAST(:warehouse AS text) IS NULL OR w.code = CAST(:warehouse AS text))
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
 ORDER BY m.id DESC LIMIT :limit
""")
_FAR: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return, its lines, what came with it and is none of the order's, and every piece that came, in turn."""

    head: RowMapping
    lines: Sequence[RowMapping]
    strays: Sequence[RowMapping]
    movements: Sequence[RowMapping]


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns; what is None is not asked. `only` are the caller's warehouses: what goes to no other."""

    order: str | None = None
    number: str | None = None
    status: str | None = None
    warehouse: str | None = None
    waits_for: str | None = None
    storefront_id: int | None = None
    only: Iterable[str] | None = None


@dataclass(frozen=True, slots=True)
class Returnable:
    """A line item, how much of it may come back until when, or why not."""

    line: SoldLine
    until: datetime | None
    refusal: Refusal | None


def find_return(session: Session, return_id: int, *, storefront_id: int | None = None) -> ReturnView:
    """Give a return. Raises NotFound, also for that of another storefront's order."""
    asked = {"id": return_id}
    head = session.execute(_ONE, asked).mappings().one_or_none()
    if head is None or storefront_id not in (None, head["storefront_id"]):
        raise NotFound(f"no return {return_id}", remedy="list returns: GET /v1/returns")
    parts = (session.execute(part, asked).mappings().all() for part in (_LINES, _STRAYS, _MOVEMENTS))
    return ReturnView(head, *parts)


def expected_worth(session: Session, return_id: int, order_id: int) -> Worth:
    """Give what an open return is worth if all that was announced comes and is accepted."""
    order = read_orders(session, [order_id])[order_id]
    lines = lines_of_return(session, return_id)
    policy = return_policy(session, order.market_id)
    return worth_of_return(session, order, return_id, lines, policy, with_coming=True)


def list_returns(
    session: Session, wanted: ReturnFilter, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """List returns, the latest first; `after` are time and id of the last one seen."""
    asked = {
        "order": wanted.order,
        "number": wanted.number,
        "status": wanted.status,
        "warehouse": wanted.warehouse,
        "waits_for": wanted.waits_for,
        "storefront": wanted.storefront_id,
        "only": None if wanted.only is None else sorted(wanted.only),
        "at": "infinity" if after is None else after[0],
        "last": _FAR if after is None else after[1],
        "limit": limit,
    }
    return session.execute(_PAGE, asked).mappings().all()


def warehouse_of_stray(session: Session, return_id: int, stray_id: int) -> str | None:
    """Give the warehouse in which a stray is kept; None where there is no such stray."""
    found: str | None = session.execute(_STRAY_WAREHOUSE, {"id": stray_id, "return": return_id}).scalar_one_or_none()
    return found


def pieces_to_vendor(
    session: Session,
    *,
    sku: str | None,
    warehouse: str | None,
    only: Iterable[str] | None,
    before: int | None,
    limit: int,
) -> Sequence[RowMapping]:
    """List pieces that go to their vendor, the latest first; `before` is the id of the last one seen."""
    asked = {
        "sku": sku,
        "warehouse": warehouse,
        "only": None if only is None else sorted(only),
        "before": _FAR if before is None else before,
        "limit": limit,
    }
    return session.execute(_TO_VENDOR, asked).mappings().all()


def returnables(session: Session, order_id: int, market_id: int, *, at: datetime) -> list[Returnable]:
    """Give what of an order may come back, and why the rest may not."""
    policy = return_policy(session, market_id)
    return [
        Returnable(line, window_ends(line, policy), refusal_to_return(line, policy, at=at))
        for line in sold_lines(session, order_id)
    ]
