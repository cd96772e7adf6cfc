"""Labels of parcels: asked for, given back, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.labels.settle_by_hand import Outcome
from web.schemas.base import Answer, MoneyOut, Page, Sent, Text, no_card_number
from web.schemas.base import Money as MoneyIn
from web.schemas.shipping_methods import Service

Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
"""What a carrier calls something. (Numbers of parcels may look like those of cards.)"""


class LabelIn(Sent):
    """A label: by the service named, else by that of its shipping method, of several the cheapest."""

    service: Service | None = None


class VoidLabelIn(Sent):
    """There is nothing to say about giving a label back."""


class LabelsQuery(Page):
    """`status` narrows what is not through yet; `for_a_person` to what nobody can ask the carrier about any more."""

    status: Literal["new", "sending", "unknown", "voiding"] | None = None
    for_a_person: bool = False


class LabelOutcomeIn(Sent):
    """
    What a person found in the carrier's records: `bought` or `failed` of a purchase, `voided` or `kept` of a void.

    One that was bought has its `reference` and `tracking_number`; `note` says where that was seen.
    """

    outcome: Outcome
    note: Text
    reference: Annotated[Word, AfterValidator(no_card_number)] | None = None
    tracking_number: Word | None = None
    cost: MoneyIn | None = None

    @model_validator(mode="after")
    def _costs_if_bought(self) -> Self:
        if self.cost is not None and self.outcome != Outcome.BOUGHT:
            raise PydanticCustomError("cost", "only a label that was bought has a cost")
        return self


class LabelOut(Answer):
    """
    A label of a parcel. Its weight is in grams; `cost` is not told to the floor.

    `wanted` is false once it was given back, or its parcel was undone. `sends` is how often it was asked for under `key`; `code`
    and `message` are the last that the carrier said, `error` that of its dead letter.
    """

    id: int
    order: str
    shipment_id: int
    shipment: str
    parcel_id: int
    position: int
    carrier: str
    services: list[str]
    service: str | None
    status: str
    status_since: str
    wanted: bool
    weight_grams: int
    reference: str | None
    tracking_number: str | None
    cost: MoneyOut | None
    paper: str | None = Field(description="Where its PDF is.")
    key: str
    sends: int
    code: str | None
    message: str | None
    dead_letter_id: int | None
    error: str | None
    created_at: str
    created_by: str


class LabelsOut(Answer):
    """A page of labels that are not through yet, by id."""

    labels: list[LabelOut]
    next: str | None


class RateOut(Answer):
    """What a service costs for one parcel; what it costs is not told to the floor. `days` is what the carrier says."""

    service: str
    price: MoneyOut | None
    days: int | None
    of_method: bool = Field(description="Whether the shipping method goes by it.")


class ParcelRatesOut(Answer):
    """What a parcel would cost, the cheapest first; `chosen` is what the shipping method would take."""

    parcel_id: int
    position: int
    weight_grams: int
    rates: list[RateOut]
    chosen: str | None


class RatesOut(Answer):
    """What the parcels of a shipment would cost by each service of its carrier. Nothing is bought."""

    carrier: str
    parcels: list[ParcelRatesOut]
