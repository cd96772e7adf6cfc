"""Figures for operators."""

from __future__ import annotations

from web.schemas.base import Answer


class StandingOut(Answer):
    """Open orders of one status. `counts` go by age: one for each of `ages_seconds`, which is where it ends, and one for older ones."""

    status: str
    counts: list[int]


class SpanOut(Answer):
    """How many seconds it took half of them, and 95 percent of them."""

    half: float
    most: float


class HourOut(Answer):
    """The orders that were placed in an hour, and what has become of them by now."""

    begins_at: str
    placed: int
    covered: int
    completed: int
    canceled: int
    to_cover: SpanOut | None
    to_complete: SpanOut | None


class QueueOut(Answer):
    """Rows of one step that are due, and how long the oldest of them has waited."""

    step: str
    due: int
    oldest_seconds: float


class FiguresOut(Answer):
    """The figures of this moment: open orders by status and age, the last 24 hours, and what is due."""

    at: str
    ages_seconds: list[int]
    open_orders: list[StandingOut]
    hours: list[HourOut]
    queues: list[QueueOut]
