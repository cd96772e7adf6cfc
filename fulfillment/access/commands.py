"""`fulfillment api-key`: who may call the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy.orm import Session

from fulfillment.access import keys
from fulfillment.access.models import Role
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.kernel.errors import FulfillmentError

Database = Callable[[], AbstractContextManager[str]]
"""Opens the database for the length of a block and gives its address. The command line hands it in as `obj`."""


@click.group(name="api-key")
def api_key() -> None:
    """Keys of the HTTP API."""


@api_key.command()
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]), help="What the key may do.")
@click.option("--name", required=True, help="Whose it is; stands on the timeline of what it does.")
@click.option("--warehouse", "warehouses", multiple=True, help="Code of a warehouse it is bound to; may be repeated.")
@click.option(
    "--refund-limit",
    type=click.IntRange(min=0),
    help="Most of one order in 24 hours, captured or refunded, in minor units.",
)
@click.option("--storefront", help="Storefront whose orders it sees, where a further key is made for it; unset: NAME.")
@click.option("--days", type=click.IntRange(min=1), help="Days until it expires; unset: never.")
@click.pass_obj
def create(
    database: Database,
    role: str,
    name: str,
    warehouses: tuple[str, ...],
    refund_limit: int | None,
    storefront: str | None,
    days: int | None,
) -> None:
    """Make a key and print it, once."""
    at = datetime.now(UTC)
    with session_of(database, "api-key") as session:
        token = keys.create_key(
            session,
            role=Role(role),
            name=name,
            at=at,
            warehouses=warehouses or None,
            refund_limit=refund_limit,
            storefront=storefront,
            expires_at=at + timedelta(days=days) if days else None,
        )
    click.echo(token)


@api_key.command(name="list")
@click.pass_obj
def list_keys(database: Database) -> None:
    """List the keys: prefix, role, name, state."""
    at = datetime.now(UTC)
    with session_of(database, "api-key") as session:
        for key in keys.all_keys(session):
            expired = key.expires_at is not None and key.expires_at <= at
            state = "revoked" if key.revoked_at is not None else "expired" if expired else "valid"
            click.echo(f"{key.prefix}  {key.role:10}  {state:7}  {key.name}")


@api_key.command()
@click.argument("prefix")
@click.pass_obj
def revoke(database: Database, prefix: str) -> None:
    """Make a key useless; processes that know it forget it within seconds."""
    with session_of(database, "api-key") as session:
        keys.revoke_key(session, prefix, at=datetime.now(UTC))
    click.echo(f"{prefix} is revoked.")


@contextmanager
def session_of(database: Database, name: str) -> Iterator[Session]:
    """Open one transaction for a command of this name; what it is refused is told in a sentence."""
    with database() as url:
        engine = make_engine(url, application_name=name)
        try:
            with transaction(make_sessions(engine)) as session:
                yield session
        except FulfillmentError as error:
            raise click.ClickException(error.detail) from error
        finally:
            engine.dispose()
