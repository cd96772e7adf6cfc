"""Rates: what the parcels of a shipment would cost by each service of the carrier, without buying anything. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fulfillment.carriers.port import Consignment
from fulfillment.kernel.errors import Conflict
from fulfillment.labels.parcels import ParcelToLabel, parcels_to_label, refusal_to_label


@dataclass(frozen=True, slots=True)
class RateQuestion:
    """What a carrier is to be asked: each parcel, and which services the shipping method is bound to."""

    carrier: str
    services: Sequence[str]
    parcels: Sequence[ParcelToLabel]

    @property
    def consignments(self) -> list[Consignment]:
        """The parcels as the carrier sees them."""
        return [each.consignment for each in self.parcels]


def rate_question(session: Session, shipment_id: int) -> RateQuestion:
    """
    Give what to ask about a shipment: all its parcels must be weighed and filled.

    Raises Conflict `no_parcels`, or as a request for a label does.
    """
    parcels = parcels_to_label(session, shipment_id)
    if not parcels:
        raise Conflict(
            f"shipment {shipment_id} is in no parcel: nobody knows what it weighs",
            code="no_parcels",
            guard="weighed",
            remedy=f"pack it: POST /v1/shipments/{shipment_id}/parcels",
        )
    for parcel in parcels:
        if (refusal := refusal_to_label(parcel)) is not None:
            raise refusal.as_error()
    carrier, services = parcels[0].carrier, parcels[0].services
    assert carrier is not None
    return RateQuestion(carrier, services or (), parcels)
