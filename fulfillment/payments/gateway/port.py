"""What the domain asks of a payment gateway, and what it may be told. No adapter is imported here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Operation(StrEnum):
    """What may be asked of a gateway."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Result(StrEnum):
    """How an operation ended, as far as we know."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The gateway decided no (declined, over-capture, ...). Final: nothing happened under this key."""
    UNKNOWN = "unknown"
    """Time-out, cut, 5xx, 409, garbage: the money may have moved. Never to be treated as failed; ask by the key."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    One operation to be asked for.

    `key` is our idempotency key, made with the attempt. `amount` is in minor units. `token` stands for the means of
    payment (authorize only). `reference` is the gateway's id of the authorization (capture, void), or of the
    authorization or one of its captures (refund). `merchant_reference` is the order number. A void names the whole
    open remainder as its amount: a gateway that knows of another remainder refuses it.
    """

    key: str
    operation: Operation
    amount: int
    currency: str
    token: str | None
    reference: str | None
    merchant_reference: str


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a request.

    `reference` is the gateway's id of what was done; set whenever the result is succeeded. `code` is a stable reason
    (card_declined, over_capture, timeout, mismatch, ...), set whenever it is not. `message` is for people. All three
    are short printable text, safe to store.
    """

    result: Result
    reference: str | None
    code: str | None
    message: str | None


class Gateway(Protocol):
    """A payment gateway, asked in sets."""

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """
        Ask for these operations; one answer each, in the order asked.

        Never raises for a member: whatever is unclear is UNKNOWN for that member alone. Sending a request again with
        the same key is safe for as long as the gateway remembers keys.
        """
        ...

    def find(self, keys: Sequence[str]) -> list[Answer | None]:
        """
        Ask what became of the operations sent with these keys; one answer each, in the order asked.

        None: the gateway says for sure that it never acted on this key. An UNKNOWN answer: it could not be asked.
        """
        ...

    def close(self) -> None:
        """Let go of connections and threads. A gateway that is asked again opens new ones."""
        ...
