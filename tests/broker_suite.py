"""The three brokers the system runs on, each started for the tests, and the system's own processes on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from needs import needs

from fulfillment.chaos import brokers
from fulfillment.runtime import programs
from fulfillment.runtime.program import Process
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings


@dataclass
class RunningBroker:
    """A broker that answers, and how to make it forget all it holds."""

    kind: str
    url: str

    def forget_everything(self) -> None:
        """Lose every message, as a broker does that is restarted without persistence."""
        from workers.app import make_app

        app = make_app(Settings(broker_url=self.url))
        with app.connection_for_write() as connection:
            if self.kind == "rabbitmq":
                for queue in app.conf.task_queues:
                    queue(connection.default_channel).declare()
                    queue(connection.default_channel).purge()
            else:
                connection.default_channel.client.flushall()


@contextmanager
def running(kind: str, folder: Path) -> Iterator[RunningBroker]:
    """Run a broker of this kind; a machine without it skips loudly, and CI fails."""
    if kind == "rabbitmq":
        needs(brokers.RABBITMQ.exists(), "rabbitmq-server")
    if kind == "redis":
        needs(shutil.which("redis-server"), "redis-server")
    with brokers.running(_KINDS[kind], folder) as (url, _):
        yield RunningBroker(kind, url)


_KINDS: Final[dict[str, brokers.Kind]] = {"fakeredis": "embedded", "redis": "redis", "rabbitmq": "rabbitmq"}


@dataclass
class Floor:
    """The processes of the system on one broker, without the API."""

    settings: Settings
    supervisor: Supervisor

    def start(self, *, relays: int = 0, workers: int = 0, beats: int = 0) -> dict[str, Process]:
        """Start so many of each, and wait until they say that they are ready."""
        wanted = [programs.relay(self.settings, number + 1) for number in range(relays)]
        wanted += [programs.worker(self.settings, number + 1) for number in range(workers)]
        wanted += [programs.beat(self.settings, number + 1) for number in range(beats)]
        self.supervisor.start(*(replace(program, stop_seconds=1) for program in wanted))
        return self.supervisor.processes
