"""A system that runs: its addresses, its settings, its processes."""

from dataclasses import dataclass
from pathlib import Path

from fulfillment.runtime.program import Process
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings


@dataclass(frozen=True, kw_only=True)
class System:
    """What `up` started. `settings` hold every address, also of the embedded parts; `environment` is the same as text."""

    settings: Settings
    environment: dict[str, str]
    web_url: str
    broker_notice: str
    supervisor: Supervisor

    @property
    def processes(self) -> dict[str, Process]:
        """By name: `postgres`, `broker`, `gateway`, `web`, `relay-1`, `worker-1`, `beat-1`; each has a `pid`."""
        return self.supervisor.processes

    @property
    def database_url(self) -> str:
        """The address of the database."""
        assert self.settings.database_url is not None
        return self.settings.database_url

    @property
    def broker_url(self) -> str:
        """The address of the broker."""
        assert self.settings.broker is not None
        return self.settings.broker

    @property
    def gateway_url(self) -> str:
        """The address of the payment gateway."""
        assert self.settings.gateway_url is not None
        return self.settings.gateway_url

    @property
    def outbox(self) -> Path:
        """Where e-mails lie when no MAIL_URL is set."""
        return self.settings.outbox
