"""Counts of what lies where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.counts.states import CountStatus
from web.schemas.base import MOST_PIECES, Answer, Code, Page, Sent, Sku, Text
from web.schemas.inventory import UnassignedOut


class CountsQuery(Page):
    """Of which status."""

    status: CountStatus | None = None


class StockCountIn(Sent):
    """What is to be counted in a warehouse: some `bins`, some products (`skus`) wherever they lie, or all of it."""

    warehouse: Code
    bins: Annotated[list[Code], Field(min_length=1, max_length=500)] | None = None
    skus: Annotated[list[Sku], Field(min_length=1, max_length=500)] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> StockCountIn:
        if self.bins is not None and self.skus is not None:
            raise PydanticCustomError("bins_or_skus", "name bins or skus, not both")
        return self


class CountedIn(Sent):
    """What somebody counted of a product in a bin, or (without one) outside the bins."""

    sku: Sku
    bin: Code | None = None
    counted: Annotated[int, Field(strict=True, ge=0, le=MOST_PIECES)]


class CountEntriesIn(Sent):
    """Numbers, one for each place."""

    lines: Annotated[list[CountedIn], Field(min_length=1, max_length=1000)]


class PlaceIn(Sent):
    """A product in a bin, or outside the bins."""

    sku: Sku
    bin: Code | None = None


class RecountIn(Sent):
    """Places that are to be counted once more."""

    lines: Annotated[list[PlaceIn], Field(min_length=1, max_length=1000)]


class CountDecisionIn(Sent):
    """Nothing is to be said."""


class CountedPlaceOut(Answer):
    """A place of a count. What should lie there is told once it is counted; to who counted it, when the count has ended."""

    sku: str
    name: str
    bin: str | None
    expected: int | None
    counted: int | None
    difference: int | None
    times: int
    counted_by: str | None


class CountProgressOut(Answer):
    """How many places there are, how many of them are counted, and how many differ (null to who counted, until it has ended)."""

    places: int
    counted: int
    different: int | None


class ListedStockCountOut(Answer):
    """A count, and how far it is."""

    id: int
    warehouse: str
    status: str
    note: str | None
    progress: CountProgressOut
    created_at: str
    created_by: str
    ended_at: str | None
    ended_by: str | None


class StockCountOut(ListedStockCountOut):
    """A count with its places, in walking order."""

    lines: list[CountedPlaceOut]


class ApprovedCountOut(StockCountOut):
    """An approved count, and who lost the pieces that he was promised."""

    unassigned: list[UnassignedOut]


class StockCountsOut(Answer):
    """A page of counts, the latest first."""

    counts: list[ListedStockCountOut]
    next: str | None
