"""Markets: their currency, and how their orders are treated."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.catalog.hold_rules import HoldRule, rules_from
from fulfillment.catalog.markets import NewMarket
from fulfillment.catalog.models import ReturnShipping, Turn
from fulfillment.kernel.money import is_currency
from web.schemas.base import Amount, Answer, Code, Currency, Flag, Pieces, Sent, Text

PaymentMethod = Literal["card", "manual"]
_Domain = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[^@\s]+$", to_lower=True)]


class TotalOverIn(Sent):
    """Hold an order that costs more than `amount`, in minor units of the market's currency."""

    kind: Literal["total_over"]
    amount: Amount
    reason: Text


class AddressesDifferIn(Sent):
    """Hold an order of which something goes to an address that is no billing address of it."""

    kind: Literal["addresses_differ"]
    reason: Text


class QuantityOverIn(Sent):
    """Hold an order of more than `quantity` pieces of one SKU."""

    kind: Literal["quantity_over"]
    quantity: Pieces
    reason: Text


class EmailDomainIn(Sent):
    """Hold an order of a customer whose e-mail address is in one of these domains."""

    kind: Literal["email_domain"]
    domains: Annotated[list[_Domain], Field(min_length=1, max_length=200)]
    reason: Text


HoldRuleIn = Annotated[
    TotalOverIn | AddressesDifferIn | QuantityOverIn | EmailDomainIn,
    Field(discriminator="kind"),
]


class SourceByIn(Sent):
    """A rule of sourcing. `nearest` goes by country, region and postal code of the warehouse and the address."""

    by: Literal["priority", "nearest", "most_stock", "fewest_parcels"]


class SourceByPreferredIn(Sent):
    """These warehouses first, in this order."""

    by: Literal["preferred"]
    warehouses: Annotated[list[Code], Field(min_length=1, max_length=50)]


SourcingRuleIn = Annotated[SourceByIn | SourceByPreferredIn, Field(discriminator="by")]


def _rules_once(rules: list[SourcingRuleIn]) -> list[SourcingRuleIn]:
    if len({rule.by for rule in rules}) < len(rules):
        raise PydanticCustomError("named_twice", "a rule is named twice")
    return rules


def _is_known(currency: str) -> str:
    if not is_currency(currency):
        raise PydanticCustomError("no_currency", "there is no such currency (ISO 4217)")
    return currency


def _each_once(methods: list[PaymentMethod]) -> list[PaymentMethod]:
    if len(set(methods)) < len(methods):
        raise PydanticCustomError("named_twice", "a method is named twice")
    return methods


_Unpaid = Annotated[int, Field(strict=True, ge=1, le=31_536_000)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=86_400)]
_Kept = Annotated[int, Field(strict=True, ge=1, le=315_360_000)]
_Rate = Annotated[int, Field(strict=True, ge=0, le=10_000)]
_SilentDays = Annotated[int, Field(strict=True, ge=0, le=365)]
_Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
_SomeDays = Annotated[int, Field(strict=True, ge=1, le=3650)]
_Methods = Annotated[list[PaymentMethod], Field(max_length=2), AfterValidator(_each_once)]
_Rules = Annotated[list[HoldRuleIn], Field(max_length=50)]
SourcingIn = Annotated[list[SourcingRuleIn], Field(max_length=5), AfterValidator(_rules_once)]
SplitsName = Literal["never", "warehouses", "available"]


