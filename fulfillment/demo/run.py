"""Start the system, live through the day, report, check, and stay up if asked to."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from sqlalchemy.orm import Session

from fulfillment.access.accounts import create_account
from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.demo import day, report, serving
from fulfillment.demo.figures import figures
from fulfillment.demo.people import Person, Refused, TookTooLong, WentThrough
from fulfillment.demo.plan import plan
from fulfillment.demo.progress import Phases
from fulfillment.demo.shift import Shift
from fulfillment.runtime.interrupts import Interrupted
from fulfillment.runtime.up import up
from fulfillment.settings import Settings

_PARTS: Final = 8  # database, broker, gateway, carrier, web, relay, worker, beat
_KEEP_LOGS: Final = "To keep its logs and data: FULFILLMENT_HOME=<a new folder> fulfillment demo --serve"


def run(folder: Path, console: Console, *, orders: int, seed: int, serve: bool) -> bool:
    """Tell whether everything went as planned. Raises `CannotStart`, and `Interrupted` before the day is over."""
    settings = Settings.for_trial(
        fulfillment_home=folder,
        database_url=None,
        redis_url=None,
        broker_url=None,
        gateway_url=None,
        carrier_url=None,
        mail_url=None,
    )
    started = time.monotonic()
    with ExitStack() as opened:
        phases = opened.enter_context(Phases(console))
        with phases.phase("07:30 starting the system", _PARTS) as advance:
            system = opened.enter_context(up(settings, on_step=lambda _: advance()))
        keys = make_keys(system.database_url)
        people = {role: opened.enter_context(Person(role, system.web_url, key)) for role, key in keys.items()}
        shift = Shift(plan(orders, seed=seed), phases, people)
        try:
            ended = day.live(shift, system.outbox)
            found = figures(shift, system, seconds=time.monotonic() - started)
        except (Refused, TookTooLong, WentThrough, httpx.TransportError) as error:
            phases.stop()
            console.print(f"The day stopped: {error}\n{_KEEP_LOGS}", style="red", highlight=False, soft_wrap=True)
            return False
        phases.stop()
        as_planned = report.show(console, shift, ended, found, system)
        if serve:
            serving.show(console, system, keys, make_accounts(system.database_url))
            with suppress(Interrupted):  # Ctrl-C is how this ends
                threading.Event().wait()
        else:
            console.print("To look around in it: make demo SERVE=1, or fulfillment demo --serve", highlight=False)
        return as_planned


def make_keys(database_url: str) -> dict[Role, str]:
    """One key for each role. (The only thing of the day that is not done through the API: it has to begin somewhere.)"""
    with _transaction(database_url) as session:
        at = datetime.now(UTC)
        return {role: create_key(session, role=role, name=f"demo {role}", at=at) for role in Role}


def make_accounts(database_url: str) -> dict[Role, str]:
    """One account for each role of people, named as the role; gives the passwords."""
    passwords: dict[Role, str] = {role: secrets.token_urlsafe(9) for role in Role if role != Role.STOREFRONT}
    with _transaction(database_url) as session:
        for role, password in passwords.items():
            create_account(session, name=str(role), password=password, role=role, at=datetime.now(UTC))
    return passwords


@contextmanager
def _transaction(database_url: str) -> Iterator[Session]:
    engine = make_engine(database_url, application_name="demo")
    try:
        with transaction(make_sessions(engine)) as session:
            yield session
    finally:
        engine.dispose()
