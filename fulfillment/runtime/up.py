"""The whole system on one machine: each part from its address if one is given, else started here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say, unsaid
from fulfillment.kernel.webhook import new_secret
from fulfillment.runtime import broker, databases, home, postgres, programs
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.interrupts import interruptible
from fulfillment.runtime.program import Program
from fulfillment.runtime.ready import LOOPBACK, free_port, reached_at, why_not_free
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.runtime.system import System
from fulfillment.settings import Settings

DATABASE = "fulfillment"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How much of each there is. Port 0 is any free one; 0 of a kind leaves it out."""

    host: str = LOOPBACK
    port: int = 0
    web: bool = True  # False: who starts the rest serves the API on this port, too
    web_threads: int = 16
    relays: int = 1
    workers: int = 1
    beats: int = 1
    durable: bool = True  # False: the embedded database forgets the last moments when the machine stops (tests)


@contextmanager
def up(settings: Settings, shape: Shape | None = None, *, on_step: Say = unsaid) -> Iterator[System]:
    """Start everything, yield the running system, and stop everything, last started first.

    `on_step` is told each part as it is ready. Raises `CannotStart`. Ctrl-C and SIGTERM raise `Interrupted` in the
    block or in the start, and nothing is left running, nor when this process is killed.
    """
    with (
        interruptible(),
        home.claimed(settings.home) as lock,
        Supervisor(settings.logs, keep_open=(lock,)) as supervisor,
    ):
        yield _Start(settings, shape or Shape(), supervisor, on_step).whole()


@dataclass
class _Start:
    settings: Settings
    shape: Shape
    supervisor: Supervisor
    on_step: Say
    broker_notice: str = field(default="", init=False)

    def whole(self) -> System:
        self._refuse_a_port_in_use()
        self._database()
        self._broker()
        port = self.shape.port or free_port()
        url = f"http://{reached_at(self.shape.host)}:{port}"
        self._partners(url)
        self._processes(port)
        return System(
            settings=self.settings,
            environment=programs.environment(self.settings),
            web_url=url,
            broker_notice=self.broker_notice,
            supervisor=self.supervisor,
        )

    def _refuse_a_port_in_use(self) -> None:
        """Before anything is started. Another system's API there would otherwise share its requests with ours."""
        host, port = self.shape.host, self.shape.port
        if reason := why_not_free(host, port):
            raise CannotStart(
                f"the API cannot listen on {host}, port {port} ({reason}): choose another with --host and --port; "
                "--port 0 takes any that is free."
            )

    def _database(self) -> None:
        if self.settings.database_url is None:
            cluster = postgres.cluster(self.settings.home, durable=self.shape.durable)
            cluster.start(self.supervisor)
            self._set(database_url=databases.ensure(cluster.url(), DATABASE))
        assert self.settings.database_url is not None
        upgrade(self.settings.database_url)
        self.on_step("database")

    def _broker(self) -> None:
        if self.settings.broker is None:
            chosen = broker.choose(self.settings.home)
            self.supervisor.start(chosen.program)
            self.broker_notice = chosen.notice
            self._set(broker_url=chosen.url)
        self.on_step("broker")

    def _partners(self, api: str) -> None:
        """Gateway and carrier, where they are simulated: at once, since neither waits for the other."""
        wanted: list[Program] = []
        found: dict[str, str] = {}
        if self.settings.gateway_url is None and self.settings.payment_gateway == "simulated":
            if self.settings.gateway_webhook_secret is None:
                self._set(gateway_webhook_secret=new_secret())
            port = free_port()
            wanted.append(programs.gateway(self.settings, port, api=api))
            found["gateway_url"] = f"http://{LOOPBACK}:{port}"
        if self.settings.carrier_url is None:
            if self.settings.carrier_webhook_secret is None:
                self._set(carrier_webhook_secret=new_secret())
            port = free_port()
            wanted.append(programs.carrier(self.settings, port, api=api))
            found["carrier_url"] = f"http://{LOOPBACK}:{port}"
        self.supervisor.start(*wanted)
        self._set(**found)
        self.on_step("gateway")
        self.on_step("carrier")

    def _processes(self, port: int) -> None:
        """All at once: none of them waits for another, and each takes a second to load."""
        shape, settings = self.shape, self.settings
        wanted: list[Program] = []
        if shape.web:
            wanted.append(programs.web(settings, port, host=shape.host, threads=shape.web_threads))
        wanted += [programs.relay(settings, number + 1) for number in range(shape.relays)]
        wanted += [programs.worker(settings, number + 1) for number in range(shape.workers)]
        wanted += [programs.beat(settings, number + 1) for number in range(shape.beats)]
        self.supervisor.start(*wanted, on_ready=self.on_step)

    def _set(self, **found: str) -> None:
        self.settings = self.settings.model_copy(update=found)
