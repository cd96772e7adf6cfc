"""What can go wrong with a call, by kind, as RFC 9457 problems tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(eq=False)
class Problem(Exception):
    """
    A call was refused. `code` is stable (`out_of_stock`), `detail` says what is wrong and `remedy` what to do about it.

    `members` are all further facts of the answer.
    """

    status: int
    code: str
    detail: str
    remedy: str | None = None
    guard: str | None = None
    request_id: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        said = f"{self.status} {self.code}: {self.detail}"
        return f"{said} ({self.remedy})" if self.remedy else said


class NotAllowed(Problem):
    """The key is missing, wrong or revoked, or may not do this: 401 and 403."""


class NotFound(Problem):
    """There is no such thing, or it is not this key's to see: 404."""


class Refused(Problem):
    """It makes sense, but not in the present state: 409 and 412. Nothing was changed."""


class Invalid(Problem):
    """What was sent makes no sense, whenever it is sent: any other 4xx."""


class Unavailable(Problem):
    """Nobody answered, or nobody could, however often it was tried. The same call under the same key may be made again."""


_KINDS: Final[Mapping[int, type[Problem]]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Refused,
    412: Refused,
}
_FIRST_DEFECT: Final = 500
_KNOWN: Final = ("type", "title", "status", "detail", "remedy", "guard", "request_id")


def problem_of(status: int, body: bytes) -> Problem:
    """Read a problem; whatever stands between may have answered something else."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    found: dict[str, Any] = said if isinstance(said, dict) else {"detail": body[:200].decode(errors="replace")}
    kind = Unavailable if status >= _FIRST_DEFECT else _KINDS.get(status, Invalid)
    return kind(
        status,
        str(found.get("type", "unknown")).removeprefix("/problems/"),
        str(found.get("detail", "")),
        found.get("remedy"),
        found.get("guard"),
        found.get("request_id"),
        {name: value for name, value in found.items() if name not in _KNOWN},
    )
