"""Alarms: what has stood for longer than it should, and what to do about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.alarms.look import Alarm, alarms
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.alarms import AlarmsOut
from web.schemas.base import moment

noun = Noun("alarms", "What has stood for longer than it should.")


@noun.reads("/v1/alarms", roles=(CSR, ADMIN), answer=AlarmsOut)
def list_alarms(session: Session, call: Call) -> Reply:
    """
    List what stands over its limit at this moment, each with what to do about it.

    Nothing is remembered: an alarm is gone as soon as nothing stands over its limit.
    """
    found = alarms(session, call.services.settings.alarm_limits, at=call.at)
    return Reply({"at": moment(call.at), "alarms": [_shown(each) for each in found]})


def _shown(alarm: Alarm) -> dict[str, Any]:
    limit = alarm.limit
    return {
        "name": limit.name,
        "severity": limit.severity,
        "what": limit.what,
        "limit_seconds": alarm.seconds,
        "count": alarm.count,
        "since": moment(alarm.since),
        "examples": list(alarm.examples),
        "remedy": limit.remedy,
        "handbook": f"docs/operations.md#{limit.name}",
    }
