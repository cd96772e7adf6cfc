"""Carts and wish lists, as they are answered."""

from __future__ import annotations

from web.schemas.base import AddressOut, Answer, MoneyOut
from web.schemas.orders import ContactOut
from web.schemas.promotions import GivenPromotionOut


class CartCustomerOut(Answer):
    """Who collects; `id` is the account, if any."""

    id: int | None
    name: str | None
    email: str | None


class CartFormOut(Answer):
    """A section. `key` is null for the one of all lines that name none; `subtotal` is its lines less all discounts."""

    key: str | None
    name: str | None
    contact: ContactOut | None
    bill_to: AddressOut | None
    reference: str | None
    discount: MoneyOut
    subtotal: MoneyOut | None


class CartDestinationOut(Answer):
    """Where items go. `key` is null for the one of all lines that name none."""

    key: str | None
    ship_to: AddressOut | None
    shipping_method: str | None
    shipping: MoneyOut


class CartPartOut(Answer):
    """Pieces of a line that go to one destination."""

    quantity: int
    destination: str | None
    gift: bool
    gift_message: str | None


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
    split: list[CartPartOut]


class CartAmountsOut(Answer):
    """What a cart costs now: total = items - discount + shipping + tax. Lines that cannot be ordered are left out, and named."""

    items: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut


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
    customer: CartCustomerOut
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


class CartOut(CartSummaryOut):
    """A cart with all that is in it, priced with the catalog of now. Where nothing needs shipping no address is asked for."""

    codes: list[str]
    promotions: list[GivenPromotionOut]
    amounts: CartAmountsOut | None
    needs_shipping: bool
    notices: list[NoticeOut]
    forms: list[CartFormOut]
    destinations: list[CartDestinationOut]
    lines: list[CartLineOut]


class CartGoneOut(Answer):
    """The cart that is no more."""

    deleted: int


class DeletionOut(Answer):
    """The carts that are no more, and those that were not there for this caller."""

    deleted: list[int]
    missing: list[int]
