"""Sourcing: a dry run of the rules by which warehouses are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.shipments.preview_sourcing import preview_sourcing
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.sourcing import SourcingPreviewIn, SourcingPreviewOut

noun = Noun("sourcing", "Which warehouse ships what, by the rules of a market.")


@noun.commands(
    "/v1/markets/<name:code>/sourcing/preview", roles=(CSR, ADMIN), body=SourcingPreviewIn, answer=SourcingPreviewOut
)
def preview_a_sourcing(session: Session, call: Call, body: SourcingPreviewIn, code: str) -> Reply:
    """
    Say from where a shipment would come if it were assigned now, why from there, and why not from elsewhere.

    It would come behind all who wait already. Nothing is changed; rules can be tried before a market gets them.
    """
    seen = preview_sourcing(
        session,
        code,
        [(line.sku, line.quantity) for line in body.lines],
        ship_to=None if body.ship_to is None else body.ship_to.model_dump(),
        sourcing=None if body.sourcing is None else [rule.model_dump() for rule in body.sourcing],
        splits=body.splits,
        at=call.at,
    )
    return Reply(
        {
            "outcome": seen.outcome,
            "parcels": [{"warehouse": warehouse, "lines": _lines(pieces)} for warehouse, pieces in seen.parcels],
            "waits": _lines(seen.waits),
            "warehouses": [
                {
                    "warehouse": each.warehouse,
                    "chosen": each.chosen,
                    "why": each.why,
                    "facts": dict(each.facts),
                    "short": _lines(each.short),
                }
                for each in seen.warehouses
            ],
        }
    )


def _lines(pieces: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in sorted(pieces.items())]
