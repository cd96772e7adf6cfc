"""A draft as it is reviewed before it is placed."""

from __future__ import annotations

from typing import Any

from web.schemas.base import Answer, MoneyOut
from web.schemas.content_shown import BuyerOut, DestinationOut, PartOut, SectionOut, TotalsOut
from web.schemas.promotions import GivenPromotionOut


class DraftLineOut(Answer):
    """
    A line of a draft. `list_price` is what the catalog asks now, `price` what counts, `price_by` who set another price.

    `discount` is the line's own; `amount` is what it comes to with all discounts and its share of the tax.
    """

    position: int
    sku: str
    name: str
    manual: bool
    promotion: str | None
    options: dict[str, str] | None
    quantity: int
    needs_shipping: bool
    list_price: MoneyOut | None
    price: MoneyOut | None
    price_by: str | None
    discount: MoneyOut
    amount: MoneyOut | None
    form: str | None
    split: list[PartOut]


class ObstacleOut(Answer):
    """Why a draft cannot be placed yet, and the call that mends it. `names` is the line or the key it is about."""

    code: str
    reason: str
    call: str
    names: dict[str, Any]


class NoticeOut(Answer):
    """What could not be repeated as it was. `about` are the facts: the SKU, the price from and to."""

    code: str
    reason: str
    about: dict[str, Any]


class DraftOut(Answer):
    """
    A draft, reviewed: what would be placed, what it costs now, what still stands in the way, and what is to be known.

    `amounts` is null while something has no price. `needs_shipping` false: there is no shipping step. `ready`: nothing stands
    in the way of its placement.
    """

    number: str
    version: int
    market: str
    customer: BuyerOut
    reference: str | None
    priority: int
    entered_by: str
    repeats: str | None
    codes: list[str]
    promotions: list[GivenPromotionOut]
    lines: list[DraftLineOut]
    forms: list[SectionOut]
    destinations: list[DestinationOut]
    discount: MoneyOut
    amounts: TotalsOut | None
    needs_shipping: bool
    may_go_to_several_addresses: bool
    obstacles: list[ObstacleOut]
    notices: list[NoticeOut]
    ready: bool
