"""Totes: a tote for each shipment of a picklist, so that one walk picks many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.queries import lock_shipments
from fulfillment.orders.states import ShipmentStatus
from fulfillment.picking.claim import hold_claim
from fulfillment.timeline.changes import Changes

_TAKE_BACK = text("DELETE FROM tote WHERE shipment_id = ANY (CAST(:shipments AS bigint[]))")
# A tote that holds nothing that is being packed any more is free.
_GIVE = text("""
INSERT INTO tote AS t (warehouse_id, code, picklist_id, shipment_id, order_id)
SELECT p.warehouse_id, k.code, p.id, s.id, s.order_id
  FROM picklist p, unnest(CAST(:codes AS text[]), CAST(:shipments AS bigint[])) AS k(code, shipment_id)
  JOIN shipment s ON s.id = k.shipment_id
 WHERE p.id = :picklist ORDER BY k.code
ON CONFLICT (warehouse_id, code) DO UPDATE
   SET picklist_id = excluded.picklist_id, shipment_id = excluded.shipment_id, order_id = excluded.order_id
 WHERE NOT EXISTS (SELECT FROM shipment o
                    WHERE o.id = t.shipment_id AND o.picklist_id = t.picklist_id AND o.status = 'packing')
RETURNING code
""")


def give_totes(session: Session, picklist_id: int, totes: Mapping[int, str], *, cause: Cause, at: datetime) -> None:
    """
    Let shipments of a picklist (by id) be picked into these totes, and claim it. From then on each scan names the tote.

    Raises Invalid where a tote is named twice or a shipment is not being packed on this picklist, Conflict where a tote
    holds another shipment, or the picklist is completed or another picker's.
    """
    if len(set(totes.values())) < len(totes):
        raise Invalid("a tote is named twice", code="duplicate_tote", remedy="one tote for each shipment")
    floor = lock_shipments(session, sorted(totes))
    here = {
        each.id for each in floor.asked if each.picklist_id == picklist_id and each.status == ShipmentStatus.PACKING
    }
    changes = Changes(at=at)
    hold_claim(session, changes, picklist_id, cause)
    if strange := sorted(totes.keys() - here):
        raise Invalid(
            f"not being packed on picklist {picklist_id}: shipment {', '.join(map(str, strange[:20]))}",
            code="not_on_picklist",
            remedy="read the picklist again",
            members={"shipment_ids": strange},
        )
    session.execute(_TAKE_BACK, {"shipments": sorted(totes)})
    asked = {"picklist": picklist_id, "codes": list(totes.values()), "shipments": list(totes)}
    given = set(session.execute(_GIVE, asked).scalars())
    if busy := sorted(set(totes.values()) - given):
        raise Conflict(
            f"tote {', '.join(busy[:20])} holds another shipment",
            code="tote_in_use",
            guard="tote_in_use",
            remedy="take an empty one",
            members={"totes": busy},
        )
    changes.write(session)
