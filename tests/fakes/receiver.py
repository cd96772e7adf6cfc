"""Receivers of webhooks that keep what they were told, and answer as they were asked to."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fulfillment.network.outward import Neighbors
from fulfillment.network.post import Answer, Post

Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Told:
    """One post as it came."""

    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def event(self) -> str:
        return str(self.said["type"])

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class ScriptedReceivers:
    """
    All receivers there are, by address; takes the place of `Outward`.

    The next answers of an address are those in its script: a status, or the code of why nobody answered. Then it says 204,
    or what is set for `always`.
    """

    scripts: dict[str, deque[int | str]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, int | str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    milliseconds: int = 3
    neighbors: Neighbors = field(default_factory=lambda: Neighbors(None))
    on_post: Callable[[Told], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def each(self, work: Callable[[Post, Item], Found], items: Sequence[Item]) -> list[Found]:
        return [work(self._post, item) for item in items]

    def close(self) -> None:
        """Nothing is open."""

    def events(self, url: str | None = None) -> list[str]:
        return [each.event for each in self.told if url in (None, each.url)]

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        told = Told(url, body, dict(headers))
        with self._lock:
            self.told.append(told)
            script = self.scripts[url]
            word = script.popleft() if script else self.always.get(url, 204)
        if self.on_post is not None:
            self.on_post(told)
        if isinstance(word, str):
            return Answer(None, f"{word} of the script", self.milliseconds, word)
        return Answer(word, "" if word == 204 else f"said {word}", self.milliseconds)
