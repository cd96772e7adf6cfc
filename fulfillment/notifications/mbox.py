"""Messages one after the other in one file, as mail programs read them: mbox (RFC 4155), with `From ` in a text quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

_BEGIN: Final = b"From "
_LIKE_A_BEGIN: Final = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_ENVELOPE: Final = re.compile(rb"^From [^\n]*\n", re.MULTILINE)


def packed(messages: Iterable[bytes], *, sender: str, at: datetime) -> bytes:
    """Give what is to be written for messages with lines ended by CR LF; `sender` is a bare address."""
    envelope = f"From {sender} {at:%a %b %d %H:%M:%S %Y}\n".encode()
    return b"".join(part for message in messages for part in (envelope, _quoted(message), b"\n"))


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give the messages of a file, as they were before they were packed."""
    for message in _ENVELOPE.split(content)[1:]:
        yield _QUOTED.sub(rb"\1", message.removesuffix(b"\n")).replace(b"\n", b"\r\n")


def _quoted(message: bytes) -> bytes:
    lines = message.replace(b"\r\n", b"\n")
    return _LIKE_A_BEGIN.sub(rb">\1", lines) if _BEGIN in lines else lines
