"""The broker of one machine: the Redis that is installed, else one written in Python.

Nothing is lost with it: what is to be done stands in the database, the broker only carries hints. So it keeps nothing
on disk.
"""

import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fulfillment.runtime.program import Program
from fulfillment.runtime.ready import LOOPBACK, free_port, port_answers

_SERVERS = ("redis-server", "valkey-server")
_OLDEST = (6, 2)  # what kombu's transport needs


@dataclass(frozen=True)
class Broker:
    """A broker that was chosen, not started yet."""

    url: str
    program: Program
    notice: str


def choose(home: Path) -> Broker:
    """A redis-server or valkey-server on the PATH if there is one, else the broker in Python."""
    found = next((path for name in _SERVERS if (path := shutil.which(name)) and _version(path) >= _OLDEST), None)
    return _redis(found, home) if found else _in_python()


def _redis(server: str, home: Path) -> Broker:
    port, password = free_port(), secrets.token_urlsafe(24)
    folder = home / "broker"
    folder.mkdir(mode=0o700, exist_ok=True)
    configuration = folder / "redis.conf"  # a file, not arguments: those can be read by everyone on the machine
    configuration.touch(mode=0o600)
    configuration.write_text(
        f'bind {LOOPBACK}\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
        f'maxmemory-policy noeviction\ndaemonize no\ndir "{folder}"\n'
    )
    return Broker(
        url=f"redis://:{password}@{LOOPBACK}:{port}/0",
        program=Program(name="broker", command=(server, str(configuration)), ready=lambda: port_answers(port)),
        notice=f"{Path(server).name} on port {port}",
    )


def _in_python() -> Broker:
    port = free_port()
    return Broker(
        url=f"redis://{LOOPBACK}:{port}/0",
        program=Program(
            name="broker",
            command=(sys.executable, "-m", "workers.broker", "--port", str(port)),
            ready=lambda: port_answers(port),
        ),
        notice=f"written in Python, on port {port}: no redis-server is installed. Right for a try, slow for a store.",
    )


def _version(server: str) -> tuple[int, ...]:
    text = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\bv=(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else (0,)
