"""What all schemas share: nothing unknown, no number that is nearly an integer, every string bounded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from fulfillment.kernel.money import MOST_AMOUNT as MOST
from web.card_numbers import holds_card_number

MOST_PIECES: Final = 1_000_000
MOST_AMOUNT: Final = MOST
"""Minor units."""


class Sent(BaseModel):
    """What a client sends. A member nobody knows is an error, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What a client gets. Tests hold every real answer against it."""

    model_config = ConfigDict(extra="forbid")


def _written(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("date", "a date is written as 2026-01-31, a moment as 2026-01-31T12:00:00Z")
    return value


def _no_controls(text: str) -> str:
    if not text.isprintable() and any(ord(character) < 32 or ord(character) == 127 for character in text):  # noqa: PLR2004 - ASCII control characters
        raise PydanticCustomError("control_character", "must not hold control characters")
    return text


def _no_control_but_newline(text: str) -> str:
    _no_controls(text.replace("\n", " ").replace("\t", " "))
    return text


def no_card_number(text: str) -> str:
    """Give the text, or raise where it holds what looks like a card number."""
    if holds_card_number(text):
        raise PydanticCustomError("card_number", "looks like a card number, which must never be sent here")
    return text


SAYS_SOMETHING: Final = Field(json_schema_extra={"pattern": r"\S"})
"""What is cut off at both ends must leave something: a schema can only say that it is not all spaces."""

NO_OTHER_NAMES: Final = Field(json_schema_extra={"additionalProperties": False})
"""Of an object whose names follow a pattern: without a word a schema takes all others too."""

# Free text, of one line or of several.
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    SAYS_SOMETHING,
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, strip_whitespace=True),
    SAYS_SOMETHING,
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
Note = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True),
    SAYS_SOMETHING,
    AfterValidator(_no_control_but_newline),
    AfterValidator(no_card_number),
]
# What stands for a card. Longer ones the gateway does not understand, and what it does not understand it never decides.
Token = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    SAYS_SOMETHING,
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
# Names by which something is known, here or elsewhere.
Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    AfterValidator(no_card_number),
]
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
# What stands on an article or on a label, a tracking number or a barcode: no check for card numbers (web/card_numbers.py).
Sku = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_no_controls)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_no_controls)]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
# What somebody types to find something; how much is enough is for whoever looks for it to say.
Fragment = Annotated[
    str,
    StringConstraints(max_length=254, strip_whitespace=True),
    AfterValidator(_no_controls),
    AfterValidator(no_card_number),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

# Strict: 1.0, "1" and true are no integers here.
Pieces = Annotated[int, Field(strict=True, ge=1, le=MOST_PIECES)]
Amount = Annotated[int, Field(strict=True, ge=0, le=MOST_AMOUNT)]
Id = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
Flag = Annotated[bool, Field(strict=True)]

Day = Annotated[date, BeforeValidator(_written), Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]

# In a query everything is text.
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(max_length=200)]


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def expect_means(method: str, token: str | None, reference: str | None) -> None:
    """Raise a fault where a card has neither token nor reference, or both, and where another method has either."""
    if method == "card" and token is None and reference is None:
        raise PydanticCustomError("token", "a card needs the gateway's token, or the reference of its authorization")
    if method != "card" and token is not None:
        raise PydanticCustomError("token", "only a card has a token")
    if method != "card" and reference is not None:
        raise PydanticCustomError("reference", "money to be received has no reference yet: record it when it came")
    if token is not None and reference is not None:
        raise PydanticCustomError("token", "a card is authorized by a token, or was authorized by reference: not both")


class Money(Sent):
    """An amount in minor units (cents, pence; whole units where the currency has none) of a currency."""

    amount: Amount
    currency: Currency


class MoneyOut(Answer):
    """An amount in minor units of a currency."""

    amount: int
    currency: str


class Address(Sent):
    """Where something goes. It is copied into the order: changing it elsewhere does not change it there."""

    name: Text
    line1: Text
    line2: Text | None = None
    city: ShortText
    region: ShortText | None = None
    postal_code: ShortText | None = None
    country: Country


class AddressOut(Answer):
    """Where something goes."""

    name: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str


class CustomerOut(Answer):
    """Who bought, as the order keeps it."""

    name: str | None
    email: str | None


class Page(Sent):
    """How much of a list, and from where on: `cursor` comes from the `next` link of the page before."""

    limit: Limit = 50
    cursor: Cursor | None = None


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]


def money(amount: int, currency: str) -> dict[str, Any]:
    """Write an amount as it is answered."""
    return {"amount": amount, "currency": currency}


def day(on: date | None) -> str | None:
    """Write a calendar day as it is answered."""
    return None if on is None else on.isoformat()


def moment(at: datetime | None) -> str | None:
    """Write a time as it is answered: RFC 3339, UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
