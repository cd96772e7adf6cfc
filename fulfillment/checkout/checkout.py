"""What an order is made of, before it is one. Amounts are minor units of the market's currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fulfillment.kernel.immutable import immutable
from fulfillment.promotions.evaluate import Applied


@immutable
class Destination:
    """Where items go, by which method, and what that costs. An order may have several (ST5, AD4); lines name the `key`."""

    ship_to: Mapping[str, Any] | None = None
    shipping_method: str | None = None
    shipping: int = 0
    key: str = ""


@immutable
class CheckoutForm:
    """A section of an order with details of its own (ST2). `discount` is taken from its lines alone; they name the `key`."""

    name: str | None = None
    contact: Mapping[str, Any] | None = None
    bill_to: Mapping[str, Any] | None = None
    reference: str | None = None
    discount: int = 0
    key: str = ""


@immutable
class LinePart:
    """Pieces of a line that go to one destination, named by its key (ST5, AD3, AD5)."""

    quantity: int
    destination: str = ""
    gift: bool = False
    gift_message: str | None = None


@immutable
class CheckoutLine:
    """
    A SKU times a quantity. `discount` and `tax` are of the whole line, `price` of a piece.

    Without a `price` the catalog's is taken; `price_by` is who overrode that (LI2). A `manual` line is a charge that is no
    product: it needs name and price. `form` is the key of its form. Without `parts` all of it goes to the destination without
    a key. `options` are what was chosen with it (LI3). `position` names the line for as long as it is there; the first has 1. `promotion` is the code that
    brought it (LI4).
    """

    sku: str
    quantity: int
    price: int | None = None
    name: str | None = None
    manual: bool = False
    discount: int = 0
    tax: int = 0
    form: str = ""
    parts: Sequence[LinePart] = ()
    options: Mapping[str, str] | None = None
    price_by: str | None = None
    position: int | None = None
    promotion: str | None = None

    @property
    def all_parts(self) -> Sequence[LinePart]:
        """How its quantity is split; one part where nothing was said."""
        return self.parts or (LinePart(self.quantity),)


@immutable
class CheckoutPayment:
    """
    A card, by the gateway's token, or by its `reference` of an authorization that the storefront made itself.

    Without an `amount` the only payment takes the whole total.
    """

    token: str | None
    amount: int | None = None
    reference: str | None = None


@immutable
class Checkout:
    """
    Everything an order is made of. `discount` and `tax` are the order's, beside those of its forms and lines.

    `codes` are the promotion codes that were entered, `promotions` what they gave, None until that was worked out. `last_position` is the highest position that was ever given to a line:
    none is given twice, so that a position never comes to name another line.
    """

    market: str
    lines: Sequence[CheckoutLine]
    payments: Sequence[CheckoutPayment] = ()
    forms: Sequence[CheckoutForm] = (CheckoutForm(),)
    destinations: Sequence[Destination] = (Destination(),)
    customer_name: str | None = None
    customer_email: str | None = None
    customer_id: int | None = None
    reference: str | None = None
    discount: int = 0
    tax: int = 0
    priority: int = 0
    codes: Sequence[str] = ()
    promotions: Sequence[Applied] | None = None
    last_position: int = 0

    @property
    def shipping(self) -> int:
        """What shipping costs in all."""
        return sum(each.shipping for each in self.destinations)
