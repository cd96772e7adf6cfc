"""Promotions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.promotions.add import NewItem, NewPromotion
from fulfillment.promotions.offer import WHOLE, Kind
from web.schemas.base import Answer, Code, Flag, Moment, Money, MoneyOut, Pieces, Sent, Sku, Text

Percent = Annotated[int, Field(strict=True, ge=1, le=WHOLE)]
"""Basis points: hundredths of a percent, 1250 for 12.5 %."""
Limit = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]


class TiedItemIn(Sent):
    """
    Pieces that come with an item promotion, and what is taken off them together: `percent` or `amount`.

    `percent` is in basis points: 1000 is 10 percent.
    """

    sku: Sku
    quantity: Pieces = 1
    percent: Percent | None = None
    amount: Money | None = None


class _TermsIn(Sent):
    """What a promotion gives, and when it counts."""

    name: Text | None = None
    percent: Percent | None = None
    amount: Money | None = None
    items: Annotated[list[TiedItemIn], Field(max_length=50, default_factory=list)]
    minimum_amount: Money | None = None
    markets: Annotated[list[Code], Field(max_length=100, default_factory=list)]
    active: Flag = True
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    use_limit: Limit | None = None
    use_limit_per_customer: Limit | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        _currency(self)
        return self


class PromotionIn(_TermsIn):
    """
    A code and what it gives: items with their discounts, an order discount (`percent` or `amount`), or free shipping.

    It counts from `starts_at` on and until just before `ends_at`, in `markets` (all, if none is named), where the order's own
    items cost at least `minimum_amount`. `percent` is in basis points: 1000 is 10 percent.
    """

    code: Code
    name: Text
    kind: Literal["item", "order_discount", "free_shipping"]

    def as_promotion(self) -> NewPromotion:
        """Give what the domain takes."""
        return NewPromotion(code=self.code, kind=Kind(self.kind), **as_changes(self, self.model_fields_set | {"name"}))


class PromotionChangeIn(_TermsIn):
    """What of a promotion is changed; the rest stays. Code and kind always do. Null ends a limit, a date, a minimum; a name stays."""


def as_changes(sent: _TermsIn, named: set[str]) -> dict[str, Any]:
    """Give what was named, by the names of the domain."""
    unnamed = {"name"} if sent.name is None else set()
    found: dict[str, Any] = {
        name: getattr(sent, name) for name in named - {"code", "kind", "amount", "minimum_amount", "items"} - unnamed
    }
    if "amount" in named:
        found["amount"] = None if sent.amount is None else sent.amount.amount
    if "minimum_amount" in named:
        found["minimum_amount"] = 0 if sent.minimum_amount is None else sent.minimum_amount.amount
    if "items" in named:
        found["items"] = [_item(item) for item in sent.items]
    if (currency := _currency(sent)) is not None:
        found["currency"] = currency
    return found


def _currency(sent: _TermsIn) -> str | None:
    amounts = [sent.amount, sent.minimum_amount, *(item.amount for item in sent.items)]
    found = {amount.currency for amount in amounts if amount is not None}
    if len(found) > 1:
        raise PydanticCustomError("one_currency", "all amounts of a promotion are in one currency")
    return next(iter(found), None)


def _item(item: TiedItemIn) -> NewItem:
    return NewItem(item.sku, item.quantity, item.percent, None if item.amount is None else item.amount.amount)


class TiedItemOut(Answer):
    """Pieces that come with an item promotion, and what is taken off them together."""

    sku: str
    quantity: int
    percent: int | None
    amount: MoneyOut | None


class PromotionOut(Answer):
    """A promotion. `uses` are the orders that use it; those canceled before anything shipped do not count."""

    code: str
    name: str
    kind: str
    percent: int | None
    amount: MoneyOut | None
    items: list[TiedItemOut]
    minimum_amount: MoneyOut | None
    markets: list[str]
    active: bool
    starts_at: str | None
    ends_at: str | None
    use_limit: int | None
    use_limit_per_customer: int | None
    uses: int
    created_at: str
    created_by: str


class PromotionsOut(Answer):
    """A page of promotions, by code."""

    promotions: list[PromotionOut]
    next: str | None


class GivenPromotionOut(Answer):
    """A code that counts, and what it gives: a discount, or the shipping that is not paid."""

    code: str
    kind: str
    amount: MoneyOut
