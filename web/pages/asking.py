"""Asking the API in this process, as the person who is signed in: the pages see, may and do exactly what the API lets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import httpx
from flask import abort, current_app
from flask_login import current_user

from fulfillment.access.models import Role
from web.access import HELD_KEY
from web.headers import Application, Environ

_LONGEST_WAIT: Final = 60.0
_REFUSED: Final = 400
_ALL: Final = 50
"""Pages of a list that are read through at most, where a page shows all of it."""


@dataclass(frozen=True)
class Refused(Exception):
    """The API said no; `problem` is what it said (RFC 9457)."""

    status: int
    problem: Mapping[str, Any]

    @property
    def detail(self) -> str:
        """What is wrong, for a person."""
        return str(self.problem.get("detail", "refused"))

    @property
    def remedy(self) -> str | None:
        """What would help, for a person."""
        return self.problem.get("remedy")


@dataclass(frozen=True)
class Answer:
    """What came back: the body, read, and what stood around it."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Asks:
    """The API, asked as whoever the present request is of."""

    def __init__(self, api: Application) -> None:
        """`api` is called within the thread of the request: nothing travels."""
        transport = httpx.WSGITransport(app=cast("Any", _as_the_person(api)), raise_app_exceptions=False)
        self._client = httpx.Client(transport=transport, base_url="http://desk", trust_env=False, timeout=_LONGEST_WAIT)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Read. Raises Refused."""
        return self.send("GET", path, query=query).body

    def every(self, path: str, name: str, query: Mapping[str, Any] | None = None) -> list[Any]:
        """Read a list to its end, or as far as anybody would look. Raises Refused."""
        found: list[Any] = []
        page = self.get(path, query)
        for _ in range(_ALL):
            found += page[name]
            if page["next"] is None:
                break
            page = self.get(page["next"])
        return found

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; give what came back. Raises Refused where that is a problem."""
        sent = {"json": body} if body is not None else {}
        answer = self._client.request(method, path, params=query, headers=dict(headers or {}), **sent)
        if answer.status_code >= _REFUSED:
            raise Refused(answer.status_code, _problem(answer))
        written = answer.headers.get("Content-Type", "")
        return Answer(answer.status_code, answer.json() if "json" in written else answer.content, dict(answer.headers))


def ask() -> Asks:
    """Give the API, to be asked as whoever is signed in."""
    found: Asks = current_app.extensions["fulfillment.asks"]
    return found


def only(*roles: Role) -> None:
    """Turn away whoever has none of these roles: for pages that would be empty to them."""
    if current_user.role not in roles:
        abort(403)


def _as_the_person(api: Application) -> Application:
    def asked(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        return api({**environ, HELD_KEY: current_user.person.key}, start_response)

    return asked


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        read = answer.json()
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"detail": f"the API answered {answer.status_code}"}
