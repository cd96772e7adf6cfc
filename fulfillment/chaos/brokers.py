"""The brokers that the system runs on, each started for a run that breaks things."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, get_args

from fulfillment.runtime import broker
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.program import Program
from fulfillment.runtime.ready import LOOPBACK, free_port, port_answers
from fulfillment.runtime.supervisor import Supervisor

Kind = Literal["embedded", "redis", "rabbitmq"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The server itself: the one on the PATH changes its account."""


@contextmanager
def running(kind: Kind, folder: Path) -> Iterator[tuple[str, Supervisor]]:
    """Run a broker of this kind; give its address, and who keeps it running. Raises CannotStart where it is not installed."""
    if kind == "rabbitmq":
        with _rabbitmq(folder) as found:
            yield found
        return
    chosen = redis(folder) if kind == "redis" else _embedded()
    with Supervisor(folder / "logs") as supervisor:
        supervisor.start(chosen.program)
        yield chosen.url, supervisor


def redis(folder: Path) -> broker.Broker:
    """A real Redis, not started yet. Raises CannotStart where none is installed."""
    chosen = broker.choose(folder)
    if "workers.broker" in chosen.program.command:
        raise CannotStart("this needs a real Redis: install redis-server or valkey-server, or set REDIS_URL.")
    return chosen


def _embedded() -> broker.Broker:
    port = free_port()
    command = (sys.executable, "-m", "workers.broker", "--port", str(port))
    program = Program(name="broker", command=command, ready=lambda: port_answers(port))
    return broker.Broker(f"redis://{LOOPBACK}:{port}/0", program, "")


@contextmanager
def _rabbitmq(folder: Path) -> Iterator[tuple[str, Supervisor]]:
    if not RABBITMQ.exists():
        raise CannotStart("this needs RabbitMQ: install rabbitmq-server.")
    port, environment = free_port(), _environment(folder)
    home = Path(environment["HOME"])
    home.mkdir()
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.1 = {LOOPBACK}:{port}\n")
    (home / "plugins").write_text("[].")
    program = Program(
        name="rabbitmq", command=(str(RABBITMQ),), environment=environment, ready=lambda: port_answers(port)
    )
    try:
        with Supervisor(folder / "logs") as supervisor:
            supervisor.start(program)
            yield f"amqp://guest:guest@{LOOPBACK}:{port}//", supervisor
    finally:
        # Erlang's name server makes a daemon of itself; without a node left it ends when told to.
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, check=False)


def _environment(folder: Path) -> dict[str, str]:
    """Everything in one folder, and nothing of the machine's own RabbitMQ."""
    home, port = folder / "rabbitmq", free_port()
    return {
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
        "RABBITMQ_DIST_PORT": str(port),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",  # one scheduler that does not spin
    }
