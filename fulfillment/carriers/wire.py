"""The carrier's side of the conversation, as bytes: what is asked, and how far an answer can be believed."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from fulfillment.carriers.port import Answer, Consignment, Purchase, Rate, Result, Service, SoldLabel

MESSAGE_LENGTH: Final = 500
MOST: Final = 10**12  # Minor units; no label costs more.
PDF: Final = b"%PDF-"


def _readable(value: object) -> object:
    """Messages are for people: keep what can be shown and stored (PostgreSQL takes no NUL)."""
    if isinstance(value, str):
        return "".join(letter for letter in value if letter.isprintable())[:MESSAGE_LENGTH]
    return value


Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Readable = Annotated[str, BeforeValidator(_readable)]
Amount = Annotated[int, Field(ge=0, le=MOST)]
Days = Annotated[int, Field(ge=0, le=365)]


class Status(StrEnum):
    """What a carrier says of a purchase."""

    SOLD = "sold"
    VOIDED = "voided"
    FAILED = "failed"


class _Said(BaseModel):
    """Members that we do not know may be there: a carrier grows."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Sold(_Said):
    """A purchase, as the carrier tells it."""

    key: Word
    service: Code
    weight_grams: int
    status: Status
    code: Code | None = None
    message: Readable | None = None
    reference: Word | None = None
    tracking_number: Word | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    document: Annotated[str, Field(max_length=1_000_000)] | None = None
    at: AwareDatetime | None = None


class Problem(_Said):
    """A refusal, perhaps with the refused purchase inside."""

    code: Code
    detail: Readable | None = None
    key: Word | None = None
    reference: Word | None = None
    label: Sold | None = None


class Offered(_Said):
    """A service."""

    code: Code
    name: Readable
    days: Days | None = None


class Services(_Said):
    """All services."""

    services: Annotated[list[Offered], Field(max_length=200)]


class Priced(_Said):
    """What a service costs for a parcel."""

    service: Code
    amount: Amount
    currency: Currency
    days: Days | None = None


class Rates(_Said):
    """What each service costs for a parcel."""

    rates: Annotated[list[Priced], Field(max_length=200)]


def consignment(asked: Consignment) -> dict[str, Any]:
    """Give a parcel as the carrier reads it."""
    places = {"from": asked.ship_from, "to": asked.ship_to}
    written = {
        name: {key: value for key, value in asdict(place).items() if value is not None}
        for name, place in places.items()
    }
    return {"weight_grams": asked.weight_grams, **written}


def purchase(asked: Purchase) -> dict[str, Any]:
    """Give a purchase as the carrier reads it."""
    described = {"service": asked.service, "merchant_reference": asked.merchant_reference}
    return {**described, **consignment(asked.consignment)}


def read_services(status: int, content: bytes) -> list[Service] | Answer:
    """What an answer to the question for services says."""
    if status != 200:  # noqa: PLR2004
        return _unclear(status, content)
    try:
        told = Services.model_validate_json(content, strict=True)
    except ValidationError:
        return unknown("unreadable", "The services could not be understood.")
    return [Service(each.code, each.name, each.days) for each in told.services]


def read_rates(status: int, content: bytes) -> list[Rate] | Answer:
    """What an answer to the question for rates says; refused where the carrier cannot understand the parcel."""
    if status == 200:  # noqa: PLR2004
        try:
            told = Rates.model_validate_json(content, strict=True)
        except ValidationError:
            return unknown("unreadable", "The rates could not be understood.")
        return [Rate(each.service, each.amount, each.currency, each.days) for each in told.rates]
    problem = _problem(content)
    if status in {400, 422} and problem is not None:
        return refused(problem.code, problem.detail)
    return _unclear(status, content)


