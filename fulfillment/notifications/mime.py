"""
One message as the bytes that go over the wire or into a file.

Written by hand rather than by `email.message.EmailMessage`, which takes about ten times as long for a mail of this
shape. What it must not get wrong is tested against the parser of the standard library.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from fulfillment.notifications.addresses import Sender, deliverable
from fulfillment.notifications.mailer import Message

_LONGEST_LINE: Final = 998  # characters between two line ends (RFC 5322 2.1.1)
_FOLDED_LINE: Final = 78
_ENDS_A_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN_BYTES: Final = bytes([*b"\t\r\n", *range(0x20, 0x7F)])
_MESSAGE_ID: Final = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_FIELD_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_OWN_FIELDS: Final = frozenset(
    {
        *("from", "sender", "reply-to", "to", "cc", "bcc", "return-path"),
        *("subject", "date", "message-id", "auto-submitted"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
    }
)


def encoded(message: Message, sender: Sender, at: datetime) -> bytes:
    """
    Give the whole message, text and HTML, with lines ended by CR LF.

    Raises ValueError where a header value holds a line end or another control character, a header of ours would be
    given twice, or an address or id is none: such a message would not say what it seems to.
    """
    boundary = f"=_{os.urandom(16).hex()}"
    head = "".join(_head(message, sender, at, boundary)).encode()
    return b"".join(
        (
            head,
            *_part("plain", message.text, boundary),
            *_part("html", message.html, boundary),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _head(message: Message, sender: Sender, at: datetime, boundary: str) -> Iterator[str]:
    if not _MESSAGE_ID.fullmatch(message.message_id) or len(message.message_id) > _LONGEST_LINE // 2:
        raise ValueError("the Message-ID is none")
    yield _mailbox("From", sender.name, sender.address)
    yield _mailbox("To", message.to_name, deliverable(message.to))
    yield _field("Subject", message.subject)
    yield f"Date: {_date(at.astimezone(UTC).replace(microsecond=0))}\r\n"
    yield f"Message-ID: {message.message_id}\r\n"
    # Tells out-of-office robots not to answer (RFC 3834).
    yield "Auto-Submitted: auto-generated\r\n"
    for name, value in message.headers.items():
        if not _FIELD_NAME.fullmatch(name) or name.lower() in _OWN_FIELDS:
            raise ValueError("a header field has a name that is not allowed")
        yield _field(name, value)
    yield f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'


@lru_cache(maxsize=4)
def _date(second: datetime) -> str:
    """A set is written within a second or two, and every mail of it says the same."""
    return format_datetime(second)


def _mailbox(name: str, person: str, address: str) -> str:
    """Give a header field with one person. The address has a line of its own, so that a long name cannot break it."""
    person = person.strip()
    if not person:
        return f"{name}: {address}\r\n"
    if _needs_encoding(person, limit=60):
        return f"{name}: {_encoded_words(name, person)}\r\n <{address}>\r\n"
    quoted = person.replace("\\", r"\\").replace('"', r"\"")
    return f'{name}: "{quoted}" <{address}>\r\n'


def _field(name: str, value: str) -> str:
    value = value.strip()
    if _needs_encoding(value, limit=_FOLDED_LINE - len(name) - 2):
        value = _encoded_words(name, value)
    return f"{name}: {value}\r\n"


def _needs_encoding(value: str, *, limit: int) -> bool:
    if _ENDS_A_LINE.search(value):
        raise ValueError("a header holds a line end or another control character")
    # What looks like an encoded word already would be decoded into something that nobody wrote.
    return len(value) > limit or not value.isascii() or "=?" in value


def _encoded_words(name: str, value: str) -> str:
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _part(subtype: str, body: str, boundary: str) -> tuple[bytes, bytes, bytes]:
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    data = body.replace("\n", "\r\n").encode()
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    transfer = "7bit"
    if data.translate(None, _PLAIN_BYTES) or _has_long_line(data):
        transfer, data = "quoted-printable", binascii.b2a_qp(data, istext=True)
    head = (
        f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {transfer}\r\n\r\n"
    )
    return head.encode(), data, b"\r\n"


def _has_long_line(data: bytes) -> bool:
    """Leap from line end to line end, each time to the furthest that a line may have: most lines are short."""
    start = 0
    while len(data) - start > _LONGEST_LINE:
        end = data.rfind(b"\r\n", start, start + _LONGEST_LINE + 2)
        if end < 0:
            return True
        start = end + 2
    return False
