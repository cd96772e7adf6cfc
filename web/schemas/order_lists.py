"""Lists of orders: what they are narrowed to, and their columns. (FI1 to FI8)"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.orders.filter import Created
from web.schemas.base import Answer, Code, CustomerOut, Fragment, MoneyOut, Page, Sent

ListedStatus = Literal["open", "draft", "in_progress", "on_hold", "partially_shipped", "completed", "canceled"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _first_moment(sent: Any) -> Any:
    """Read a day as its first moment in UTC; anything else is left to be read as a moment."""
    if not (isinstance(sent, str) and _DAY.fullmatch(sent)):
        return sent
    try:
        return datetime.fromisoformat(sent).replace(tzinfo=UTC)
    except ValueError:
        raise PydanticCustomError("day", "there is no such day") from None


def _moment_after(sent: Any) -> Any:
    """Read a day as the first moment that no longer belongs to it."""
    first = _first_moment(sent)
    try:
        return first + timedelta(days=1) if first is not sent else sent
    except OverflowError:
        raise PydanticCustomError("day", "there is no day after it") from None


class OrdersFilter(Sent):
    """
    What a list of orders is narrowed to; all that is given counts, and what is left out leaves everything in.

    `number`, `name` (of a form), `customer_name` and `q` match in part, ignoring case, and need three characters in a row;
    `%` stands for any characters, and is the only wildcard. `q` searches number, customer name, SKU and name of an item, and the
    customer's e-mail address as a whole; `email` (or `customer_email`) matches as a whole alone. `status` and `market` may be
    given several times; `open` is what is not finished. `created_from` and `created_to` are days of UTC, both included, or
    moments, of which `created_to` is left out; `created` is a stretch that ends today. What is archived is left out, unless
    `archived` is `true` (it alone) or `any`.
    """

    number: Fragment | None = None
    name: Fragment | None = None
    customer_name: Fragment | None = None
    q: Fragment | None = None
    email: Fragment | None = None
    customer_email: Fragment | None = None
    status: Annotated[list[ListedStatus], Field(max_length=20, default_factory=list)]
    market: Annotated[list[Code], Field(max_length=100, default_factory=list)]
    archived: Literal["true", "false", "any"] = "false"
    created: Created | None = None
    created_from: Annotated[AwareDatetime, BeforeValidator(_first_moment)] | None = None
    created_to: Annotated[AwareDatetime, BeforeValidator(_moment_after)] | None = None

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if self.created is not None and (self.created_from is not None or self.created_to is not None):
            raise PydanticCustomError("created", "send either created, or created_from and created_to")
        if self.email is not None and self.customer_email is not None:
            raise PydanticCustomError("email", "email and customer_email are the same: send one")
        return self


COLUMNS: Final = (
    "number",
    "name",
    "status",
    "underlying_status",
    "payment_status",
    "market",
    "reference",
    "customer",
    "total",
    "placed_at",
    "customer_name",
    "customer_email",
    "invoice_number",
    "priority",
    "covered_at",
    "completed_at",
    "canceled_at",
)
SHOWN_BY_DEFAULT: Final = COLUMNS[: COLUMNS.index("placed_at") + 1]


def _known_columns(sent: str) -> str:
    names = sent.split(",")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise PydanticCustomError(
            "unknown_column",
            "there is no column {unknown}; the columns are {known}",
            {"unknown": unknown[0][:40] or "without a name", "known": ", ".join(COLUMNS)},
        )
    return sent


class OrdersQuery(OrdersFilter, Page):
    """
    A page of a list of orders. `columns` are those to show, with commas between them; `number` is always among them.

    A page may be shorter than `limit` where filling it would take too long: as long as there is a `next`, there may be more.
    """

    columns: Annotated[str, StringConstraints(max_length=400), AfterValidator(_known_columns)] | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        if self.columns is None:
            return SHOWN_BY_DEFAULT
        chosen = {"number", *self.columns.split(",")}
        return tuple(name for name in COLUMNS if name in chosen)


class OrderRowOut(Answer):
    """An order as a list shows it: the columns that were chosen. `name` is that of its first form."""

    number: str
    name: str | None = None
    status: str | None = None
    underlying_status: str | None = None
    payment_status: str | None = None
    market: str | None = None
    reference: str | None = None
    customer: CustomerOut | None = None
    total: MoneyOut | None = None
    placed_at: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    invoice_number: str | None = None
    priority: int | None = None
    covered_at: str | None = None
    completed_at: str | None = None
    canceled_at: str | None = None


class OrdersOut(Answer):
    """A page of orders, the latest first."""

    orders: list[OrderRowOut]
    next: str | None
