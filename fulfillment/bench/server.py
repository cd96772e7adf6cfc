"""The database server that everything is measured on, and the system that is started on one of its databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fulfillment.runtime import postgres
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """The database server: ours, or one that was given; then neither its processes nor its log can be seen."""

    url: str
    programs: Sequence[Path] = ()
    pids: Sequence[int] = ()
    log: Path | None = None


@contextmanager
def measured_server(settings: Settings, folder: Path) -> Iterator[Server]:
    """Give the server of DATABASE_URL, else start one in `folder`; durable in any case."""
    if settings.database_url is not None:
        yield Server(settings.database_url)
        return
    with Supervisor(folder / "logs") as supervisor:
        cluster = postgres.cluster(folder, durable=True)
        cluster.start(supervisor)
        process = supervisor.processes["postgres"]
        yield Server(cluster.url(), (cluster.programs,), (process.pid,), process.log)


@contextmanager
def running(settings: Settings, database_url: str, folder: Path, shape: Shape) -> Iterator[System]:
    """Run the system on a database. The gateway answers in process and there is no carrier: their time would not be ours."""
    mine = settings.model_copy(
        update={
            "database_url": database_url,
            "payment_gateway": "simulated",
            "gateway_url": "approve:",
            "carrier_url": "none:",
            "mail_url": None,
            "fulfillment_home": folder,
            "log_level": "WARNING",
        }
    )
    with up(mine, shape) as system:
        yield system
