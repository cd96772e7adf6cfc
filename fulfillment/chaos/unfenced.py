"""
Sabotage, for the judge to find: a worker in which nothing ties an effect to its row.

A worker that includes this module does not tell one hand-out of a row from another, closes the row after the effect
instead of with it, and asks the gateway under a new key each time: the way a plain task would. Guards and constraints of
the database are left alone. Production code carries no switch for this; a Celery worker is told to import this module.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from fulfillment.dispatch import claims as honest
from fulfillment.dispatch.claims import Claim, ClaimedJob
from fulfillment.notifications.context import MailKind
from fulfillment.payments.gateway.port import Request
from fulfillment.payments.queries import Attempt
from fulfillment.workflow import mail, money, run

SWITCH: Final = "CHAOS_UNFENCED"
"""Importing this module must break nothing anywhere else: it acts where this variable is set."""

_CLOSE_LATE: Final = text("DELETE FROM dispatch WHERE id = ANY (CAST(:ids AS bigint[]))")
_PRESENT: Final = text("SELECT id, fence FROM dispatch WHERE id = ANY (CAST(:ids AS bigint[])) AND NOT dead")


def _read_whoever_has_it(session: Session, claims: Sequence[Claim]) -> list[ClaimedJob]:
    rows = session.execute(_PRESENT, {"ids": [claim.id for claim in claims]})
    return honest.read(session, [Claim(row.id, row.fence) for row in rows])


def _close_afterwards(session: Session, claims: Sequence[Claim]) -> list[ClaimedJob]:
    jobs = _read_whoever_has_it(session, claims)
    ids = [each.claim.id for each in jobs]

    def close(committed: Session) -> None:
        with committed.get_bind().engine.begin() as connection:
            connection.execute(_CLOSE_LATE, {"ids": ids})

    event.listen(session, "after_commit", close, once=True)
    return jobs


def _close_sent_afterwards(session: Session, _kind: MailKind, claims: Sequence[Claim], *, at: datetime) -> None:  # noqa: ARG001
    _close_afterwards(session, claims)


def unfence() -> None:
    """Take the fencing out of this process. Raises AttributeError where the honest code no longer has what is replaced."""
    asked = money._request  # noqa: SLF001 - sabotage

    def under_a_new_key(attempt: Attempt) -> Request:
        return replace(asked(attempt), key=uuid4().hex)

    _replace(run, close=_close_afterwards)
    _replace(mail, read=_read_whoever_has_it, close_sent=_close_sent_afterwards)
    _replace(
        money, read=_read_whoever_has_it, lock=_read_whoever_has_it, close=_close_afterwards, _request=under_a_new_key
    )


def _replace(module: object, **names: Any) -> None:
    for name, sabotaged in names.items():
        getattr(module, name)
        setattr(module, name, sabotaged)


if os.environ.get(SWITCH):
    unfence()
