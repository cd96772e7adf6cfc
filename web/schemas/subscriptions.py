"""Subscriptions: an order that is repeated on a schedule."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.subscriptions.schedule import Schedule, Unit
from web.schemas.base import Answer, Day, Page, Reference, Sent, Token

Times = Annotated[int, Field(strict=True, ge=1, le=1000)]


class EveryIn(Sent):
    """How often: so many days, weeks or months; one of the three."""

    days: Times | None = None
    weeks: Times | None = None
    months: Times | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(each is not None for each in (self.days, self.weeks, self.months)) != 1:
            raise PydanticCustomError("every", "say one of days, weeks, months")
        return self


class SubscriptionIn(Sent):
    """
    An order that is repeated at an interval, the first time on `starts_on`; no due date falls after `ends_on`.

    `token` is the gateway's, of the card that pays each time; without one each order waits for its payment.
    """

    order: Reference
    every: EveryIn
    starts_on: Day
    ends_on: Day | None = None
    token: Token | None = None

    def as_schedule(self) -> Schedule:
        """Give what the domain takes."""
        [(unit, times)] = self.every.model_dump(exclude_none=True).items()
        return Schedule(Unit(unit), times, self.starts_on, self.ends_on)


class ResumptionIn(Sent):
    """Go on; `from` leaves out the due dates before it."""

    from_day: Annotated[Day | None, Field(alias="from")] = None


class PauseIn(Sent):
    """Nothing is to be said about it."""


class EndIn(Sent):
    """Nothing is to be said about it."""


class SubscriptionsQuery(Page):
    """What the list is narrowed to."""

    status: Literal["active", "blocked", "paused", "ended"] | None = None
    order: Reference | None = None


class SubscriptionProblemOut(Answer):
    """Why the order could not be repeated when it was due."""

    code: str
    reason: str
    remedy: str | None
    due_on: str


class SubscriptionOrderOut(Answer):
    """The order that was made for a due date."""

    due_on: str
    order: str
    placed_at: str


class SubscriptionOut(Answer):
    """A subscription. `blocked`: a person must look at the `problem`; resumed, it tries the same due date again."""

    id: int
    order: str
    status: str
    every: dict[str, int]
    starts_on: str
    ends_on: str | None
    next_due: str | None
    paid_by_card: bool
    problem: SubscriptionProblemOut | None
    orders: list[SubscriptionOrderOut]
    created_at: str
    created_by: str


class SubscriptionsOut(Answer):
    """A page of subscriptions, by id."""

    subscriptions: list[SubscriptionOut]
    next: str | None
