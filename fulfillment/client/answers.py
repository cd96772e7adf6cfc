"""What is answered, as far as a shop needs it. What an answer holds beyond it is left out, so that it may grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (pence, cents; whole units where the currency has none)."""

    amount: int
    currency: str

    def as_json(self) -> dict[str, Any]:
        """Write it as it is sent."""
        return {"amount": self.amount, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold; `available` is how many pieces can be had now."""

    sku: str
    name: str
    description: str
    price: Money | None
    needs_shipping: bool
    when_short: str
    active: bool
    available: int


@dataclass(frozen=True, slots=True)
class Promise:
    """From which day on `quantity` pieces can be promised; None: nobody knows."""

    sku: str
    quantity: int
    available: int
    promised_on: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was just placed."""

    number: str
    status: str
    payment_status: str
    total: Money


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of one product in a shipment."""

    sku: str
    name: str
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Shipment:
    """What goes to one address together."""

    number: str
    status: str
    status_since: str
    tracking_number: str | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order in a list."""

    number: str
    status: str
    payment_status: str
    total: Money
    placed_at: str


@dataclass(frozen=True, slots=True)
class Order(OrderSummary):
    """An order with its shipments."""

    version: int
    shipments: list[Shipment]


@dataclass(frozen=True, slots=True)
class Payment:
    """What pays for an order; `declined` is why it does not."""

    id: int
    status: str
    amount: Money
    declined: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """What a command led to."""

    id: int
    status: str
    problems: list[Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that is told of events; its secret is known to whoever made it alone."""

    id: int
    url: str
    events: list[str]
    status: str
    disabled_because: str | None


@dataclass(frozen=True, slots=True)
class EndpointWithSecret(Endpoint):
    """An endpoint that was just made, or whose secret was just changed."""

    secret: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint, and what came of it."""

    id: int
    webhook_id: str
    event: str
    order: str | None
    status: str
    attempts: int
    answered: int | None


def read(kind: type[Answer], said: Mapping[str, Any]) -> Answer:
    """Make an answer of what was said."""
    hints = _hints(kind)
    return kind(**{name: _value(hint, said[name]) for name, hint in hints.items()})


def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _value(hint: Any, said: Any) -> Any:
    if said is None:
        return None
    if get_origin(hint) is list:
        [inner] = get_args(hint)
        return [_value(inner, each) for each in said]
    inner = next((each for each in (hint, *get_args(hint)) if isinstance(each, type) and is_dataclass(each)), None)
    return said if inner is None else read(inner, said)
