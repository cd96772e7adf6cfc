"""What stands for longer than it should."""

from __future__ import annotations

from typing import Literal

from web.schemas.base import Answer


class AlarmOut(Answer):
    """
    Things that stand over their limit.

    `limit_seconds` is how long they may, `count` how many there are (1000 stands for that many or more), `since` the moment
    from which the first has stood, `examples` the five longest. `handbook` names the section of docs/operations.md.
    """

    name: str
    severity: Literal["page", "ticket"]
    what: str
    limit_seconds: int
    count: int
    since: str
    examples: list[str]
    remedy: str
    handbook: str


class AlarmsOut(Answer):
    """The alarms of this moment."""

    at: str
    alarms: list[AlarmOut]
