"""What the domain asks of a carrier, and what it may be told. No adapter is imported here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Result(StrEnum):
    """How a request ended, as far as we know."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The carrier decided no (no such service, too heavy, handed over, ...). Final: nothing happened under this key."""
    UNKNOWN = "unknown"
    """Time-out, cut, 5xx, 409, garbage: the label may have been sold. Never to be treated as failed; ask by the key."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the services of a carrier: how fast it says it is."""

    code: str
    name: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel comes from or goes to; a country is two letters."""

    name: str
    country: str
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """A parcel as a carrier sees it. The weight is in grams, everything included."""

    weight_grams: int
    ship_from: Place
    ship_to: Place


@dataclass(frozen=True, slots=True)
class Rate:
    """What a service would cost for one parcel, in minor units of the carrier's currency."""

    service: str
    amount: int
    currency: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    One label to be bought.

    `key` is our idempotency key, made with the label. `merchant_reference` names the parcel, for people.
    """

    key: str
    service: str
    consignment: Consignment
    merchant_reference: str


@dataclass(frozen=True, slots=True)
class SoldLabel:
    """A label as it was sold: the carrier's reference of it, the parcel's number, what it cost, and the paper as PDF."""

    reference: str
    tracking_number: str
    amount: int
    currency: str
    document: bytes
    sold_at: datetime
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a request.

    `label` comes with a purchase that succeeded. `code` is a stable reason (unknown_service, too_heavy, handed_over, timeout,
    mismatch, ...), set whenever the result is not succeeded; `message` is for people. Both are short printable text.
    """

    result: Result
    label: SoldLabel | None
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parcels that a carrier has taken over at once: `key` is our idempotency key, `references` are those of their labels."""

    key: str
    references: Sequence[str]


@dataclass(frozen=True, slots=True)
class ManifestAnswer:
    """
    What became of a manifest: the carrier's reference of it where it is closed.

    `code` and `message` are as those of an Answer; refused, nothing of it is on a manifest.
    """

    result: Result
    reference: str | None
    code: str | None
    message: str | None


class Carrier(Protocol):
    """A carrier, asked in sets. None of these ever raises for a member: whatever is unclear is UNKNOWN for that member alone."""

    def services(self) -> list[Service] | Answer:
        """Ask which services there are. An UNKNOWN answer: it could not be asked."""
        ...

    def rates(self, consignments: Sequence[Consignment]) -> list[list[Rate] | Answer]:
        """Ask what each would cost, by every service that takes it; nothing is bought."""
        ...

    def buy(self, purchases: Sequence[Purchase]) -> list[Answer]:
        """
        Buy these labels; one answer each, in the order asked.

        Asking again with the same key is safe for as long as the carrier remembers keys.
        """
        ...

    def find(self, purchases: Sequence[Purchase]) -> list[Answer | None]:
        """
        Ask what became of these purchases, each sent before; one answer each, in the order asked. Nothing is done.

        None: no trace of it is found, and for as long as the carrier remembers keys it may be sent again: it has one effect,
        whatever became of the first. An UNKNOWN answer: the carrier could not be asked.
        """
        ...

    def void(self, references: Sequence[str]) -> list[Answer]:
        """
        Give labels back, until the carrier has their parcels; one answer each, in the order asked.

        One that was given back before succeeds: to ask again is safe for ever. FAILED with `handed_over` once the carrier
        has the parcel: then the label is to be paid for.
        """
        ...

    def close_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer]:
        """
        Tell which parcels were handed over together, each on one manifest; one answer each, in the order asked.

        Asking again with the same key is safe for as long as the carrier remembers keys.
        """
        ...

    def find_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer | None]:
        """
        Ask what became of these manifests, each sent before; one answer each, in the order asked. Nothing is done.

        None: no trace of it is found, and it may be sent again. An UNKNOWN answer: the carrier could not be asked.
        """
        ...

    def close(self) -> None:
        """Let go of connections and threads. A carrier that is asked again opens new ones."""
        ...
