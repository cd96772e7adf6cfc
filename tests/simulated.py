"""A simulator as a process of its own, for tests that speak to it over TCP or kill it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
from runtime.conditions import eventually

from fulfillment.runtime.ready import free_port

ROOT = Path(__file__).resolve().parent.parent
UP_WITHIN = 30.0  # Seconds; a loaded machine starts a Python process slowly.


class Simulated:
    """Start, kill and start again; the books stay where they are."""

    command: str

    def __init__(self, journal: Path, *options: str, **environment: str) -> None:
        self.environment = environment
        self.journal = journal
        self.options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.kill()

    def start(self) -> None:
        command = f"from web.commands import {self.command}; {self.command}()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", command, "--port", str(self.port), "--journal", str(self.journal), *self.options],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self.is_up, seconds=UP_WITHIN)

    def kill(self) -> None:
        """SIGKILL to the process that was started, and to it alone."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            eventually(lambda: not self.is_up(), seconds=10)

    def is_up(self) -> bool:
        assert self.process is None or self.process.poll() is None, f"the {self.command} ended by itself"
        with contextlib.suppress(httpx.HTTPError), httpx.Client(trust_env=False, timeout=2) as client:
            return client.get(f"{self.url}/healthz").status_code == 200
        return False

    def arm(self, kind: str, **plan: object) -> None:
        answer = self.http.post("/v1/faults", json={"kind": kind, **plan})
        assert answer.status_code == 201, answer.text

    def deliveries(self) -> list[dict[str, Any]]:
        """Every attempt to tell an event, once none is left to be made."""
        eventually(lambda: self.http.get("/v1/webhook-deliveries").json()["waiting"] == 0, seconds=20)
        return list(self.http.get("/v1/webhook-deliveries").json()["deliveries"])

    def entries(self) -> list[dict[str, Any]]:
        return list(self._pages("/v1/journal", "entries"))

    def entries_of(self, key: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries() if entry["key"] == key]

    def calls_of(self, key: str) -> list[dict[str, Any]]:
        return [call for call in self._pages("/v1/calls", "calls") if call["key"] == key]

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            page = self.http.get(path, params={"after": after, "limit": 1000}).json()
            yield from page[name]
            after = page["next"]
