"""Every kind of fault, and what it does to which link. Each goes on for a while and then is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from fulfillment.chaos.faults.proxy import Mode
from fulfillment.chaos.faults.system import LINKS, Linked
from fulfillment.chaos.faults.tell import forget_everything

Fault = Callable[[Linked, float], None]
"""Does it to a system, for so many seconds."""


def _behaving(link: str, mode: Mode, linked: Linked, seconds: float) -> None:
    linked.proxies[link].behave(mode)
    time.sleep(seconds)
    linked.proxies[link].behave(Mode.WELL)


def _reset(link: str, linked: Linked, seconds: float) -> None:
    """Reset what is open, over and over."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        linked.proxies[link].reset_all()
        time.sleep(seconds / 5)


def _unreachable(link: str, linked: Linked, seconds: float) -> None:
    """Reset what is open, and let nobody in."""
    linked.proxies[link].reset_all()
    _behaving(link, Mode.REFUSED, linked, seconds)


def _half_open(link: str, linked: Linked, seconds: float) -> None:
    linked.proxies[link].forget_all()
    time.sleep(seconds)


def _database_stops(linked: Linked, seconds: float) -> None:
    linked.restart_database()
    time.sleep(seconds)


def _broker_stops(linked: Linked, seconds: float) -> None:
    linked.restart_broker()
    time.sleep(seconds)


def _flush(linked: Linked, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        forget_everything(linked.broker_url)
        time.sleep(seconds / 20)


def _shuffle(linked: Linked, seconds: float) -> None:
    linked.disorder("shuffle", "--seconds", str(seconds))


def _forge(linked: Linked, _: float) -> None:
    linked.disorder("forge", "--messages", "10000")


def _of_link(link: str) -> Mapping[str, Fault]:
    return {
        f"{link}: time-out": partial(_behaving, link, Mode.NO_ANSWER),
        f"{link}: answer lost": partial(_behaving, link, Mode.ANSWER_LOST),
        f"{link}: reset": partial(_reset, link),
        f"{link}: unreachable": partial(_unreachable, link),
        f"{link}: half-open": partial(_half_open, link),
        f"{link}: black hole": partial(_behaving, link, Mode.BLACK_HOLE),
        f"{link}: slow": partial(_behaving, link, Mode.SLOW),
    }


FAULTS: Final[Mapping[str, Fault]] = {
    **{name: fault for link in LINKS for name, fault in _of_link(link).items()},
    "database: restart at once": _database_stops,
    "broker: restart without persistence": _broker_stops,
    "broker: everything forgotten": _flush,
    "messages: out of order and twice": _shuffle,
    "messages: 10,000 forged": _forge,
}

ONLY_REDIS: Final = frozenset({"broker: everything forgotten"})
