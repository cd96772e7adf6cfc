"""What the mails about returns are to say, read from the database as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.notifications.context import MailKind, MailLine

_RETURNS = text("""
SELECT id, number, expires_at, refund FROM return_order WHERE id = ANY (CAST(:ids AS bigint[]))
""")
_LINES = text("""
SELECT r.return_id, l.name, l.sku, r.announced, greatest(r.announced - r.given_up - r.received, 0) AS coming, r.refunded,
       r.received - r.refused AS accepted, r.refused
  FROM return_line r JOIN line_item l ON l.id = r.line_id WHERE r.return_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.position, l.id
""")


@dataclass(frozen=True, slots=True)
class ReturnMail:
    """What a mail tells of a return: its pieces (those the mail is about), and what is paid back in minor units."""

    number: str
    lines: tuple[MailLine, ...]
    until: datetime | None
    refund: int | None
    note: str | None


def read_return_mails(session: Session, kind: MailKind, return_ids: Sequence[int]) -> dict[int, ReturnMail]:
    """Give what a mail of this kind tells of each return."""
    asked = {"ids": sorted(set(return_ids))}
    pieces = {MailKind.RETURN_AUTHORIZED: "announced", MailKind.RETURN_REMINDER: "coming"}.get(kind, "accepted")
    lines: dict[int, list[MailLine]] = defaultdict(list)
    refused: dict[int, int] = defaultdict(int)
    for row in session.execute(_LINES, asked):
        refused[row.return_id] += row.refused
        if quantity := getattr(row, pieces):
            lines[row.return_id].append(MailLine(row.name, row.sku, quantity, 0))
    awaited = kind in (MailKind.RETURN_AUTHORIZED, MailKind.RETURN_REMINDER)
    return {
        row.id: ReturnMail(
            row.number,
            tuple(lines[row.id]),
            row.expires_at if awaited else None,
            row.refund,
            _note(refused[row.id]) if kind == MailKind.RETURN_COMPLETED else None,
        )
        for row in session.execute(_RETURNS, asked)
    }


def _note(refused: int) -> str | None:
    if not refused:
        return None
    pieces = "1 piece" if refused == 1 else f"{refused} pieces"
    return f"We could not accept {pieces} and send back to you what we did not accept."
