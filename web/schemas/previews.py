"""Plans: what a command would do."""

from __future__ import annotations

from typing import Any, Literal

from web.schemas.base import Answer, MoneyOut


class ChangeOut(Answer):
    """A field of an order or of one of its parts, before and after; or a part that is added or removed."""

    order: str
    subject: Literal["order", "form", "shipment", "line", "hold"]
    id: int | None
    field: str
    before: Any
    after: Any


class MovedStockOut(Answer):
    """Pieces that move: how the counts of a product in a warehouse change."""

    kind: str
    sku: str
    warehouse: str
    on_hand: int
    allocated: int


class MovedMoneyOut(Answer):
    """Money that moves, if the gateway agrees, or by hand (`pay_out`); a payment that is yet to be added has no id."""

    kind: str
    payment_id: int | None
    amount: MoneyOut


class PlannedEmailOut(Answer):
    """An e-mail to the customer."""

    kind: str
    to: str | None


class PlannedRefusalOut(Answer):
    """A step that would be refused, and why."""

    guard: str
    reason: str
    remedy: str


class PlanOut(Answer):
    """Everything that would follow, if the gateway agrees and nobody comes between. `versions` of the orders it is about."""

    changes: list[ChangeOut]
    stock: list[MovedStockOut]
    money: list[MovedMoneyOut]
    emails: list[PlannedEmailOut]
    refused: list[PlannedRefusalOut]
    versions: dict[str, int]


class PreviewOut(Answer):
    """The answer to `dry_run=true`: nothing was done. The same command with `Plan-Token` does exactly this, or 409."""

    dry_run: Literal[True]
    plan: PlanOut
    token: str
