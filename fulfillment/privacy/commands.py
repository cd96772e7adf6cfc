"""`fulfillment customer`: what is held about a person, and its erasure."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from fulfillment.access.commands import Database, session_of
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.privacy.erase import erase as erase_person
from fulfillment.privacy.export import export as export_person
from fulfillment.privacy.person import Person, customer_person, person_of


@click.group()
def customer() -> None:
    """What is held about a person."""


_WHO = click.argument("who")


@customer.command()
@_WHO
@click.pass_obj
def export(database: Database, who: str) -> None:
    """Print everything that is held about WHO, the id or the e-mail address of a customer, as JSON."""
    with session_of(database, "customer") as session:
        held = export_person(session, _person(session, who))
    click.echo(json.dumps(held, indent=2, ensure_ascii=False))


@customer.command()
@_WHO
@click.option("--by", required=True, help="Who does it; stands on the timelines of the orders.")
@click.option("--yes", is_flag=True, help="Do not ask: what is erased cannot be brought back.")
@click.pass_obj
def erase(database: Database, who: str, by: str, *, yes: bool) -> None:
    """Erase who WHO is, the id or the e-mail address of a customer; their orders' books stay."""
    with session_of(database, "customer") as session:
        person = _person(session, who)
        if not yes:
            click.confirm(f"Erase the person of {len(person.orders)} orders for good?", abort=True)
        cause = Cause(CauseKind.PERSON, f"customer erase {uuid.uuid4().hex}", f"person:{by}")
        erased = erase_person(session, person, cause=cause, at=datetime.now(UTC))
    for table, count in sorted(erased.rows.items()):
        click.echo(f"{count:8}  {table}")
    click.echo(f"{len(erased.orders):8}  orders in all")


def _person(session: Session, who: str) -> Person:
    return customer_person(session, int(who)) if who.isdecimal() else person_of(session, who)
