"""Due dates by the calendar."""

from datetime import date

import pytest

from fulfillment.subscriptions.schedule import Schedule, Unit


def _first(schedule: Schedule, count: int) -> list[str]:
    dates, due = [], schedule.first_from(schedule.starts_on)
    while due is not None and len(dates) < count:
        dates.append(due.isoformat())
        due = schedule.after(due)
    return dates


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (
            Schedule(Unit.MONTHS, 1, date(2028, 1, 31)),
            ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"],
        ),
        (
            Schedule(Unit.MONTHS, 12, date(2028, 2, 29)),
            ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
        ),
        (
            Schedule(Unit.WEEKS, 2, date(2026, 12, 24)),
            ["2026-12-24", "2027-01-07", "2027-01-21", "2027-02-04", "2027-02-18"],
        ),
        (Schedule(Unit.DAYS, 10, date(2026, 2, 20), date(2026, 3, 12)), ["2026-02-20", "2026-03-02", "2026-03-12"]),
    ],
)
def test_each_due_date_is_counted_from_the_first(schedule: Schedule, expected: list[str]) -> None:
    assert _first(schedule, 5) == expected


def test_the_first_from_a_day_on_is_that_day_itself_where_it_is_due() -> None:
    schedule = Schedule(Unit.MONTHS, 3, date(2026, 1, 15), date(2026, 12, 31))

    assert schedule.first_from(date(2025, 1, 1)) == date(2026, 1, 15)
    assert schedule.first_from(date(2026, 4, 15)) == date(2026, 4, 15)
    assert schedule.first_from(date(2026, 4, 16)) == date(2026, 7, 15)
    assert schedule.first_from(date(2026, 10, 16)) is None
