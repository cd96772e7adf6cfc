"""Sent: close the rows of mails that were handed over, and leave a trace of them, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import CLOSING, Claim, close
from fulfillment.notifications.context import MailKind

_CLOSE_AND_KEEP: Final = text(f"""
WITH closed AS ({CLOSING}),
kept AS (INSERT INTO mail_sent (kind, subject_ids, sent_at)
         SELECT :kind, array_agg(subject_id), CAST(:at AS timestamptz) FROM closed HAVING count(*) > 0)
SELECT * FROM closed
""")  # noqa: S608 - our own statement


def close_sent(session: Session, kind: MailKind, claims: Sequence[Claim], *, at: datetime) -> None:
    """Close these rows in this transaction; what needed no mail leaves its trace as well, since nothing is missing of it."""
    close(session, claims, by=_CLOSE_AND_KEEP, also={"kind": kind, "at": at})
