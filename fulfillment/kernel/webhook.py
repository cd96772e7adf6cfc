"""
The signature of a webhook, by the rules of Standard Webhooks: HMAC-SHA256 over id, time and body. Pure.

Headers: `webhook-id` (the same on every repeat), `webhook-timestamp` (of this attempt, seconds since 1970), and
`webhook-signature` (`v1,<base64>`, several divided by spaces while a secret is being changed).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

TOLERANCE_SECONDS: Final = 300
"""How far the time of an attempt may be from ours, either way: what is older was listened to and is played again."""

PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # Bytes of a secret.
_ID: Final = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,200}")
_TIME: Final = re.compile(r"[0-9]{1,12}")
_MOST_SIGNATURES: Final = 10


class NotSigned(ValueError):
    """The signature, its time or its form is wrong: nothing in it may be believed."""


def secret_bytes(secret: str) -> bytes:
    """Give the bytes of a secret that is written as `whsec_` and base64. Raises ValueError for any other."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        found = b""
    if not secret.startswith(PREFIX) or not _SHORTEST <= len(found) <= _LONGEST:
        raise ValueError(f"a webhook secret is {PREFIX} and the base64 of {_SHORTEST} to {_LONGEST} random bytes")
    return found


def new_secret() -> str:
    """Make up a secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(secret: bytes, event_id: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """Give the headers to send with an event."""
    seconds = str(int(at.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{_signature(secret, event_id, seconds, body)}",
    }


def verified_id(secret: bytes, headers: Mapping[str, str], body: bytes, *, at: datetime) -> str:
    """
    Give the id of an event that was signed with the secret, now; the names of `headers` are in lower case.

    Raises NotSigned.
    """
    event_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(event_id) or not _TIME.fullmatch(seconds):
        raise NotSigned("the headers of the signature are missing or malformed")
    if abs(at.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise NotSigned("the time of the signature is not now")
    expected = f"v1,{_signature(secret, event_id, seconds, body)}".encode()
    given = headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    # Each is compared in full, so that the time it takes tells nothing.
    if not any([hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in given]):  # noqa: C419 - all of them
        raise NotSigned("the signature is not right")
    return event_id


def _signature(secret: bytes, event_id: str, seconds: str, body: bytes) -> str:
    content = b".".join([event_id.encode(), seconds.encode(), body])
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
