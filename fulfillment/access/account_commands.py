"""`fulfillment user`: who may sign in at the pages."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import IO

import click

from fulfillment.access import accounts
from fulfillment.access.commands import Database, session_of
from fulfillment.access.models import Role

_PEOPLE = [str(role) for role in Role if role != Role.STOREFRONT]
_PASSWORD = click.option(
    "--password-file", type=click.File(), help="File with the password, - for standard input; unset: one is made up."
)


@click.group()
def user() -> None:
    """Accounts of people who sign in at the pages."""


@user.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(_PEOPLE), help="What they may do.")
@click.option("--warehouse", "warehouses", multiple=True, help="Code of a warehouse they work in; may be repeated.")
@click.option(
    "--refund-limit",
    type=click.IntRange(min=0),
    help="Most of one order in 24 hours, captured or refunded, in minor units.",
)
@_PASSWORD
@click.pass_obj
def create(
    database: Database,
    name: str,
    role: str,
    warehouses: tuple[str, ...],
    refund_limit: int | None,
    password_file: IO[str] | None,
) -> None:
    """Open an account; a password that was made up is printed, once."""
    password, made_up = _password(password_file)
    with session_of(database, "user") as session:
        accounts.create_account(
            session,
            name=name,
            password=password,
            role=Role(role),
            at=datetime.now(UTC),
            warehouses=warehouses or None,
            refund_limit=refund_limit,
        )
    click.echo(password if made_up else f"{name} can sign in.")


@user.command(name="list")
@click.pass_obj
def list_accounts(database: Database) -> None:
    """List the accounts: name, role, state."""
    with session_of(database, "user") as session:
        for key in accounts.all_accounts(session):
            click.echo(f"{key.name:24}  {key.role:10}  {'closed' if key.revoked_at is not None else 'open'}")


@user.command()
@click.argument("name")
@_PASSWORD
@click.pass_obj
def password(database: Database, name: str, password_file: IO[str] | None) -> None:
    """Set another password; whoever is signed in with the old one is signed out."""
    chosen, made_up = _password(password_file)
    with session_of(database, "user") as session:
        accounts.change_password(session, name, chosen)
    click.echo(chosen if made_up else f"{name} has another password.")


@user.command()
@click.argument("name")
@click.pass_obj
def close(database: Database, name: str) -> None:
    """Close an account: whoever is signed in with it is signed out within seconds."""
    with session_of(database, "user") as session:
        accounts.close_account(session, name, at=datetime.now(UTC))
    click.echo(f"{name} is closed.")


def _password(file: IO[str] | None) -> tuple[str, bool]:
    """Give the password, and whether it was made up here."""
    if file is None:
        return secrets.token_urlsafe(12), True
    return file.read().rstrip("\n"), False
