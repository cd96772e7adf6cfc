"""
Somebody who subscribed to everything and keeps a journal: what happened must be there, in its order, and once by its id.

It is no process of the system and is never killed. That the same id comes twice is no fault: a receiver cannot be asked.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from fulfillment.chaos.expected import Expected
from fulfillment.chaos.judge import Verdict
from fulfillment.client.store import Store

HOST: Final = "127.0.0.1"
_ONCE: Final = frozenset({"order.placed", "order.completed"})
_BY_STATUS: Final[Mapping[str, tuple[str, ...]]] = {"completed": ("order.completed",), "canceled": ("order.canceled",)}
_BY_MONEY: Final[Mapping[str, str]] = {"capture": "payment.captured", "refund": "payment.refunded"}


@dataclass(frozen=True, slots=True)
class Told:
    """One post."""

    id: str
    event: str
    order: str

    @property
    def place(self) -> tuple[int, ...]:
        """Where the event stands among those of its order, as its id says."""
        return tuple(int(part) for part in self.id.split("_")[1:])


class Receiver:
    """A receiver of webhooks in this process. Use it as a context manager."""

    def __init__(self) -> None:
        """Listen on any port of this machine."""
        self._journal: list[Told] = []
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self._journal))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def subscribe(self, store: Store) -> None:
        """Have every event of the store told here."""
        with store.admin() as admin:
            url = f"http://{HOST}:{self._server.server_port}/hooks"
            admin.post("/v1/webhook-endpoints", {"url": url}).expect(201)

    def judge(self, verdict: Verdict, expected: Mapping[str, Expected]) -> None:
        """Hold what was told against how each order ended."""
        told: dict[str, list[Told]] = defaultdict(list)
        for each in list(self._journal):
            told[each.order].append(each)
        for number, end in expected.items():
            _judge_order(verdict, number, end, told[number])


def _judge_order(verdict: Verdict, number: str, end: Expected, told: Sequence[Told]) -> None:
    first = list({each.id: each for each in reversed(told)}.values())[::-1]
    for event in _due(end):
        times = sum(each.event == event for each in first)
        verdict.lose(int(times == 0), f"{number}: {event} was told to nobody")
        verdict.repeat(times - 1 if event in _ONCE else 0, f"{number}: {event} was told under {times} ids")
    places = [each.place for each in first]
    verdict.contradict(int(places != sorted(places)), f"{number}: its events were told out of order")


def _due(end: Expected) -> list[str]:
    due = ["order.placed", *_BY_STATUS.get(end.status, ())]
    if end.pieces_shipped:
        due.append("shipment.shipped")
    return due + sorted({_BY_MONEY[kind] for kind, _ in end.money if kind in _BY_MONEY})


def _handler(journal: list[Told]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            said: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            journal.append(Told(self.headers["webhook-id"], said["type"], said["data"].get("order", "")))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
