"""What carts and drafts have in common, as it is answered: whose they are, sections, addresses, splits, amounts."""

from __future__ import annotations

from web.schemas.base import AddressOut, Answer, MoneyOut


class BuyerOut(Answer):
    """Who buys; `id` is the account, if any."""

    id: int | None
    name: str | None
    email: str | None


class ContactOut(Answer):
    """Whom to ask about a section of an order."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class SectionOut(Answer):
    """A section. `key` is null for the one of all lines that name none; `subtotal` is its lines less all discounts."""

    key: str | None
    name: str | None
    contact: ContactOut | None
    bill_to: AddressOut | None
    reference: str | None
    discount: MoneyOut
    subtotal: MoneyOut | None


class DestinationOut(Answer):
    """Where items go. `key` is null for the one of all lines that name none."""

    key: str | None
    ship_to: AddressOut | None
    shipping_method: str | None
    shipping: MoneyOut


class PartOut(Answer):
    """Pieces of a line that go to one destination."""

    quantity: int
    destination: str | None
    gift: bool
    gift_message: str | None


class TotalsOut(Answer):
    """What it costs now: total = items - discount + shipping + tax."""

    items: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut
