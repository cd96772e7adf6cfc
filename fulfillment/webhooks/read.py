"""Endpoints and deliveries, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_ENDPOINTS = text("""
SELECT e.id, s.name AS storefront, e.url, e.events, e.description, e.status, e.status_since, e.disabled_because, e.former_secret_until,
       e.failures, e.failing_since, e.paused_until, e.created_at, e.created_by
  FROM webhook_endpoint e LEFT JOIN storefront s ON s.id = e.storefront_id
 WHERE e.status <> 'removed' AND (CAST(:storefront_id AS bigint) IS NULL OR e.storefront_id = :storefront_id)
   AND (CAST(:id AS bigint) IS NULL OR e.id = :id) AND e.id > :after
 ORDER BY e.id LIMIT :limit
""")
_DELIVERIES = text("""
SELECT w.id, w.endpoint_id, w.order_id, o.number AS order_number, w.event, w.event_id, w.position, w.happened_at, w.status, w.status_since,
       w.attempts, d.due_at AS next_attempt_at, last.answered, last.code, last.said
  FROM webhook_delivery w
  JOIN webhook_endpoint e ON e.id = w.endpoint_id
  LEFT JOIN purchase_order o ON o.id = w.order_id
  LEFT JOIN LATERAL (SELECT min(due_at) AS due_at FROM dispatch d
                      WHERE w.status = 'waiting' AND d.order_id = w.order_id AND d.lane = 'webhooks:' || w.endpoint_id) d ON true
  LEFT JOIN webhook_attempt last ON last.delivery_id = w.id AND last.number = w.attempts
 WHERE e.status <> 'removed' AND (CAST(:storefront_id AS bigint) IS NULL OR e.storefront_id = :storefront_id)
   AND (CAST(:id AS bigint) IS NULL OR w.id = :id)
   AND (CAST(:endpoint_id AS bigint) IS NULL OR w.endpoint_id = :endpoint_id)
   AND (CAST(:order_number AS text) IS NULL OR o.number = :order_number)
   AND (CAST(:status AS text) IS NULL OR w.status = :status)
   AND (CAST(:before AS timestamptz) IS NULL OR (w.happened_at, w.id) < (:before, :before_id))
 ORDER BY w.happened_at DESC, w.id DESC LIMIT :limit
""")
_ATTEMPTS = text("""
SELECT number, at, answered, code, said, milliseconds FROM webhook_attempt WHERE delivery_id = :id ORDER BY number
""")
_DATA = text("SELECT data FROM webhook_delivery WHERE id = :id")
_SECRET = text("SELECT secret FROM webhook_endpoint WHERE id = :id")


def list_endpoints(
    session: Session, *, storefront_id: int | None, after: int = 0, limit: int = 50
) -> Sequence[RowMapping]:
    """List endpoints by id, of a storefront where one is named."""
    parameters = {"storefront_id": storefront_id, "id": None, "after": after, "limit": limit}
    return session.execute(_ENDPOINTS, parameters).mappings().all()


def find_endpoint(session: Session, endpoint_id: int, *, storefront_id: int | None) -> RowMapping:
    """Look an endpoint up. Raises NotFound."""
    parameters = {"storefront_id": storefront_id, "id": endpoint_id, "after": 0, "limit": 1}
    row = session.execute(_ENDPOINTS, parameters).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no webhook endpoint {endpoint_id}", remedy="list them: GET /v1/webhook-endpoints")
    return row


def list_deliveries(
    session: Session,
    *,
    storefront_id: int | None,
    endpoint_id: int | None = None,
    order_number: str | None = None,
    status: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """List deliveries, the latest first, each with the last answer to it; `before` is where the last page ended."""
    asked = {"endpoint_id": endpoint_id, "order_number": order_number, "status": status}
    return _deliveries(session, storefront_id=storefront_id, before=before, limit=limit, **asked)


def find_delivery(session: Session, delivery_id: int, *, storefront_id: int | None) -> RowMapping:
    """Look a delivery up. Raises NotFound."""
    found = _deliveries(session, storefront_id=storefront_id, id=delivery_id)
    if not found:
        raise NotFound(f"no webhook delivery {delivery_id}", remedy="list them: GET /v1/webhook-deliveries")
    return found[0]


def attempts_of(session: Session, delivery_id: int) -> Sequence[RowMapping]:
    """List the attempts to tell one event, in their order."""
    return session.execute(_ATTEMPTS, {"id": delivery_id}).mappings().all()


def _deliveries(
    session: Session,
    *,
    storefront_id: int | None,
    before: tuple[datetime, int] | None = None,
    limit: int = 1,
    **asked: int | str | None,
) -> Sequence[RowMapping]:
    at, row_id = before if before is not None else (None, None)
    nothing = dict.fromkeys(("id", "endpoint_id", "order_number", "status"))
    parameters = {**nothing, **asked, "storefront_id": storefront_id, "before": at, "before_id": row_id, "limit": limit}
    return session.execute(_DELIVERIES, parameters).mappings().all()


def data_of_delivery(session: Session, delivery_id: int) -> dict[str, Any]:
    """Give what is told of one event."""
    return dict(session.execute(_DATA, {"id": delivery_id}).scalar_one())


def secret_of(session: Session, endpoint_id: int) -> str:
    """Give what an endpoint's events are signed with."""
    return str(session.execute(_SECRET, {"id": endpoint_id}).scalar_one())
