"""Forget: what nobody asks for any more, a part at a time, so that no sweep holds up anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST: Final = 10_000
"""What one part forgets at most: where it was as much, there may be more."""

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


def forget_old_keys(session: Session, *, at: datetime) -> int:
    """Forget idempotency keys after 72 hours: a weekend, and a Monday to notice. Gives how many."""
    return len(session.execute(_KEYS, {"at": at}).all())


def forget_old_events(session: Session, *, at: datetime) -> int:
    """
    Forget events of the gateway after 7 days: gateways tell an event that nobody took again for 3 days. Gives how many.

    What carriers told of numbers that no parcel ever got is forgotten after 30 days, traces of mails after 40.
    """
    return sum(len(session.execute(each, {"at": at}).all()) for each in (_EVENTS, _UNMATCHED, _MAILS))
