"""Where pieces lie in a warehouse, and how they go from bin to bin."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import Answer, Code, Pieces, Sent, Sku


class PlacesQuery(Sent):
    """Of which product."""

    sku: Sku


class MovedIn(Sent):
    """Pieces of one product `from` a bin `to` another. Without `from` they are put away, without `to` taken out of the bins."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    sku: Sku
    quantity: Pieces
    from_bin: Annotated[Code | None, Field(alias="from")] = None
    to_bin: Annotated[Code | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _somewhere(self) -> MovedIn:
        if self.from_bin == self.to_bin:
            raise PydanticCustomError("same_place", "name from or to, or two different bins")
        return self


class BinMovesIn(Sent):
    """Pieces moved under the roof, one after the other, all or none."""

    warehouse: Code
    lines: Annotated[list[MovedIn], Field(min_length=1, max_length=1000)]


class InBinOut(Answer):
    """Pieces in one bin."""

    id: int
    bin: str
    quantity: int


class PlacesInWarehouseOut(Answer):
    """
    Where pieces lie in one warehouse: on hand = those in the bins (in walking order) + picked + unplaced.

    Those `in_transit` to it are on no shelf yet.
    """

    warehouse: str
    on_hand: int
    allocated: int
    bins: list[InBinOut]
    picked: int
    unplaced: int
    in_transit: int


class PlacesOut(Answer):
    """Where the pieces of one product lie."""

    sku: str
    warehouses: list[PlacesInWarehouseOut]


class BinMovementOut(Answer):
    """Pieces that went from a bin, to one, or from one to another."""

    id: int
    sku: str
    warehouse: str
    kind: str
    from_bin: str | None
    to_bin: str | None
    quantity: int
    line_id: int | None
    cause: str
    cause_id: str
    actor: str
    at: str


class BinMovementsOut(Answer):
    """A page of movements between bins, the latest first."""

    movements: list[BinMovementOut]
    next: str | None
