"""What a person with a scanner sends and reads."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.picking.scan import Scan
from web.schemas.base import Answer, Code, Id, Label, Page, Pieces, Sent, ShortText

ScanId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class BarcodesIn(Sent):
    """All barcodes of a product; those left out are taken off."""

    barcodes: Annotated[list[Label], Field(max_length=100)]


class BarcodesOut(Answer):
    """The barcodes of a product."""

    sku: str
    barcodes: list[str]


class PicklistsQuery(Page):
    """What a list of picklists is narrowed to; `claimed=false` leaves those that nobody has."""

    status: Literal["open", "completed"] | None = None
    warehouse: Code | None = None
    claimed: Literal["true", "false"] | None = None


class ClaimIn(Sent):
    """There is nothing to say about a claim."""


class HandoverIn(Sent):
    """To whom: the name of an API key of the warehouse."""

    to: ShortText


class ScanIn(Sent):
    """
    Pieces that were scanned. `code` is a SKU or a barcode, `bin` where they were taken, `tote` where they were put.

    `scan_id` is the scanner's own: a scan that is sent again bears the same, and is counted once.
    """

    scan_id: ScanId
    code: Label
    quantity: Pieces = 1
    bin: Code | None = None
    tote: Code | None = None

    def as_scan(self) -> Scan:
        """Give what the domain takes."""
        return Scan(**self.model_dump())


class ScanPickOut(Answer):
    """What scanned pieces were picked for; `picked` of `ordered` pieces of the line are there now."""

    line_id: int
    shipment_id: int
    tote: str | None
    quantity: int
    picked: int
    ordered: int


class ScanOut(Answer):
    """A scan that was counted; `left` are the pieces still to be picked of the picklist."""

    picklist_id: int
    scan_id: str
    sku: str
    name: str
    bin: str | None
    quantity: int
    picks: list[ScanPickOut]
    left: int


class ToteIn(Sent):
    """A tote for a shipment."""

    shipment_id: Id
    code: Code


class TotesIn(Sent):
    """Totes for shipments of the picklist."""

    totes: Annotated[list[ToteIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({each.shipment_id for each in self.totes}) < len(self.totes):
            raise PydanticCustomError("named_twice", "a shipment is named twice")
        return self


class ErrandOut(Answer):
    """Pieces for one line, into a tote where its shipment has one."""

    line_id: int
    shipment_id: int
    tote: str | None
    quantity: int


class StopOut(Answer):
    """Where to go and what to take; `bin` is null for what lies in none."""

    bin: str | None
    sku: str
    name: str
    quantity: int
    errands: list[ErrandOut]


class WalkOut(Answer):
    """What is still to be picked, in walking order."""

    picklist_id: int
    left: int
    stops: list[StopOut]


class ListedPicklistOut(Answer):
    """A picklist, who picks it, and how far it is. Pieces and shipments of canceled shipments are not counted."""

    id: int
    status: str
    warehouse: str
    created_at: str
    claimed_by: str | None
    claimed_until: str | None
    shipments: int
    shipped: int
    pieces: int
    picked: int


class PicklistsOut(Answer):
    """A page of picklists, the latest first."""

    picklists: list[ListedPicklistOut]
    next: str | None
