"""Configurations are added, chosen and read (OL20). One is active for all orders; it only names, so any order fits it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.orders.configuration.check import Fault, faults
from fulfillment.orders.configuration.configuration import DEFAULT, Configuration, restored


@dataclass(frozen=True, slots=True)
class Kept:
    """A configuration, and whether it is the one that counts."""

    configuration: Configuration
    active: bool
    created_at: datetime | None = None
    created_by: str | None = None


_ADD = text("""
INSERT INTO order_configuration (name, states, transitions, created_at, created_by)
VALUES (:name, CAST(:states AS jsonb), CAST(:transitions AS jsonb), :at, :by)
    ON CONFLICT (lower(name)) DO NOTHING RETURNING id
""")
_ALL = text("""
SELECT name, states, transitions, active, created_at, created_by FROM order_configuration ORDER BY lower(name)
""")
_ACTIVE = text("SELECT name, states, transitions FROM order_configuration WHERE active")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('order_configuration'))")
_LEAVE = text("UPDATE order_configuration SET active = false WHERE active AND lower(name) <> lower(:name)")
_CHOOSE = text("UPDATE order_configuration SET active = true WHERE lower(name) = lower(:name)")
_BUILT_IN: Final = DEFAULT.name.casefold()


def add_configuration(session: Session, configuration: Configuration, *, by: str, at: datetime) -> None:
    """
    Add a configuration that the checker accepts; it counts once it is activated.

    Raises Invalid with every fault and the way to it, Conflict where the name is taken.
    """
    if found := faults(configuration):
        raise _refused(configuration, found)
    stored = configuration.stored()
    parameters = {
        "name": configuration.name,
        "states": orjson.dumps(stored["states"]).decode(),
        "transitions": orjson.dumps(stored["transitions"]).decode(),
        "at": at,
        "by": by,
    }
    taken = configuration.name.casefold() == _BUILT_IN
    if taken or session.execute(_ADD, parameters).one_or_none() is None:
        raise Conflict(
            f"there is a configuration {configuration.name}", code="name_taken", remedy="choose another name"
        )


def activate_configuration(session: Session, name: str) -> None:
    """Let this configuration name the states of all orders from now on. Raises NotFound."""
    find_configuration(session, name)
    session.execute(_LOCK)  # Two at once would both leave the same one.
    session.execute(_LEAVE, {"name": name})
    session.execute(_CHOOSE, {"name": name})


def active_configuration(session: Session) -> Configuration:
    """Give the configuration that counts."""
    row = session.execute(_ACTIVE).one_or_none()
    return DEFAULT if row is None else restored(row.name, row._asdict())


def list_configurations(session: Session) -> list[Kept]:
    """List all configurations: the built-in one, then those that were made, by name. There are few."""
    made = [_kept(row) for row in session.execute(_ALL)]
    return [Kept(DEFAULT, active=not any(each.active for each in made)), *made]


def find_configuration(session: Session, name: str) -> Kept:
    """Give a configuration by its name; case makes no difference. Raises NotFound."""
    for kept in list_configurations(session):
        if kept.configuration.name.casefold() == name.casefold():
            return kept
    raise NotFound(f"no order configuration {name}")


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    return Kept(restored(row.name, row._asdict()), row.active, row.created_at, row.created_by)


def _refused(configuration: Configuration, found: list[Fault]) -> Invalid:
    first = found[0]
    way = f" ({' -> '.join(first.path)})" if first.path else ""
    return Invalid(
        f"{configuration.name}: {first.reason}{way}",
        code="unsafe_configuration",
        guard=first.code,
        remedy="change the transitions along the path"
        if first.path
        else "put right the states or transitions that are named",
        members={"faults": [asdict(fault) for fault in found[:20]]},
    )
