"""Hold rules: what a market has a person look at before an order of it moves on. Pure data; placing evaluates them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class TotalOver:
    """The order costs more than `amount`, in minor units of the market's currency."""

    reason: str
    amount: int


@dataclass(frozen=True, slots=True)
class AddressesDiffer:
    """Something goes to an address that is no billing address of the order."""

    reason: str


@dataclass(frozen=True, slots=True)
class QuantityOver:
    """More than `quantity` pieces of one SKU are ordered."""

    reason: str
    quantity: int


@dataclass(frozen=True, slots=True)
class EmailDomain:
    """The customer's e-mail address is in one of these domains (not: below one)."""

    reason: str
    domains: Sequence[str]


HoldRule = TotalOver | AddressesDiffer | QuantityOver | EmailDomain

_KINDS: Final[dict[str, type[HoldRule]]] = {
    "total_over": TotalOver,
    "addresses_differ": AddressesDiffer,
    "quantity_over": QuantityOver,
    "email_domain": EmailDomain,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def kind_of(rule: HoldRule) -> str:
    """Give the name of a rule's kind, as it is stored and shown."""
    return _NAMES[type(rule)]


def rules_from(documents: Iterable[Mapping[str, Any]]) -> list[HoldRule]:
    """Read what `documents_of` wrote."""
    return [_KINDS[each["kind"]](**{name: each[name] for name in each if name != "kind"}) for each in documents]


def documents_of(rules: Iterable[HoldRule]) -> list[dict[str, Any]]:
    """Write rules as they are stored: the kind, the reason and what belongs to the kind."""
    return [{"kind": kind_of(rule), **asdict(rule)} for rule in rules]
