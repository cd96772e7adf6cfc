"""What shipments are chosen by, for picklists and waves."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from fulfillment.picking.choose import Choice
from web.schemas.base import Code, Reference, Sent

Codes = Annotated[list[Code], Field(min_length=1, max_length=100)]
Countries = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]], Field(min_length=1, max_length=300)
]


class ShipmentChoiceIn(Sent):
    """
    What shipments have in common; what is left out leaves all in. Those on hold are never chosen.

    `cut_off` leaves out orders that were covered later.
    """

    warehouse: Codes | None = None
    market: Codes | None = None
    shipping_method: Annotated[list[Reference], Field(min_length=1, max_length=100)] | None = None
    country: Countries | None = None
    cut_off: AwareDatetime | None = None

    def as_choice(self, only: frozenset[str] | None) -> Choice:
        """Give what the domain takes."""
        return Choice(self.warehouse, self.market, self.shipping_method, self.country, self.cut_off, only)