class MarketIn(Sent):
    """
    A place of business.

    Orders that nobody pays are canceled after `unpaid_after_seconds`; carts that nobody touches are forgotten after
    `carts_kept_seconds` (90 days), wish lists never; a cart that is reserved holds its pieces for `reserves_for_seconds`. `tax_rate` is the flat rate of orders that customer service enters, in
    basis points: 2000 is 20 percent. Payments are added by one of `payment_methods`. Of several payments of an
    order, `capture_order` says which are taken from first, and `refund_order` which give back first. `hold_rules` put an order
    on hold as it is placed, one hold per reason.

    `sourcing` chooses the warehouse of a shipment: the first rule by which two differ decides, at last their priority.
    `splits` says what becomes of a shipment that no warehouse can fill: `never` (it waits, whole), `warehouses` (shared over
    those that have it together) or `available` (what is there ships, the rest waits). Where a market `fills_greedily`, later
    shipments may take what an earlier one that is still short waits for.

    Customers are told by e-mail that a parcel was delivered where a market `mails_delivery`, and that one is in trouble where it
    `mails_delivery_problems`. A parcel of which its carrier tells nothing for `parcels_silent_after_days` needs a person (0: never).

    Goods come back within `return_days` of their delivery (0: never), where `returns_by_storefront` also without customer
    service; what was announced is waited for `return_expires_days`. `return_fee` is kept of what they cost, in basis points,
    unless it was our fault. `return_shipping` is paid back `never`, with the `whole_order`, or where it is `our_fault`.
    Where `exchanges_goods_first`, what goes out for an exchange may go before the other goods are back.
    """

    code: Code
    name: Text
    currency: Annotated[Currency, AfterValidator(_is_known)]
    releases_automatically: Flag = False
    unpaid_after_seconds: _Unpaid = 86_400
    carts_kept_seconds: _Kept = 7_776_000
    reserves_for_seconds: Seconds = 600
    tax_rate: _Rate = 0
    payment_methods: _Methods = Field(default=["card", "manual"])
    capture_order: Turn = Turn.OLDEST_FIRST
    refund_order: Turn = Turn.NEWEST_FIRST
    hold_rules: _Rules = Field(default_factory=list)
    sourcing: SourcingIn = Field(default_factory=list)
    splits: SplitsName = "never"
    fills_greedily: Flag = False
    mails_delivery: Flag = False
    mails_delivery_problems: Flag = False
    parcels_silent_after_days: _SilentDays = 7
    return_days: _Days = 30
    return_expires_days: _SomeDays = 30
    return_fee: _Rate = 0
    return_shipping: ReturnShipping = ReturnShipping.OUR_FAULT
    returns_by_storefront: Flag = False
    exchanges_goods_first: Flag = False

    def as_market(self) -> NewMarket:
        """Give what the domain takes."""
        return NewMarket(**self.model_dump(exclude={"hold_rules"}), hold_rules=_rules(self.hold_rules))


class MarketChangeIn(Sent):
    """What is to be changed of a market; what is left out stays. Code and currency never change."""

    name: Text | None = None
    releases_automatically: Flag | None = None
    unpaid_after_seconds: _Unpaid | None = None
    carts_kept_seconds: _Kept | None = None
    reserves_for_seconds: Seconds | None = None
    tax_rate: _Rate | None = None
    payment_methods: _Methods | None = None
    capture_order: Turn | None = None
    refund_order: Turn | None = None
    hold_rules: _Rules | None = None
    sourcing: SourcingIn | None = None
    splits: SplitsName | None = None
    fills_greedily: Flag | None = None
    mails_delivery: Flag | None = None
    mails_delivery_problems: Flag | None = None
    parcels_silent_after_days: _SilentDays | None = None
    return_days: _Days | None = None
    return_expires_days: _SomeDays | None = None
    return_fee: _Rate | None = None
    return_shipping: ReturnShipping | None = None
    returns_by_storefront: Flag | None = None
    exchanges_goods_first: Flag | None = None

    @model_validator(mode="after")
    def _something(self) -> MarketChangeIn:
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("nothing_to_change", "name what is to be changed, and say what it becomes")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what the domain takes: what was sent, by name."""
        sent = self.model_dump(exclude_unset=True, exclude={"hold_rules"})
        return sent if self.hold_rules is None else sent | {"hold_rules": _rules(self.hold_rules)}


class HoldRuleOut(Answer):
    """A hold rule; which members it has depends on its kind."""

    kind: str
    reason: str
    amount: int | None = None
    quantity: int | None = None
    domains: list[str] | None = None


class SourcingRuleOut(Answer):
    """A rule of sourcing; `warehouses` for `preferred` alone."""

    by: str
    warehouses: list[str] | None = None


class MarketOut(Answer):
    """A place of business."""

    code: str
    name: str
    currency: str
    releases_automatically: bool
    unpaid_after_seconds: int
    carts_kept_seconds: int
    reserves_for_seconds: int
    tax_rate: int
    payment_methods: list[str]
    capture_order: str
    refund_order: str
    hold_rules: list[HoldRuleOut]
    sourcing: list[SourcingRuleOut]
    splits: str
    fills_greedily: bool
    mails_delivery: bool
    mails_delivery_problems: bool
    parcels_silent_after_days: int
    return_days: int
    return_expires_days: int
    return_fee: int
    return_shipping: str
    returns_by_storefront: bool
    exchanges_goods_first: bool


class MarketsOut(Answer):
    """A page of markets, by code."""

    markets: list[MarketOut]
    next: str | None


def _rules(sent: list[TotalOverIn | AddressesDifferIn | QuantityOverIn | EmailDomainIn]) -> list[HoldRule]:
    return rules_from(rule.model_dump() for rule in sent)
