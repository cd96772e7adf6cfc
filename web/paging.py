"""Pages of a list: the cursor is where the last page ended, and the `next` link holds all that was asked for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from web.errors import RequestError

Row = TypeVar("Row")


def after_text(cursor: str | None) -> str:
    """Give the text that the last page ended with. Raises 422 for a cursor we did not make."""
    if cursor is None:
        return ""
    try:
        text = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text or "\0" in text:
        raise _not_ours()
    return text


def after_id(cursor: str | None) -> int | None:
    """Give the id that the last page ended with. Raises 422 for a cursor we did not make."""
    text = after_text(cursor)
    return _id(text) if text else None


def after_place(cursor: str | None) -> tuple[int, str] | None:
    """Give the number and the text that the last page ended with. Raises 422 for a cursor we did not make."""
    text = after_text(cursor)
    if not text:
        return None
    number, _, rest = text.partition(" ")
    return _id(number), rest


def after_day(cursor: str | None) -> tuple[date, int] | None:
    """Give the day and the id that the last page ended with. Raises 422 for a cursor we did not make."""
    text = after_text(cursor)
    if not text:
        return None
    written, _, number = text.partition(" ")
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise _not_ours() from None
    return day, _id(number)


def after_moment(cursor: str | None, *, of: str = "") -> tuple[datetime, int] | None:
    """
    Give the moment and the id that the last page ended with. Raises 422 for a cursor we did not make.

    `of` marks what the list was narrowed to: the cursor of another list is refused, too.
    """
    text = after_text(cursor)
    if not text:
        return None
    written, number, mark = [*text.split(" "), "", ""][:3]
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise _not_ours() from None
    if moment.tzinfo is None:
        raise _not_ours()
    place = (moment, _id(number))
    if mark != of:
        raise RequestError(
            422, "bad_cursor", "the cursor belongs to another filter", remedy="follow the next link, or begin anew"
        )
    return place


def moment_and_id(moment: datetime, row_id: int, *, of: str = "") -> str:
    """Write what `after_moment` reads."""
    return f"{moment.isoformat()} {row_id} {of}".rstrip()


def by_creation(row: Mapping[str, Any]) -> str:
    """Give where a list by time ends with this row: when it was made, and its id."""
    return moment_and_id(row["created_at"], row["id"])


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - fits in 64 bits
        raise _not_ours()
    return int(text)


def _not_ours() -> RequestError:
    return RequestError(422, "bad_cursor", "the cursor is not one of ours", remedy="follow the next link")


def page(name: str, rows: Sequence[Row], limit: int, last: Any, shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Make up a page: up to `limit` of the `shown` rows, and the link to the next where there are more.

    The caller asked the database for one row more than `limit`; `last` reads the key of a row.
    """
    more = len(rows) > limit
    return {name: list(shown[:limit]), "next": next_link(last(rows[limit - 1])) if more else None}


def next_link(last: object) -> str:
    """Give the link to what follows `last`, with all else that this request asked for."""
    cursor = base64.urlsafe_b64encode(str(last).encode()).decode()
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*asked, ('cursor', cursor)])}"
