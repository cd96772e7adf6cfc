"""What the carrier's books are told, and what stands in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A label as it was asked for, with what it costs, or the code by which it is refused. `asked` is the parcel, as JSON."""

    key: str
    fingerprint: str
    service: str
    weight_grams: int
    amount: int
    currency: str
    merchant_reference: str
    asked: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, as it stands in the journal: a sale, or that a label was given back. `at` is in seconds since 1970."""

    seq: int
    at: float
    key: str
    kind: str
    outcome: str
    code: str | None
    reference: str
    tracking_number: str | None
    service: str
    weight_grams: int
    amount: int
    currency: str
    merchant_reference: str
    asked: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was decided; `labels` are references, divided by blanks."""

    key: str
    reference: str | None
    code: str | None
    labels: str
    at: float
