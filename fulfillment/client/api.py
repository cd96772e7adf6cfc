"""The HTTP API as a client sees it that may be killed and started again: every command carries a key made of its content."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Self, TypeVar

import httpx

JSON = dict[str, Any]
T = TypeVar("T")

_CALL_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 1.0
_PAGE: Final = 200


class RefusedError(Exception):
    """The API said no, and will say so again. `problem` is its application/problem+json."""

    def __init__(self, method: str, path: str, status: int, problem: JSON) -> None:
        """Make one sentence of it."""
        super().__init__(f"{method} {path}: {status} {problem.get('detail') or problem.get('title') or problem}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """Which problem it is, as the API names it."""
        return str(self.problem.get("type", "")).rpartition("/")[2]


class StuckError(Exception):
    """What had to happen did not, within its time."""


class Api:
    """One key's view of the API. May be used by several threads."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """`transport` other than the network is for tests."""
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=_CALL_SECONDS,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: str | int | Sequence[str]) -> JSON:
        """Read something. Raises RefusedError."""
        return self._send("GET", path, lambda: self._http.get(path, params=parameters or None))

    def pages(self, path: str, **parameters: str | int | Sequence[str]) -> Iterator[list[JSON]]:
        """Read a list page by page, for as long as the caller wants more. A page names what it lists as its path does."""
        noun = path.rsplit("/", 1)[-1]
        page = self.get(path, limit=_PAGE, **parameters)
        yield page[noun]
        while following := page["next"]:
            page = self.get(following)
            yield page[noun]

    def all(self, path: str, **parameters: str | int | Sequence[str]) -> list[JSON]:
        """Read a list to its end."""
        return [item for page in self.pages(path, **parameters) for item in page]

    def post(self, path: str, body: JSON, *, key: str) -> JSON:
        """Ask for something to be done, once however often it is asked with this key. Raises RefusedError."""
        return self.carry_out(path, body, key=key)[0]

    def carry_out(self, path: str, body: JSON, *, key: str) -> tuple[JSON, bool]:
        """Do as `post`; give beside the answer whether it was done by an earlier call with this key."""
        replayed = False

        def call() -> httpx.Response:
            nonlocal replayed
            response = self._http.post(path, json=body, headers={"Idempotency-Key": key})
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            return response

        return self._send("POST", path, call), replayed

    def change(self, method: str, path: str, body: JSON) -> JSON:
        """Change something (PATCH) to what the body says, whatever it was. Raises RefusedError."""
        headers = {"If-Match": "*"}
        return self._send(method, path, lambda: self._http.request(method, path, json=body, headers=headers))

    def finish(self, path: str, body: JSON, *, key: str, patience: float) -> JSON:
        """Ask for something, and wait until the steps it led to are done; give the operation. Raises StuckError."""
        path = f"/v1/operations/{self.post(path, body, key=key)['id']}"

        def ended() -> JSON | None:
            found = self.get(path)
            return None if found["status"] == "pending" else found

        return eventually(ended, what=f"{path} to end", patience=patience)

    def _send(self, method: str, path: str, call: Callable[[], httpx.Response]) -> JSON:
        """Send again, under the same key, where the answer is that nothing was decided yet."""
        deadline = time.monotonic() + _RETRY_SECONDS
        for pause in _pauses():
            try:
                response = call()
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if not (_try_again(response) and time.monotonic() < deadline):
                    return _body(method, path, response)
            time.sleep(pause)
        raise AssertionError("the pauses never end")


def eventually(condition: Callable[[], T | None], *, what: str, patience: float) -> T:
    """Give what the condition gives as soon as that is something. Raises StuckError after `patience` seconds."""
    deadline = time.monotonic() + patience
    for pause in _pauses():
        if (found := condition()) is not None:
            return found
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    raise StuckError(f"waited {patience:g} s for {what}")


def _pauses() -> Iterator[float]:
    pause = _PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _try_again(response: httpx.Response) -> bool:
    """Busy, restarting, or still working on the first of two requests with the same key."""
    if response.status_code in {429, 502, 503, 504}:
        return True
    return response.status_code == httpx.codes.CONFLICT and response.headers.get("Retry-After") is not None


def _body(method: str, path: str, response: httpx.Response) -> JSON:
    try:
        body: JSON = response.json()
    except ValueError:
        body = {"detail": response.text[:200]}
    if not response.is_success:
        raise RefusedError(method, path, response.status_code, body)
    return body
