"""Figures: how many orders are where, and how quickly they get on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.figures.read import AGES, last_hours, open_orders, queues
from web.access import ADMIN
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.figures import FiguresOut

noun = Noun("figures", "How many orders are where, and how quickly they get on.")


@noun.reads("/v1/figures", roles=(ADMIN,), answer=FiguresOut)
def show_figures(session: Session, call: Call) -> Reply:
    """
    Read the figures of this moment.

    Open orders by status and age; for each of the last 24 hours, how many orders were placed and how long it took those to be
    covered and completed; and the steps that are due.
    """
    hours = [asdict(hour) for hour in last_hours(session, at=call.at)]
    return Reply(
        {
            "at": moment(call.at),
            "ages_seconds": [int(age.total_seconds()) for age in AGES],
            "open_orders": [asdict(each) for each in open_orders(session, at=call.at)],
            "hours": [_shown(hour) for hour in hours],
            "queues": [asdict(each) for each in queues(session)],
        }
    )


def _shown(hour: dict[str, Any]) -> dict[str, Any]:
    counts = {name: hour[name] for name in ("placed", "covered", "completed", "canceled")}
    return {
        "begins_at": moment(hour["begins_at"]),
        **counts,
        "to_cover": _span(hour["covered_seconds"]),
        "to_complete": _span(hour["completed_seconds"]),
    }


def _span(seconds: tuple[float, float] | None) -> dict[str, float] | None:
    return None if seconds is None else {"half": seconds[0], "most": seconds[1]}
