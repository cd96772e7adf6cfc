"""A system whose every process is watched and may be killed over and over, on the broker that is wanted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fulfillment.chaos.crash.nursery import Child, write_list
from fulfillment.chaos.crash.points import SWITCH, Board
from fulfillment.chaos.crash.receiver import HOST
from fulfillment.runtime import programs
from fulfillment.runtime.program import Program
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings

LEASE_SECONDS: Final = 1
_EDGES: Final = {
    "web": ("web.crash_points",),
    "worker": ("workers.crash_points",),
    "relay": ("workers.crash_points",),
    "beat": ("workers.crash_points",),
}
_LOADED: Final = ["celery.bin.celery", "celery.worker.worker", "celery.concurrency.prefork", "celery.apps.worker"]
_LOADED_OF_OURS: Final = [
    "fulfillment.cli",
    "workers.tasks",
    "workers.relay",
    "workers.commands",
    "web.app",
    "granian.cli",
]


@contextmanager
def watched(home: Path, board: Board, *, broker_url: str | None = None) -> Iterator[System]:
    """Start a system in which processes die at the points of the board."""
    settings = Settings.for_trial(
        fulfillment_home=home,
        lease_seconds=LEASE_SECONDS,
        broker_url=broker_url,
        mail_url=None,
        gateway_url=None,
        webhooks_may_reach=HOST,
        log_level="ERROR",
    )
    with up(settings, Shape(web=False, relays=0, workers=0, beats=0, durable=False)) as system:
        port = urlsplit(system.web_url).port
        assert port is not None
        wanted = [
            programs.web(system.settings, port),
            programs.worker(system.settings, 1),
            programs.relay(system.settings, 1),
            programs.beat(system.settings, 1),
        ]
        system.supervisor.start(_nursery(wanted, board, system.settings))
        yield system


def _nursery(wanted: list[Program], board: Board, settings: Settings) -> Program:
    """One program that has all of these as its children, and is ready when they are."""
    path = board.folder / "children.json"
    children = [_child(program) for program in wanted]
    write_list(path, children, loading=[*_LOADED, *_LOADED_OF_OURS], log=settings.logs)
    return Program(
        name="nursery",
        command=(sys.executable, "-m", "fulfillment.chaos.crash.nursery", str(path)),
        ready=lambda: all(program.ready() for program in wanted),
        environment={**programs.environment(settings), SWITCH: str(board.folder)},
        ready_seconds=180,
    )


def _child(program: Program) -> Child:
    kind = program.name.split("-")[0]
    _, _, module, *arguments = program.command  # python -m module ...
    return Child(kind, module, tuple(arguments), dict(program.environment), _EDGES[kind])
