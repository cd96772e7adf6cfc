"""What the verbs of tracking ask: whose a number is, and all that was told of the parcels and items of some shipments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.course import Told


@dataclass(frozen=True, slots=True)
class Target:
    """A parcel that a tracking number stands for; without an id for a shipment that was handed over without parcels."""

    parcel_id: int | None
    shipment_id: int
    order_id: int


@dataclass(slots=True)
class Tracked:
    """A parcel or an item as a subject of its machine; `is_new` while it has no row, `line_ids` what is in a parcel."""

    id: int
    order_id: int
    shipment_id: int
    status: str
    is_new: bool
    line_ids: Sequence[int] = ()
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Consignment:
    """All parcels and items of some shipments, with what was told of each."""

    parcels: dict[int, Tracked]
    items: dict[int, Tracked]

    def parcels_with(self, line_id: int) -> list[Tracked]:
        """Give the parcels in which pieces of a line lie."""
        return [parcel for parcel in self.parcels.values() if line_id in parcel.line_ids]


@dataclass(frozen=True, slots=True)
class ToldByMail:
    """Of what becomes of a parcel a market's customers are told by e-mail, beside that it was shipped."""

    delivery: bool
    problems: bool


# A number of a parcel's own comes first; that of a shipment stands for its parcels that have none.
_TARGETS = text("""
WITH own AS (SELECT p.id, p.shipment_id, p.order_id FROM parcel p WHERE p.tracking_number = :number
              ORDER BY p.created_at DESC, p.id LIMIT 1),
shared AS (SELECT s.id, s.order_id FROM shipment s WHERE s.tracking_number = :number AND NOT EXISTS (SELECT FROM own)
            ORDER BY s.shipped_at DESC NULLS FIRST, s.id LIMIT 1)
SELECT id, shipment_id, order_id FROM own
 UNION ALL
SELECT p.id, s.id, s.order_id FROM shared s JOIN parcel p ON p.shipment_id = s.id WHERE p.tracking_number IS NULL
 UNION ALL
SELECT NULL, s.id, s.order_id FROM shared s JOIN shipment h ON h.id = s.id
 WHERE h.status = 'shipped' AND NOT EXISTS (SELECT FROM parcel p WHERE p.shipment_id = s.id)
 ORDER BY 1
""")
_PARCELS = text("""
SELECT p.id, p.order_id, p.shipment_id, coalesce(d.status, 'none') AS status, d.id IS NULL AS is_new,
       ARRAY(SELECT i.line_id FROM parcel_item i WHERE i.parcel_id = p.id ORDER BY i.line_id) AS line_ids
  FROM parcel p LEFT JOIN parcel_delivery d ON d.id = p.id
 WHERE p.shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY p.shipment_id, p.position
""")
_ITEMS = text("""
SELECT l.id, l.order_id, l.shipment_id, coalesce(d.status, 'none') AS status, d.id IS NULL AS is_new
  FROM line_item l LEFT JOIN item_delivery d ON d.id = l.id
 WHERE l.shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.shipment_id, l.position, l.id
""")
_TOLD = text("""
SELECT parcel_id, line_id, status, occurred_at, CASE WHEN carrier IS NULL THEN id ELSE 0 END AS said
  FROM tracking_event
 WHERE order_id = ANY (CAST(:orders AS bigint[]))
   AND (shipment_id = ANY (CAST(:ids AS bigint[])) OR line_id IS NOT NULL)  -- a line may have come from another shipment
""")
_PIECES = text("""
SELECT l.id, coalesce(i.quantity, l.quantity) AS quantity
  FROM parcel p JOIN line_item l ON l.shipment_id = p.shipment_id
  LEFT JOIN parcel_item i ON i.parcel_id = p.id AND i.line_id = l.id
 WHERE p.id = :id
   AND (i.line_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM parcel_item o JOIN parcel q ON q.id = o.parcel_id WHERE q.shipment_id = p.shipment_id))
 ORDER BY l.position, l.id
""")
_MAILS = text("SELECT mails_delivery, mails_delivery_problems FROM market WHERE id = :id")
_BOX_UP = text("""
INSERT INTO parcel (id, order_id, shipment_id, position, created_at, created_by)
VALUES (:id, :order_id, :shipment_id, 1, :at, :actor)
""")


def targets_of(session: Session, number: str) -> list[Target]:
    """Give what a tracking number stands for; nothing where nobody here knows it."""
    return [Target(*row) for row in session.execute(_TARGETS, {"number": number})]


def boxed(session: Session, changes: Changes, targets: list[Target], number: str, cause: Cause) -> list[Target]:
    """
    Give what a number stands for with a parcel each; a shipment that was handed over without any gets one.

    Its order is locked; where a parcel is to be made it is looked again, since somebody else may have made it meanwhile.
    """
    if any(target.parcel_id is None for target in targets):
        targets = targets_of(session, number)
    return [_box_up(session, changes, target, cause) if target.parcel_id is None else target for target in targets]


def pieces_of(session: Session, parcel_id: int) -> dict[int, int]:
    """Give how many pieces of which line a parcel holds; one of which nothing is said holds all of its shipment."""
    return {row.id: row.quantity for row in session.execute(_PIECES, {"id": parcel_id})}


def told_by_mail(session: Session, market_id: int) -> ToldByMail:
    """Give what a market tells its customers of."""
    return ToldByMail(*session.execute(_MAILS, {"id": market_id}).one())


def consignment(session: Session, order_ids: Iterable[int], shipment_ids: Iterable[int]) -> Consignment:
    """Give the parcels and items of shipments whose orders are locked. Where no pieces are packed, each parcel holds all."""
    asked = {"ids": sorted(set(shipment_ids)), "orders": sorted(set(order_ids))}
    items = {row.id: Tracked(*row) for row in session.execute(_ITEMS, asked)}
    parcels = {row.id: Tracked(*row) for row in session.execute(_PARCELS, asked)}
    _fill_unpacked(parcels, items)
    for row in session.execute(_TOLD, asked):
        subject = parcels.get(row.parcel_id) if row.line_id is None else items.get(row.line_id)
        if subject is not None:
            subject.told.append(Told(DeliveryState(row.status), row.occurred_at, row.said))
    return Consignment(parcels, items)


def _fill_unpacked(parcels: dict[int, Tracked], items: dict[int, Tracked]) -> None:
    packed = {parcel.shipment_id for parcel in parcels.values() if parcel.line_ids}
    lines: dict[int, list[int]] = defaultdict(list)
    for item in items.values():
        lines[item.shipment_id].append(item.id)
    for parcel in parcels.values():
        if parcel.shipment_id not in packed:
            parcel.line_ids = lines[parcel.shipment_id]


def _box_up(session: Session, changes: Changes, target: Target, cause: Cause) -> Target:
    """
    Make one parcel of a shipment that was handed over without any: its carrier knows it as one.

    Nothing is said of what lies in it: it is all that the shipment holds.
    """
    [parcel_id] = take_ids(session, 1)
    of = {"id": parcel_id, "order_id": target.order_id, "shipment_id": target.shipment_id}
    session.execute(_BOX_UP, {**of, "at": changes.at, "actor": cause.actor})
    detail = {"parcel_id": parcel_id, "position": 1}
    changes.note("shipment", target.shipment_id, target.order_id, "open_parcel", cause, detail)
    return Target(parcel_id, target.shipment_id, target.order_id)
