"""The kinds of refusal. Each edge maps a kind to its own answer, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class FulfillmentError(Exception):
    """
    A refusal that a caller can understand and act on.

    `code` is stable and machine-readable, `detail` says what is wrong, `remedy` what to do about it.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        guard: str | None = None,
        remedy: str | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        """`members` are further facts for the caller, named as in the answer."""
        super().__init__(detail)
        self.detail = detail
        self.reason = code or self.code
        self.guard = guard
        self.remedy = remedy
        self.members = dict(members or {})


class Invalid(FulfillmentError):
    """What was asked makes no sense, whoever asks and whenever."""

    code = "invalid"


class NotFound(FulfillmentError):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"


class Denied(FulfillmentError):
    """The caller may not do this."""

    code = "denied"


class Conflict(FulfillmentError):
    """What was asked makes sense, but not in the present state."""

    code = "conflict"


class Stale(Conflict):
    """What was asked goes by a version that somebody has changed since."""

    code = "stale"


class Transient(FulfillmentError):
    """Something outside did not answer; the same call may succeed later."""

    code = "transient"
