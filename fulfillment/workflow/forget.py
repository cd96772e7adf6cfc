"""Forget: what nobody asks for any more, a part at a time, so that no sweep holds up anybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_KEYS = text("""
DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_key WHERE created_at < CAST(:at AS timestamptz) - interval '72 hours' LIMIT 10000))
RETURNING 1
""")
_EVENTS = text("""
DELETE FROM gateway_event WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM gateway_event WHERE received_at < CAST(:at AS timestamptz) - interval '7 days' LIMIT 10000))
RETURNING 1
""")


# Its index holds the few of which no parcel is known.
_UNMATCHED = text("""
DELETE FROM tracking_event WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM tracking_event
   WHERE order_id IS NULL AND received_at < CAST(:at AS timestamptz) - interval '30 days' LIMIT 10000))
RETURNING 1
""")


# A reconciliation looks back for 30 days.
_MAILS = text("""
DELETE FROM mail_sent WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM mail_sent WHERE sent_at < CAST(:at AS timestamptz) - interval '40 days' LIMIT 10000))
RETURNING 1
""")


def forget_old_keys(session: Session, *, at: datetime) -> int:
    """Forget idempotency keys after 72 hours: a weekend, and a Monday to notice. Gives how many."""
    return len(session.execute(_KEYS, {"at": at}).all())


def forget_old_events(session: Session, *, at: datetime) -> int:
    """
    Forget events of the gateway after 7 days: gateways tell an event that nobody took again for 3 days. Gives how many.

    What carriers told of numbers that no parcel ever got is forgotten after 30 days, traces of mails after 40.
    """
    return sum(len(session.execute(each, {"at": at}).all()) for each in (_EVENTS, _UNMATCHED, _MAILS))
