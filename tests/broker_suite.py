"""The three brokers the system runs on, each started for the tests, and the system's own processes on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from needs import needs

from fulfillment.runtime import broker, programs
from fulfillment.runtime.program import Process, Program
from fulfillment.runtime.ready import LOOPBACK, free_port, port_answers
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the server itself: the one on the PATH changes its account


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
        with _rabbitmq(folder) as url:
            yield RunningBroker(kind, url)
        return
    if kind == "redis":
        needs(shutil.which("redis-server"), "redis-server")
        chosen = broker.choose(folder)
    else:
        port = free_port()
        command = (sys.executable, "-m", "workers.broker", "--port", str(port))
        program = Program(name="broker", command=command, ready=lambda: port_answers(port))
        chosen = broker.Broker(f"redis://{LOOPBACK}:{port}/0", program, "")
    with Supervisor(folder / "logs") as supervisor:
        supervisor.start(chosen.program)
        yield RunningBroker(kind, chosen.url)


@contextmanager
def _rabbitmq(folder: Path) -> Iterator[str]:
    needs(RABBITMQ.exists(), "rabbitmq-server")
    port, epmd_port = free_port(), free_port()
    home = folder / "rabbitmq"
    home.mkdir()
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.1 = {LOOPBACK}:{port}\n")
    (home / "plugins").write_text("[].")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),  # the cookie of its own cluster of one
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",  # one scheduler that does not spin
    }
    program = Program(
        name="rabbitmq", command=(str(RABBITMQ),), environment=environment, ready=lambda: port_answers(port)
    )
    try:
        with Supervisor(folder / "logs") as supervisor:
            supervisor.start(program)
            yield f"amqp://guest:guest@{LOOPBACK}:{port}//"
    finally:
        # Erlang's name server makes a daemon of itself; without a node left it ends when told to.
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, check=False)


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