def read_bought(asked: Purchase, status: int, content: bytes) -> Answer:
    """
    What an answer to a purchase says; unknown unless it speaks, beyond doubt, of this very purchase.

    200 and 201 carry it; a refusal (422) is a problem with the refused purchase inside. What the carrier cannot understand
    (400 `invalid_request`) is refused for good: it will not understand it tomorrow. A 409 is a twin that is still running.
    """
    if status in {200, 201}:
        try:
            sold = Sold.model_validate_json(content, strict=True)
        except ValidationError:
            return unknown("unreadable", f"The answer, with status {status}, could not be understood.")
        return _believed(asked, sold, status)
    problem = _problem(content)
    if problem is not None and status == 422 and problem.label is not None and problem.label.status is Status.FAILED:  # noqa: PLR2004
        return _believed(asked, problem.label, status)
    if problem is not None and status == 400 and problem.code == "invalid_request":  # noqa: PLR2004
        return refused(problem.code, problem.detail)
    return _unclear(status, content)


def read_found(asked: Purchase, status: int, content: bytes) -> Answer | None:
    """What an answer to a question by key says of the purchase that had it; None only when the carrier itself says that it knows no such key."""
    if status == 404:  # noqa: PLR2004
        problem = _problem(content)
        # A 404 of a wrong address, or of something between us, must not pass for "never sold".
        if problem is not None and problem.code == "no_such_operation" and problem.key == asked.key:
            return None
        return unknown("http_404", "The address answered that it knows no such page.")
    return read_bought(asked, status, content)


def read_voided(reference: str, status: int, content: bytes) -> Answer:
    """What an answer to a void says; refused only when the carrier speaks of this very label."""
    if status in {200, 201}:
        try:
            sold = Sold.model_validate_json(content, strict=True)
        except ValidationError:
            return unknown("unreadable", f"The answer, with status {status}, could not be understood.")
        if sold.reference != reference or sold.status is not Status.VOIDED:
            return unknown("mismatch", f"The carrier answered about something else, with status {status}.")
        return Answer(Result.SUCCEEDED, None, None, None)
    problem = _problem(content)
    if problem is not None and status in {404, 422} and problem.reference == reference:
        return refused(problem.code, problem.detail)
    return _unclear(status, content)


def refused(code: str, message: str | None) -> Answer:
    """Nothing was sold or given back, and the same request never will be."""
    return Answer(Result.FAILED, None, code, message and message[:MESSAGE_LENGTH])


def unknown(code: str, message: str | None) -> Answer:
    """The label may have been sold, or given back."""
    return Answer(Result.UNKNOWN, None, code, message and message[:MESSAGE_LENGTH])


def _believed(asked: Purchase, sold: Sold, status: int) -> Answer:
    if (sold.key, sold.service, sold.weight_grams) != (asked.key, asked.service, asked.consignment.weight_grams):
        return unknown("mismatch", f"The carrier answered about something else, with status {status}.")
    if sold.status is Status.FAILED:
        return refused(sold.code or "refused", sold.message)
    label = _label(sold)
    if label is None:
        return unknown("unreadable", "The carrier sold a label, but its number, its price or its paper is missing.")
    return Answer(Result.SUCCEEDED, label, None, None)


def _label(sold: Sold) -> SoldLabel | None:
    if sold.reference is None or sold.tracking_number is None or sold.at is None:
        return None
    if sold.amount is None or sold.currency is None:
        return None
    try:
        document = base64.b64decode(sold.document or "", validate=True)
    except binascii.Error:
        return None
    if not document.startswith(PDF):
        return None
    return SoldLabel(
        reference=sold.reference,
        tracking_number=sold.tracking_number,
        amount=sold.amount,
        currency=sold.currency,
        document=document,
        sold_at=sold.at.astimezone(UTC),
        voided=sold.status is Status.VOIDED,
    )


def _unclear(status: int, content: bytes) -> Answer:
    problem = _problem(content)
    if problem is None:
        return unknown(f"http_{status}", f"The carrier answered with status {status}.")
    return unknown(problem.code, problem.detail)


def _problem(content: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(content, strict=True)
    except ValidationError:
        return None
