"""What is held about a person, and its erasure."""

from __future__ import annotations

from typing import Any

from web.schemas.base import Answer, Email, Sent


class GuestQuery(Sent):
    """Who ordered without being a known customer: by e-mail address, as a whole."""

    email: Email


class GuestIn(Sent):
    """Whom to forget: a guest, or the customer who has this e-mail address."""

    email: Email


class ErasureIn(Sent):
    """Nothing needs to be said."""


class ExportOut(Answer):
    """Everything that is held about a person: rows as they are held, by table. Amounts are minor units."""

    customer_id: int | None
    email: str | None
    orders: list[str]
    held: dict[str, list[dict[str, Any]]]


class ErasureOut(Answer):
    """What was erased: how many rows of each table, and on the timelines of which orders it is told."""

    erased: dict[str, int]
    orders: list[str]
