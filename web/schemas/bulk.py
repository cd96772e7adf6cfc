"""One action on many orders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.schemas.base import Answer, Flag, Page, Reference, Sent, Text


class BulkIn(Sent):
    """
    One action on many orders. `hold`, `cancel` and `delete` need a reason, `cancel` also whether customers are told.

    The selection may reach over several pages of a list; it is taken at the moment of the call and does not change.
    """

    action: Literal["release", "hold", "cancel", "delete", "archive"]
    numbers: Annotated[list[Reference], Field(min_length=1, max_length=10_000)]
    reason: Text | None = None
    notify_customer: Flag | None = None


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
