"""Commands of the HTTP edge; `fulfillment` finds them by entry point."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from web.simulators.webhooks import Endpoint


_LIFE = click.FloatRange(min=0, min_open=True)
_PORT = click.IntRange(1, 65_535)
_BOOKS = click.Path(dir_okay=False, path_type=Path)

_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_key_life = click.option(
    "--key-life",
    default=86_400.0,
    show_default=True,
    type=_LIFE,
    help="Seconds after which an idempotency key is forgotten.",
)


def _webhook_delay(default: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    seconds = click.FloatRange(min=0)
    return click.option(
        "--webhook-delay", default=default, show_default=True, type=seconds, help="Seconds after which an event leaves."
    )


@click.command()
@_host
@click.option("--port", default=8090, show_default=True, type=_PORT, help="Port to listen on.")
@click.option("--journal", type=_BOOKS, help="File of its books; unset: gateway.sqlite3 in FULFILLMENT_HOME.")
@_key_life
@click.option(
    "--authorization-life",
    default=604_800.0,
    show_default=True,
    type=_LIFE,
    help="Seconds after which an authorization expires.",
)
@click.option(
    "--webhook-url", help="Where to tell what was decided, signed with GATEWAY_WEBHOOK_SECRET; unset: nowhere."
)
@_webhook_delay(1.0)
def gateway(
    host: str,
    port: int,
    journal: Path | None,
    key_life: float,
    authorization_life: float,
    webhook_url: str | None,
    webhook_delay: float,
) -> None:
    """Serve a simulated payment gateway, with a journal of its own and faults on request.

    A token that starts with tok_ is a good card; tok_declined, tok_insufficient and tok_expired are refused, and
    tok_slow is answered late, tok_3ds when its customer has acted (POST /v1/actions/<reference>).
    """
    from fulfillment.settings import Settings
    from web.simulators.gateway.app import create_app
    from web.simulators.server import serve

    settings = Settings()
    where = journal or settings.fulfillment_home / "gateway.sqlite3"
    secret = settings.gateway_webhook_secret
    endpoint = _endpoint(webhook_url, secret, webhook_delay, variable="GATEWAY_WEBHOOK_SECRET")
    click.echo(f"simulated payment gateway on http://{host}:{port}, books in {where}", err=True)
    app = partial(create_app, where, key_life=key_life, authorization_life=authorization_life, endpoint=endpoint)
    serve("gateway", app, host=host, port=port)


@click.command()
@_host
@click.option("--port", default=8091, show_default=True, type=_PORT, help="Port to listen on.")
@click.option("--journal", type=_BOOKS, help="File of its books; unset: carrier.sqlite3 in FULFILLMENT_HOME.")
@_key_life
@click.option(
    "--webhook-url",
    help="Where to tell what happens to parcels, signed with CARRIER_WEBHOOK_SECRET; unset: nowhere.",
)
@_webhook_delay(0.0)
def carrier(
    host: str, port: int, journal: Path | None, key_life: float, webhook_url: str | None, webhook_delay: float
) -> None:
    """Serve a simulated carrier, with a journal of its own and faults on request.

    It sells labels by three services (economy, standard, express), takes them back until the parcel is handed over, and
    tells where a parcel is when it is told to (POST /v1/parcels/<tracking number>/events).
    """
    from fulfillment.settings import Settings
    from web.simulators.carrier.app import create_app
    from web.simulators.server import serve

    settings = Settings()
    where = journal or settings.fulfillment_home / "carrier.sqlite3"
    secret = settings.carrier_webhook_secret
    endpoint = _endpoint(webhook_url, secret, webhook_delay, variable="CARRIER_WEBHOOK_SECRET")
    click.echo(f"simulated carrier on http://{host}:{port}, books in {where}", err=True)
    serve("carrier", partial(create_app, where, key_life=key_life, endpoint=endpoint), host=host, port=port)


def _endpoint(url: str | None, secret: str | None, delay: float, *, variable: str) -> Endpoint | None:
    from web.simulators.webhooks import Endpoint

    if url is None:
        return None
    if secret is None:
        raise click.UsageError(f"set {variable} as well: an event that is not signed is taken by nobody")
    return Endpoint(url, secret, delay)


@click.command()
@click.option("--indent", default=2, show_default=True, type=click.IntRange(0, 8), help="Spaces per level.")
def openapi(indent: int) -> None:
    """Print the OpenAPI 3.1 document of the HTTP API."""
    import json

    from web.app import describe

    click.echo(json.dumps(describe(), indent=indent or None))
