"""A system with a proxy on each of its links: to the database, the broker and the gateway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fulfillment.carriers import NO_CARRIER
from fulfillment.chaos import brokers
from fulfillment.chaos.faults.proxy import Proxy
from fulfillment.kernel.webhook import new_secret
from fulfillment.runtime import databases, guard, postgres, programs
from fulfillment.runtime.ready import LOOPBACK, free_port
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.runtime.system import System
from fulfillment.runtime.up import DATABASE, Shape, up
from fulfillment.settings import Settings

LINKS: Final = ("database", "broker", "gateway")
_LEASE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Linked:
    """
    A system whose links can be disturbed.

    `database_url`, `broker_url` and `gateway_url` lead past the proxies: what came about is looked at undisturbed.
    """

    system: System
    proxies: dict[str, Proxy]
    database_url: str
    broker_url: str
    gateway_url: str
    servers: Supervisor
    broker: Supervisor

    def restart_database(self) -> None:
        """Stop PostgreSQL at once, without ending what is open (`-m immediate`); it recovers as it starts again."""
        os.kill(self.servers.processes["postgres"].pid, signal.SIGQUIT)

    def restart_broker(self) -> None:
        """Kill the broker, which keeps nothing on the disk; it starts again empty."""
        [process] = self.broker.processes.values()
        guard.kill_group(process.pid)

    def disorder(self, *arguments: str) -> None:
        """Disturb the messages; see `workers/disorder.py`."""
        environment = {**programs.environment(self.system.settings), "BROKER_URL": self.broker_url}
        subprocess.run([sys.executable, "-m", "workers.disorder", *arguments], env=environment, check=True)


@contextmanager
def linked(home: Path, kind: brokers.Kind) -> Iterator[Linked]:
    """Start database, broker and gateway, a proxy before each, and a system that knows the proxies alone."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with ExitStack() as stack:
        servers = stack.enter_context(Supervisor(home / "servers" / "logs"))
        cluster = postgres.cluster(home / "servers")  # It is restarted at once, and must forget nothing.
        cluster.start(servers)
        database_url = databases.ensure(cluster.url(), DATABASE)
        broker_url, broker = stack.enter_context(brokers.running(kind, home / "servers"))
        settings = Settings.for_trial(
            fulfillment_home=home / "system",
            lease_seconds=_LEASE_SECONDS,
            mail_url=None,
            carrier_url=NO_CARRIER,
            gateway_webhook_secret=new_secret(),
            log_level="ERROR",
        )
        settings.home.mkdir(parents=True, exist_ok=True)
        gateway_port = free_port()
        servers.start(programs.gateway(settings, gateway_port, api=f"http://{LOOPBACK}:{port}"))
        proxies = {
            "database": stack.enter_context(Proxy(cluster.sockets / ".s.PGSQL.5432")),
            "broker": stack.enter_context(Proxy((LOOPBACK, urlsplit(broker_url).port or 0))),
            "gateway": stack.enter_context(Proxy((LOOPBACK, gateway_port))),
        }
        given = {
            "database_url": f"postgresql+psycopg://{postgres.SUPERUSER}@{LOOPBACK}:{proxies['database'].port}/{DATABASE}",
            "broker_url": _through(broker_url, proxies["broker"]),
            "gateway_url": f"http://{LOOPBACK}:{proxies['gateway'].port}",
        }
        shape = Shape(port=port, relays=2, beats=3)
        system = stack.enter_context(up(settings.model_copy(update=given), shape))
        yield Linked(system, proxies, database_url, broker_url, f"http://{LOOPBACK}:{gateway_port}", servers, broker)


def _through(url: str, proxy: Proxy) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{proxy.port}")).geturl()
