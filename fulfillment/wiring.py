"""The one place that puts the parts together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

# Imported so that every table is known wherever anything is wired.
import fulfillment.access.models
import fulfillment.bulk.models
import fulfillment.carts.models
import fulfillment.catalog.models
import fulfillment.counts.models
import fulfillment.customers.models
import fulfillment.dispatch.models
import fulfillment.drafts.models
import fulfillment.exchanges.models
import fulfillment.idempotency.models
import fulfillment.inbound.models
import fulfillment.inventory.models
import fulfillment.labels.models
import fulfillment.manifests.models
import fulfillment.notifications.models
import fulfillment.orders.configuration.models
import fulfillment.orders.models
import fulfillment.orders.notes.models
import fulfillment.orders.search.models
import fulfillment.payments.attempts.models
import fulfillment.payments.chargebacks.models
import fulfillment.payments.credits.models
import fulfillment.payments.ledger.models
import fulfillment.payments.models
import fulfillment.payments.sync.models
import fulfillment.picking.models
import fulfillment.promotions.models
import fulfillment.reconciliation.models
import fulfillment.returns.models
import fulfillment.shipments.models
import fulfillment.subscriptions.models
import fulfillment.timeline.models
import fulfillment.tracking.models
import fulfillment.transfers.models
import fulfillment.webhooks.models  # noqa: F401 - see above
from fulfillment.carriers import make_carriers, make_tracking_readers
from fulfillment.carriers.events import TrackingReader
from fulfillment.carriers.port import Carrier
from fulfillment.checkout.memory import CatalogMemory
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.db.together import Together
from fulfillment.dispatch.times import StepTimes
from fulfillment.network.outward import Neighbors
from fulfillment.network.post import HttpOutward, Outward
from fulfillment.notifications.mail_url import make_mailer
from fulfillment.notifications.mailer import Mailer
from fulfillment.payments.gateway import EventReader, Gateway, make_event_reader, make_gateway
from fulfillment.settings import Settings
from fulfillment.tracing.port import Tracing


def now() -> datetime:
    """Tell the time. The domain asks for it as an argument; only the edges know this clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What the edges and the flows work with."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    statements: Engine
    """Connections of its own, on which each statement is a transaction; opened where something is asked of them."""
    single_statements: sessionmaker[Session]
    gateway: Gateway
    mailer: Mailer
    gateway_events: EventReader | None = None
    """What reads the events that the gateway tells of by itself; None where none can be believed."""
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    """Who sells labels, by code; empty where labels are made elsewhere."""
    tracking_events: Mapping[str, TrackingReader] = field(default_factory=dict)
    """What reads the tracking events of each carrier that can be believed, by the carrier's code."""
    outward: Outward = field(default_factory=lambda: HttpOutward(Neighbors(None)))
    """What posts to addresses that others chose."""
    catalog_memory: CatalogMemory = field(default_factory=CatalogMemory)
    """What this process remembers of the catalog between checkouts."""
    step_times: StepTimes = field(default_factory=StepTimes)
    """How long the steps took that this process has done; workers write it down."""
    tracing: Tracing | None = None
    """Where spans are written to, if anywhere."""
    clock: Callable[[], datetime] = now

    @cached_property
    def together(self) -> Together:
        """What requests write at the same moment, by one statement on a connection of `statements`."""
        return Together(self.statements)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction: committed at the end of the block, rolled back on any error."""
        with transaction(self.sessions) as session:
            yield session
        self.step_times.count(session)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a transaction for reading in which all statements see one moment."""
        with transaction(self.sessions) as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
            yield session

    @contextmanager
    def autocommit(self) -> Iterator[Session]:
        """Open a session in which each statement is a transaction: for what is one statement anyway, at half the price."""
        with self.single_statements() as session:
            yield session

    def close(self) -> None:
        """Let go of connections."""
        if self.tracing is not None:
            self.tracing.close()
        self.gateway.close()
        for carrier in self.carriers.values():
            carrier.close()
        self.outward.close()
        self.engine.dispose()
        self.statements.dispose()


def build(settings: Settings, *, name: str = "fulfillment", pool_size: int = 5, lock_timeout: float = 10) -> Services:
    """
    Put the parts together for one process; `lock_timeout` is in seconds.

    Raises ValueError where a setting it needs is missing.
    """
    stripe_key = settings.stripe_key
    if settings.database_url is None or (settings.gateway_url is None and stripe_key is None):
        raise ValueError("DATABASE_URL and GATEWAY_URL must be set; `fulfillment up` starts both and sets them")
    # A pool for each: to switch a connection between the two costs more than a small statement.
    engine, statements = (
        make_engine(
            settings.database_url,
            pool_size=pool_size,
            hot=True,
            autocommit=autocommit,
            application_name=name,
            lock_timeout=lock_timeout,
        )
        for autocommit in (False, True)
    )
    return Services(
        settings=settings,
        engine=engine,
        sessions=make_sessions(engine),
        statements=statements,
        single_statements=make_sessions(statements),
        gateway=make_gateway(settings.gateway_url, stripe_key=stripe_key),
        gateway_events=make_event_reader(
            settings.gateway_webhook_secret, url=settings.gateway_url, stripe_key=stripe_key
        ),
        carriers=make_carriers(settings.carrier_url),
        tracking_events=make_tracking_readers(settings.carrier_webhook_secret),
        outward=HttpOutward(Neighbors(settings.webhooks_may_reach)),
        mailer=make_mailer(settings.mail_url or "", settings.mail_from, settings.outbox),
        tracing=_tracing(settings, name),
    )


def _tracing(settings: Settings, name: str) -> Tracing | None:
    if settings.tracing_url is None:
        return None
    try:
        from fulfillment.tracing.spans import Spans
    except ImportError as missing:
        raise ValueError("TRACING_URL needs the extra `tracing`: pip install 'fulfillment[tracing]'") from missing
    return Spans.to(settings.tracing_url, f"fulfillment {name}")
