"""Forget: what nobody asks for any more, a part at a time, so that no sweep holds up anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.wiring import Services

MOST: Final = 10_000
"""What one part forgets at most: where it was as much, there may be more."""

MOST_PARTS: Final = 40
"""Of one run: a busy shop leaves some hundred thousand keys an hour, and a task has its time limit."""

_KEYS = text(f"""
DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_key WHERE created_at < CAST(:at AS timestamptz) - interval '72 hours' LIMIT {MOST}))
RETURNING 1
""")  # noqa: S608 - our own number
_EVENTS = text(f"""
DELETE FROM gateway_event WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM gateway_event WHERE received_at < CAST(:at AS timestamptz) - interval '7 days' LIMIT {MOST}))
RETURNING 1
""")  # noqa: S608 - our own number


# Its index holds the few of which no parcel is known.
_UNMATCHED = text(f"""
DELETE FROM tracking_event WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM tracking_event
   WHERE order_id IS NULL AND received_at < CAST(:at AS timestamptz) - interval '30 days' LIMIT {MOST}))
RETURNING 1
""")  # noqa: S608 - our own number


# A reconciliation looks back for 30 days.
_MAILS = text(f"""
DELETE FROM mail_sent WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM mail_sent WHERE sent_at < CAST(:at AS timestamptz) - interval '40 days' LIMIT {MOST}))
RETURNING 1
""")  # noqa: S608 - our own number


class Forget(Protocol):
    """Forgets one part of what is old, and gives how much that was."""

    def __call__(self, session: Session, *, at: datetime) -> int: ...  # noqa: D102 - as the class says


def part_by_part(services: Services, forget: Forget, *, at: datetime) -> int:
    """Forget until nothing is left to forget, each part in a transaction of its own; give how much that was."""
    forgotten = 0
    for _ in range(MOST_PARTS):
        with services.transaction() as session:
            part = forget(session, at=at)
        forgotten += part
        if part < MOST:
            break
    return forgotten


def forget_old_keys(session: Session, *, at: datetime) -> int:
    """Forget idempotency keys after 72 hours: a weekend, and a Monday to notice. Gives how many."""
    return len(session.execute(_KEYS, {"at": at}).all())


def forget_old_events(session: Session, *, at: datetime) -> int:
    """
    Forget events of the gateway after 7 days: gateways tell an event that nobody took again for 3 days. Gives how many.

    What carriers told of numbers that no parcel ever got is forgotten after 30 days, traces of mails after 40.
    """
    return sum(len(session.execute(each, {"at": at}).all()) for each in (_EVENTS, _UNMATCHED, _MAILS))
