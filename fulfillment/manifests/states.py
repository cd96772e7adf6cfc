"""What may happen to a manifest."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.kernel.machine import Machine, row


class ManifestStatus(StrEnum):
    """
    How far a manifest got.

    `unknown` is a time-out or a cut: never treated as failed, always asked about. One that failed holds no parcel: they go on
    another one.
    """

    NEW = "new"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    FAILED = "failed"


_M = ManifestStatus
MANIFEST: Final = Machine(
    "manifest",
    ManifestStatus,
    initial=_M.NEW,
    rows=(
        row("send", {_M.NEW}, _M.SENDING),
        row("close_manifest", {_M.SENDING, _M.UNKNOWN}, _M.CLOSED),
        row("fail", {_M.NEW, _M.SENDING, _M.UNKNOWN}, _M.FAILED),
        row("lose_sight", {_M.SENDING}, _M.UNKNOWN),
    ),
)

UNDECIDED: Final = (_M.NEW, _M.SENDING, _M.UNKNOWN)
"""The carrier may know of a manifest in one of these, or not: nobody knows yet."""
