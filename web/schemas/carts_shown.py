"""Carts and wish lists, as they are answered."""

from __future__ import annotations

from web.schemas.base import Answer, MoneyOut
from web.schemas.content_shown import BuyerOut, DestinationOut, PartOut, SectionOut, TotalsOut
from web.schemas.promotions import GivenPromotionOut


class CartLineOut(Answer):
    """
    A line, by its `position`. `price` is per piece: `list_price` is the catalog's, `price_by` who set another one.

    `discount` and `tax` are the line's own, `amount` what it costs with its share of all else; null where it has no price.
    """

    position: int
    sku: str
    name: str
    manual: bool
    options: dict[str, str] | None
    quantity: int
    form: str | None
    list_price: MoneyOut | None
    price: MoneyOut | None
    price_by: str | None
    promotion: str | None
    discount: MoneyOut
    tax: MoneyOut
    amount: MoneyOut | None
    split: list[PartOut]


class NoticeOut(Answer):
    """Something to know before it is an order. `blocks`: while it is so the cart is not placed; `remedy` says what helps."""

    code: str
    detail: str
    position: int | None
    remedy: str | None
    blocks: bool


class CartSummaryOut(Answer):
    """A cart as a list shows it. `total` is what it costs now, null where that cannot be worked out; `order` what it became."""

    id: int
    kind: str
    market: str
    customer: BuyerOut
    reference: str | None
    line_count: int
    total: MoneyOut | None
    version: int
    created_at: str
    updated_at: str
    order: str | None
    converted_at: str | None


class CartsOut(Answer):
    """A page of carts, the latest touched first."""

    carts: list[CartSummaryOut]
    next: str | None


class HeldOut(Answer):
    """Pieces that a cart holds."""

    sku: str
    quantity: int


class ReservationOut(Answer):
    """What a cart holds, and until when."""

    expires_at: str
    lines: list[HeldOut]


class CartOut(CartSummaryOut):
    """
    A cart with all that is in it, priced with the catalog of now. Where nothing needs shipping no address is asked for.

    Lines that cannot be ordered are left out of `amounts`, and named in `notices`.
    """

    codes: list[str]
    promotions: list[GivenPromotionOut]
    amounts: TotalsOut | None
    needs_shipping: bool
    reservation: ReservationOut | None
    notices: list[NoticeOut]
    forms: list[SectionOut]
    destinations: list[DestinationOut]
    lines: list[CartLineOut]


class CartGoneOut(Answer):
    """The cart that is no more."""

    deleted: int


class DeletionOut(Answer):
    """The carts that are no more, and those that were not there for this caller."""

    deleted: list[int]
    missing: list[int]
