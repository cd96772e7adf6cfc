"""The due dates of a subscription. Each is worked out from the first: the 31st comes back after a shorter month. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dateutil.relativedelta import relativedelta


class Unit(StrEnum):
    """What an interval counts."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every so many days, weeks or months from the first due date on; `ends_on` is the last day on which one may fall."""

    unit: Unit
    every: int
    starts_on: date
    ends_on: date | None = None

    def first_from(self, day: date) -> date | None:
        """Give the first due date on this day or later; None where the schedule ends before."""
        n = 0
        while (due := self._due(n)) < day:
            n += 1
        return due if self.ends_on is None or due <= self.ends_on else None

    def after(self, due: date) -> date | None:
        """Give the due date after this one; None where it was the last."""
        return self.first_from(due + relativedelta(days=1))

    def _due(self, n: int) -> date:
        steps = n * self.every
        days = steps * (7 if self.unit == Unit.WEEKS else 1)
        step = relativedelta(months=steps) if self.unit == Unit.MONTHS else relativedelta(days=days)
        due: date = self.starts_on + step
        return due
