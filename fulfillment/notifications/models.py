"""That mails went out: a trace, kept for some weeks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class MailSent(Base):
    """
    One set of mails that was handed over: of which kind, and about what. It names no person and no address.

    A row for a set, not for a mail: what is asked of it is whether something is missing, once a day.
    """

    __tablename__ = "mail_sent"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    subject_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    sent_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("cardinality(subject_ids) > 0", name="is_about_something"),)
