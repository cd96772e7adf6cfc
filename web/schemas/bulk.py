"""One action on many orders."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import Answer, Flag, Page, Reference, Sent, Text
from web.schemas.order_lists import OrdersFilter


class BulkIn(Sent):
    """
    One action on many orders. `hold`, `cancel` and `delete` need a reason, `cancel` also whether customers are told.

    The selection may reach over several pages of a list: `numbers`, or a `filter` of the names that `GET /v1/orders` knows.
    It is taken at the moment of the call and does not change.
    """

    action: Literal["release", "hold", "cancel", "delete", "archive"]
    numbers: Annotated[list[Reference], Field(min_length=1, max_length=10_000)] | None = None
    filter: OrdersFilter | None = None
    reason: Text | None = None
    notify_customer: Flag | None = None

    @model_validator(mode="after")
    def _chosen_in_one_way(self) -> Self:
        if (self.numbers is None) == (self.filter is None):
            raise PydanticCustomError("selection", "send either numbers or a filter")
        if self.filter is not None and not self.filter.model_fields_set:
            raise PydanticCustomError("selection", "a filter that leaves everything in chooses nothing: narrow it")
        return self


ItemStatusName = Literal["pending", "done", "refused"]


class ItemsQuery(Page):
    """Which items: all, or those of one status."""

    status: ItemStatusName | None = None


class BulkItemOut(Answer):
    """What became of one order. `guard`, `reason` and `remedy` are those of a refusal."""

    position: int
    order: str
    status: ItemStatusName
    guard: str | None
    reason: str | None
    remedy: str | None
    done_at: str | None


class BulkItemsOut(Answer):
    """A page of the items of an operation, as they were named."""

    items: list[BulkItemOut]
    next: str | None
