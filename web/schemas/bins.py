"""Bins: the places of a warehouse."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.inventory.bins import NewBin
from web.schemas.base import Answer, Code, Flag, Page, Sent

_FARTHEST: Final = 1_000_000_000
Position = Annotated[int, Field(strict=True, ge=0, le=_FARTHEST)]


class BinsQuery(Page):
    """Of which warehouse."""

    warehouse: Code


class BinIn(Sent):
    """A bin: the lowest `position` is walked to first."""

    code: Code
    position: Position


class BinsIn(Sent):
    """Bins of one warehouse, all or none."""

    warehouse: Code
    bins: Annotated[list[BinIn], Field(min_length=1, max_length=1000)]

    def as_bins(self) -> list[NewBin]:
        """Give what the domain takes."""
        return [NewBin(each.code, each.position) for each in self.bins]


class BinChangeIn(Sent):
    """What is to be changed of a bin; what is left out stays. With `active: false` nothing is put into it any more."""

    code: Code | None = None
    position: Position | None = None
    active: Flag | None = None

    @model_validator(mode="after")
    def _something(self) -> BinChangeIn:
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("nothing", "name what is to be changed, with a value")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what was named."""
        return self.model_dump(include=self.model_fields_set)


class BinsAddedOut(Answer):
    """How many bins are new, and how many were there just like that."""

    added: int
    unchanged: int


class ListedBinOut(Answer):
    """A bin, and how many pieces lie in it."""

    id: int
    warehouse: str
    code: str
    position: int
    active: bool
    pieces: int


class BinsOut(Answer):
    """A page of bins, in walking order."""

    bins: list[ListedBinOut]
    next: str | None


class ContentOut(Answer):
    """Pieces of one product in a bin."""

    sku: str
    name: str
    quantity: int


class BinOut(Answer):
    """A bin with what lies in it."""

    id: int
    warehouse: str
    code: str
    position: int
    active: bool
    contents: list[ContentOut]
