"""The gateway's side of the conversation, as bytes: what is asked, and how far an answer can be believed."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from fulfillment.payments.gateway.port import (
    REQUIRES_ACTION,
    Action,
    Answer,
    History,
    Operation,
    Request,
    Result,
    Transaction,
    TransactionKind,
)

MESSAGE_LENGTH = 500
MOST = 10**15  # Minor units; more money does not exist, and a counter of ours must hold the sum.


def _readable(value: object) -> object:
    """Messages are for people: keep what can be shown and stored (PostgreSQL takes no NUL)."""
    if isinstance(value, str):
        return "".join(letter for letter in value if letter.isprintable())[:MESSAGE_LENGTH]
    return value


Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Message = Annotated[str, BeforeValidator(_readable)]


class Status(StrEnum):
    """How an operation ended, by the gateway."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REQUIRES_ACTION = "requires_action"


class Operated(BaseModel):
    """What the gateway says of one operation."""

    model_config = ConfigDict(frozen=True)

    key: Word
    operation: Operation
    amount: Annotated[int, "minor units"]
    currency: Word
    status: Status
    reference: Word | None = None
    code: Word | None = None
    message: Message | None = None
    expires_at: AwareDatetime | None = None
    client_secret: Word | None = None
    url: Word | None = None


class Problem(BaseModel):
    """What the gateway says when it does not do as asked."""

    model_config = ConfigDict(frozen=True)

    code: Word
    detail: Message | None = None
    key: Word | None = None
    operation: Operated | None = None


class Moved(BaseModel):
    """What the gateway says of one transaction."""

    model_config = ConfigDict(frozen=True)

    kind: TransactionKind
    reference: Word
    key: Word | None = None
    amount: Annotated[int, Field(ge=1, le=MOST)]
    at: AwareDatetime


class Told(BaseModel):
    """What the gateway says of everything that happened to one authorization."""

    model_config = ConfigDict(frozen=True)

    reference: Word
    currency: Word
    merchant_reference: Message | None = None
    expires_at: AwareDatetime | None = None
    transactions: tuple[Moved, ...]


def path(request: Request) -> str:
    """Where to send a request. Raises ValueError for one that lacks its reference."""
    if request.operation is Operation.AUTHORIZE:
        return "/v1/authorizations"
    if not request.reference:
        raise ValueError(f"a {request.operation} needs the reference of its authorization")
    noun = {Operation.CAPTURE: "captures", Operation.VOID: "voids", Operation.REFUND: "refunds"}[request.operation]
    return f"/v1/authorizations/{quote(request.reference, safe='')}/{noun}"


def body(request: Request) -> dict[str, object]:
    """What to send. Raises ValueError for an authorization without a token."""
    sent: dict[str, object] = {
        "amount": request.amount,
        "currency": request.currency,
        "merchant_reference": request.merchant_reference,
    }
    if request.operation is Operation.AUTHORIZE:
        if not request.token:
            raise ValueError("an authorization needs a token")
        sent["token"] = request.token
    return sent


def read_sent(request: Request, status: int, content: bytes) -> Answer:
    """What an answer to a request says; unknown unless it speaks, beyond doubt, of this very request."""
    operated = _operated(status, content)
    if isinstance(operated, Answer):
        return operated
    asked = (request.key, request.operation, request.amount, request.currency)
    if (operated.key, operated.operation, operated.amount, operated.currency) != asked:
        return unknown("mismatch", f"The gateway answered about something else, with status {status}.")
    return _believed(operated)


def read_found(request: Request, status: int, content: bytes) -> Answer | None:
    """What an answer to a question by key says of the request that had it; None only when the gateway itself says that it knows no such key."""
    if status == 404:  # noqa: PLR2004
        problem = _problem(content)
        # A 404 of a wrong address, or of something between us, must not pass for "never happened".
        if problem is not None and problem.code == "no_such_operation" and problem.key == request.key:
            return None
        return unknown("http_404", "The address answered that it knows no such page.")
    return read_sent(request, status, content)


def read_history(reference: str, status: int, content: bytes) -> History | Answer:
    """What an answer to the question for a history says; refused only when the gateway itself knows no such authorization."""
    if status == 200:  # noqa: PLR2004
        try:
            told = Told.model_validate_json(content, strict=True)
        except ValidationError:
            return unknown("unreadable", "The history could not be understood.")
        if told.reference != reference:
            return unknown("mismatch", "The gateway told of another authorization.")
        moved = (Transaction(each.kind, each.reference, each.key, each.amount, each.at) for each in told.transactions)
        return History(told.reference, told.currency, told.merchant_reference, tuple(moved), told.expires_at)
    problem = _problem(content)
    if problem is None:
        return unknown(f"http_{status}", f"The gateway answered with status {status}.")
    if status == 404 and problem.code == "no_such_authorization":  # noqa: PLR2004
        return refused(problem.code, problem.detail)
    return unknown(problem.code, problem.detail)


def refused(code: str, message: str | None) -> Answer:
    """No money moved, and the same request will never move any."""
    return Answer(Result.FAILED, None, code, message and message[:MESSAGE_LENGTH])


def unknown(code: str, message: str | None) -> Answer:
    """The money may have moved."""
    return Answer(Result.UNKNOWN, None, code, message and message[:MESSAGE_LENGTH])


def _operated(status: int, content: bytes) -> Operated | Answer:
    """
    The operation that an answer speaks of.

    200, 201 and 202 (the customer is next) carry it; a refusal (402, 404, 422) is a problem with the refused operation inside. A request that the
    gateway cannot understand (400 `invalid_request`) is refused for good: it will not understand it tomorrow. A 409 is a
    twin of the request that is still running, and any other 4xx without an operation did not get as far as a decision.
    """
    if status in {200, 201, 202}:
        try:
            return Operated.model_validate_json(content, strict=True)
        except ValidationError:
            return unknown("unreadable", f"The answer, with status {status}, could not be understood.")
    problem = _problem(content)
    if problem is None:
        return unknown(f"http_{status}", f"The gateway answered with status {status}.")
    if status in {402, 404, 422} and problem.operation is not None and problem.operation.status is Status.FAILED:
        return problem.operation
    if status == 400 and problem.code == "invalid_request":  # noqa: PLR2004
        return refused(problem.code, problem.detail)
    return unknown(problem.code, problem.detail)


def _problem(content: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(content, strict=True)
    except ValidationError:
        return None


def _believed(operated: Operated) -> Answer:
    if operated.status is Status.SUCCEEDED:
        if operated.reference is None:
            return unknown("unreadable", "The gateway agreed, but gave no reference.")
        return Answer(Result.SUCCEEDED, operated.reference, None, None, _expiry(operated))
    if operated.status is Status.REQUIRES_ACTION:
        action = Action(operated.client_secret, operated.url)
        return Answer(Result.UNKNOWN, operated.reference, REQUIRES_ACTION, operated.message, action=action)
    return Answer(Result.FAILED, operated.reference, operated.code or "refused", operated.message)


def _expiry(operated: Operated) -> datetime | None:
    """When an authorization ends by itself; no other operation does."""
    if operated.operation is not Operation.AUTHORIZE or operated.expires_at is None:
        return None
    return operated.expires_at.astimezone(UTC)
