"""The processes of the system: how each is started and when it counts as ready."""

import json
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from fulfillment.carriers import SIMULATED
from fulfillment.runtime.program import Program
from fulfillment.runtime.ready import LOOPBACK, announced, http_answers, reached_at
from fulfillment.settings import Settings
from fulfillment.settings.held_in_files import IN_FILES, file_of

_CLI = (sys.executable, "-m", "fulfillment.cli")
_CELERY = (sys.executable, "-m", "celery", "--app", "workers.app:app")


def environment(settings: Settings) -> dict[str, str]:
    """
    Our own environment, with these settings in place of what it says.

    Temporary files lie in the data folder: what a killed process leaves of them goes with it, not into everyone's /tmp.
    """
    scratch = settings.home / "tmp"
    scratch.mkdir(exist_ok=True, mode=0o700)
    given = settings.model_dump(exclude_none=True)
    names = {name.upper() for name in Settings.model_fields} | {file_of(name) for name in IN_FILES}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in names}
    return {
        **inherited,
        **{name.upper(): _plain(value) for name, value in given.items()},
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch),
    }


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def gateway(settings: Settings, port: int, *, api: str) -> Program:
    """The simulated payment gateway, which tells the API at this address what it decides."""
    return Program(
        name="gateway",
        command=(
            *(*_CLI, "gateway", "--port", str(port), "--journal", str(settings.home / "gateway.sqlite3")),
            *("--webhook-url", f"{api}/v1/gateway-events"),
        ),
        ready=lambda: http_answers(f"http://{LOOPBACK}:{port}/healthz"),
        environment=environment(settings),
    )


def carrier(settings: Settings, port: int, *, api: str) -> Program:
    """The simulated carrier, which tells the API at this address where parcels are."""
    return Program(
        name="carrier",
        command=(
            *(sys.executable, "-m", "web.simulators.carrier", "--port", str(port)),
            *("--journal", str(settings.home / "carrier.sqlite3")),
            *("--webhook-url", f"{api}/webhooks/carriers/{SIMULATED}"),
        ),
        ready=lambda: http_answers(f"http://{LOOPBACK}:{port}/healthz"),
        environment=environment(settings),
    )


def web(settings: Settings, port: int, *, host: str = LOOPBACK, threads: int = 16) -> Program:
    """The HTTP API: one process, since its threads wait for the database most of the time."""
    return Program(
        name="web",
        command=(
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
            *("--host", host, "--port", str(port), "--workers", "1", "--blocking-threads", str(threads)),
            # Its own work is little: a single thread does it with a third less of the processor than several.
            *("--runtime-mode", "st"),
            *("--log-level", "warning", "web.wsgi:app"),
        ),
        ready=lambda: http_answers(f"http://{reached_at(host)}:{port}/healthz"),
        environment=environment(settings),
    )


def relay(settings: Settings, number: int) -> Program:
    """Hands rows that are due to Celery; as many as wanted."""
    return _announcing(f"relay-{number}", (*_CLI, "relay"), settings)


def worker(settings: Settings, number: int) -> Program:
    """A Celery worker. It does not talk to other workers: there is nothing they need to know of each other."""
    return _announcing(
        f"worker-{number}",
        (
            *(*_CELERY, "worker", "--hostname", f"worker-{number}@%h"),
            *("--concurrency", str(settings.worker_concurrency), "--loglevel", settings.log_level),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        settings,
    )


def beat(settings: Settings, number: int) -> Program:
    """Wakes the sweeps; several are harmless."""
    folder = settings.home / "beat"
    folder.mkdir(exist_ok=True)
    schedule = str(folder / f"schedule-{number}")
    return _announcing(
        f"beat-{number}", (*_CELERY, "beat", "--schedule", schedule, "--loglevel", settings.log_level), settings
    )


def _announcing(name: str, command: tuple[str, ...], settings: Settings) -> Program:
    file = _ready_file(settings.home, name)
    return Program(
        name=name,
        command=command,
        ready=lambda: announced(file),
        environment={**environment(settings), "FULFILLMENT_READY_FILE": str(file)},
    )


def _ready_file(home: Path, name: str) -> Path:
    folder = home / "ready"
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.unlink(missing_ok=True)
    return file
