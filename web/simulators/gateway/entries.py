"""What the gateway's books are told, and what stands in them."""

from dataclasses import dataclass
from typing import Any

from web.simulators.gateway.rules import Operation


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One operation as it was asked for. A void, and whatever is done at the desk, may leave the amount to the gateway: all of it.

    `at_desk`: not asked for by the merchant's system, but done by a person or a bank.
    """

    key: str
    fingerprint: str
    operation: Operation
    parent: str | None
    amount: int | None
    currency: str
    token: str
    merchant_reference: str
    at_desk: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One decision, as it stands in the journal. `at`, and `expires` of an authorization, are in seconds since 1970.

    What expires is an entry too, with an empty key: nobody asked for it.
    """

    seq: int
    at: float
    key: str
    operation: Operation
    reference: str
    parent: str | None
    authorization: str
    amount: int
    currency: str
    outcome: str
    code: str | None
    merchant_reference: str
    expires: float | None
    at_desk: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """An authorization that waits for its customer. It comes into the journal with its decision."""

    reference: str
    at: float
    key: str
    fingerprint: str
    amount: int
    currency: str
    merchant_reference: str


def as_entry(row: tuple[Any, ...]) -> Entry:
    """Read a row of the journal. (SQLite tells no types: what stands in each column is the schema's word.)"""
    seq, at, key, operation, *rest = row
    rest[-1] = bool(rest[-1])  # SQLite keeps it as a number
    return Entry(seq, at, key, Operation(operation), *rest)
