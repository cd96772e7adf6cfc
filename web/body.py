"""
Reading the body of a request: no more than is allowed, and never with all threads at once.

The server hands a request over before its body is there, and waits for the rest without a limit. A client that dies in
mid-sentence keeps its thread for as long as its connection seems open; so some threads are left for everybody else.
"""

from __future__ import annotations

import threading
from typing import Final

from flask import request

from web.errors import RETRY_AFTER, RequestError

MOST_READING: Final = 12
"""At once in one process, of the server's 16 threads."""

_PATIENCE_SECONDS: Final = 0.5
_PLACES: Final = threading.BoundedSemaphore(MOST_READING)


def read_body(most_bytes: int) -> bytes:
    """Read the body. Raises 413 where it is larger, 503 where too many others have not sent theirs to the end."""
    declared = request.content_length
    if declared is not None and declared > most_bytes:
        raise _too_large(most_bytes)
    if declared == 0:
        return b""
    if not _PLACES.acquire(timeout=_PATIENCE_SECONDS):
        raise RequestError(
            503,
            "too_many_unfinished_requests",
            "too many requests are waiting for the rest of their body",
            remedy="send it again",
            headers=RETRY_AFTER,
        )
    try:
        # A body of unknown length is cut off at the limit without a word: read one byte more, and see whether it is there.
        request.max_content_length = most_bytes + 1
        raw = request.get_data(cache=False)
    finally:
        _PLACES.release()
    if len(raw) > most_bytes:
        raise _too_large(most_bytes)
    return raw


def _too_large(most_bytes: int) -> RequestError:
    return RequestError(413, "too_large", f"the body is larger than {most_bytes} bytes", remedy="send less at once")
