"""What the domain asks of a payment gateway, and what it may be told. No adapter is imported here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from fulfillment.kernel.immutable import immutable


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


@immutable
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


REQUIRES_ACTION: Final = "requires_action"
"""The code of an authorization that waits for the customer: undecided, until they have acted or their time is over."""


@immutable
class Action:
    """What the customer has to do: a storefront confirms with the secret in its own page, or sends them to the address."""

    client_secret: str | None
    url: str | None


@immutable
class Answer:
    """
    What became of a request.

    `reference` is the gateway's id of what was done; set whenever the result is succeeded. `code` is a stable reason
    (card_declined, over_capture, timeout, mismatch, ...), set whenever it is not. `message` is for people. All three
    are short printable text, safe to store. `expires_at` comes with an authorization that does not last for ever.
    `released` comes with a capture: minor units of the authorization that the gateway let go with it, because it captures
    only once.
    """

    result: Result
    reference: str | None
    code: str | None
    message: str | None
    expires_at: datetime | None = None
    action: Action | None = None
    released: int = 0


AUTHORIZATION_EXPIRED: Final = "authorization_expired"
"""The code by which every adapter refuses a capture or a void of an authorization whose time is over."""


class TransactionKind(StrEnum):
    """What may happen to money at a gateway: what is asked of it, and what nobody of ours asks for."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    EXPIRE = "expire"
    """What was still open of an authorization ran out."""
    CHARGEBACK = "chargeback"
    """The customer's bank took captured money back."""
    CHARGEBACK_REVERSED = "chargeback_reversed"
    """The bank gave it again."""


@immutable
class Transaction:
    """
    Money that moved at the gateway; what was refused or is not decided is none.

    `reference` is the gateway's id of it. `key` is the key that we asked for it with; None where the gateway tells of none:
    it was asked for elsewhere (at the gateway's own desk, by a storefront, by a bank), or the gateway keeps no keys. `amount`
    is in minor units of the authorization's currency. `by_capture`: a void that came with a capture, asked for by nobody.
    """

    kind: TransactionKind
    reference: str
    key: str | None
    amount: int
    at: datetime
    by_capture: bool = False


@immutable
class History:
    """
    Everything that happened to one authorization, in the order in which it happened.

    `reference` is the one asked about. `merchant_reference` is what it was made for, as far as the gateway knows.
    """

    reference: str
    currency: str
    merchant_reference: str | None
    transactions: tuple[Transaction, ...]
    expires_at: datetime | None = None


@immutable
class Hint:
    """
    An event that a gateway tells of by itself. It only says where to look: what happened is asked.

    `id` is the event's own, the same however often it is told; at most 200 printable characters. `order_number` is what the
    authorization was made for; `key` is ours, where the event is of something that we asked for. None: it does not say.
    """

    id: str
    order_number: str | None
    key: str | None


class EventReader(Protocol):
    """What reads the events of one gateway."""

    def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Hint:
        """Give what an event hints at. Raises NotSigned where its signature or its time is wrong."""
        ...


class Gateway(Protocol):
    """A payment gateway, asked in sets."""

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """
        Ask for these operations; one answer each, in the order asked.

        Never raises for a member: whatever is unclear is UNKNOWN for that member alone. Sending a request again with
        the same key is safe for as long as the gateway remembers keys.
        """
        ...

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """
        Ask what became of these requests, each sent before; one answer each, in the order asked. Nothing is done.

        None: no trace of it is found, and for as long as the gateway remembers keys the same request may be sent again:
        it has one effect, whatever became of the first. An UNKNOWN answer: the gateway could not be asked.
        """
        ...

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """
        Ask for everything that happened to these authorizations; one answer each, in the order asked.

        Never raises for a member. A FAILED answer: the gateway says for sure that it knows no such authorization. An
        UNKNOWN answer: it could not be asked, or keeps no books.
        """
        ...

    def close(self) -> None:
        """Let go of connections and threads. A gateway that is asked again opens new ones."""
        ...
