"""The people of the shop, each with a key of their own. Everything they do is an HTTP call."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

_CALL_SECONDS: Final = 30.0
_WAIT_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.02

JSON = dict[str, Any]


class Refused(Exception):
    """The API said no. `problem` is its application/problem+json, which says why and what would help."""

    def __init__(self, method: str, path: str, status: int, problem: JSON) -> None:
        """Make one sentence of it."""
        super().__init__(f"{method} {path}: {status} {problem.get('detail') or problem}")
        self.status = status
        self.problem = problem


class TookTooLong(Exception):
    """Something that had to happen did not, within its deadline."""


@dataclass
class Person:
    """Somebody with an API key. May be used by several threads."""

    name: str
    url: str
    key: str
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Open the connections."""
        self._http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=_CALL_SECONDS, trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **parameters: str | int) -> JSON:
        """Read something. Raises `Refused`."""
        return self._body(self._http.get(path, params=parameters))

    def all(self, path: str, **parameters: str | int) -> list[JSON]:
        """Read a list to its end, page by page."""
        page = self.get(path, limit=100, **parameters)
        found: list[JSON] = page["items"]
        while page.get("next"):
            page = self.get(page["next"])
            found += page["items"]
        return found

    def post(self, path: str, body: JSON, *, key: str | None = None) -> JSON:
        """Ask for something to be done. `key` is the Idempotency-Key; without one a new one is taken. Raises `Refused`."""
        key = key or f"{self.name}-{next(self.keys)}"
        return self._body(self._http.post(path, json=body, headers={"Idempotency-Key": key}))

    def finish(self, path: str, body: JSON) -> JSON:
        """Ask for something and wait until the steps that it led to are done; gives the operation."""
        operation = self.post(path, body)["operation"]
        return eventually(lambda: self._ended(operation["id"]), what=f"{path} to be carried out")

    def _ended(self, operation_id: int) -> JSON | None:
        operation = self.get(f"/v1/operations/{operation_id}")
        return operation if operation["status"] != "pending" else None

    def _body(self, response: httpx.Response) -> JSON:
        body: JSON = response.json()
        if response.is_error:
            raise Refused(response.request.method, response.request.url.path, response.status_code, body)
        return body


def eventually(condition: Any, *, what: str) -> Any:
    """Give what the condition gives as soon as that is something. Raises `TookTooLong`."""
    deadline, pause = time.monotonic() + _WAIT_SECONDS, threading.Event()
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"waited {_WAIT_SECONDS:g} s for {what}")
        pause.wait(_PAUSE_SECONDS)
    return found
