"""The people of the shop, each with a key of their own. Everything they do is an HTTP call."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeVar

import httpx

_CALL_SECONDS: Final = 30.0
_DEADLINE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.03

JSON = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """The API said no, or a step that was asked for did. `problem` says why and what would help."""

    def __init__(self, asked: str, problem: JSON) -> None:
        """Make one sentence of it."""
        reason = problem.get("detail") or problem.get("reason") or problem
        super().__init__(f"{asked}: {reason}")
        self.problem = problem

    @property
    def code(self) -> str:
        """The stable end of the problem's type: `out_of_stock`."""
        return str(self.problem.get("type", "")).rpartition("/")[2]

    @property
    def guard(self) -> str | None:
        """The rule that said no: `on_hold`."""
        return self.problem.get("guard")


class TookTooLong(Exception):
    """Something that had to happen did not, within its deadline."""


class WentThrough(Exception):
    """Something that a rule must forbid was done."""


@dataclass
class Person:
    """Somebody with an API key. May be used by several threads."""

    name: str
    url: str
    key: str
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Keep connections open between calls."""
        headers = {"Authorization": f"Bearer {self.key}"}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_CALL_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: str | int) -> JSON:
        """Read something. Raises `Refused`."""
        return _body(self._http.get(path, params=parameters or None))

    def all(self, path: str, **parameters: str | int) -> list[JSON]:
        """Read a list to its end, page by page: each page holds the items and the link to the next."""
        found: list[JSON] = []
        page: JSON = self.get(path, limit=200, **parameters)
        while True:
            [items] = [value for value in page.values() if isinstance(value, list)]
            found += items
            if page["next"] is None:
                return found
            page = self.get(page["next"])

    def post(self, path: str, body: JSON, *, key: str | None = None, wait: int | None = None) -> JSON:
        """
        Ask for something to be done. Raises `Refused`.

        `key` is the Idempotency-Key; without one a new one is taken. `wait` seconds at most for what it leads to.
        """
        headers = {"Idempotency-Key": key or f"{self.name}-{next(self._numbers)}"}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        return _body(self._http.post(path, json=body, headers=headers))

    def finish(self, path: str, body: JSON) -> JSON:
        """Ask for something and wait until the steps that it leads to are done. Raises `Refused` where one said no."""
        operation = self.post(path, body, wait=5)
        operation = eventually(lambda: self._finished(operation), what=f"{path} to be carried out")
        if operation["status"] != "succeeded":
            raise Refused(path, operation["problems"][0])
        return operation

    def _finished(self, operation: JSON) -> JSON | None:
        if operation["status"] == "pending":
            operation = self.get(f"/v1/operations/{operation['id']}")
        return None if operation["status"] == "pending" else operation


def eventually(look: Callable[[], T | None], *, what: str, until: float | None = None) -> T:
    """Give what `look` finds as soon as it finds something. Raises `TookTooLong`. `until` is of the monotonic clock."""
    deadline, pause = until or deadline_from_now(), threading.Event()
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"waited too long for {what}")
        pause.wait(_PAUSE_SECONDS)
    return found


def deadline_from_now() -> float:
    """The moment, by the monotonic clock, until which anything may take."""
    return time.monotonic() + _DEADLINE_SECONDS


def must_refuse(guard: str, act: Callable[[], object]) -> None:
    """Do what this rule must forbid. Raises `WentThrough` where it does not."""
    try:
        act()
    except Refused as refused:
        if refused.guard == guard:
            return
        raise
    raise WentThrough(f"something went through that '{guard}' must refuse")


def _body(response: httpx.Response) -> JSON:
    if response.is_error:
        asked = f"{response.request.method} {response.request.url.path} answered {response.status_code}"
        is_problem = response.headers.get("Content-Type", "").startswith("application/problem+json")
        raise Refused(asked, response.json() if is_problem else {"detail": response.text[:200]})
    body: JSON = response.json()
    return body
