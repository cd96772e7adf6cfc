"""Start the shop: subscribe its own address, then serve."""

from __future__ import annotations

import os
import secrets
import threading

import click
from werkzeug.serving import make_server

from examples.storefront.app import create_storefront
from fulfillment.client.shop import Shop


@click.command()
@click.option("--api", default="http://127.0.0.1:8080", help="Where the API is.", show_default=True)
@click.option("--market", default="UK", help="The market that is sold in.", show_default=True)
@click.option("--port", default=5100, type=click.IntRange(1, 65_535), show_default=True)
@click.option("--address", help="How the API reaches this shop; unset: this machine, by --port.")
def main(api: str, market: str, port: int, address: str | None) -> None:
    """Sell what the API has. FULFILLMENT_KEY is the API key of a storefront."""
    key = os.environ.get("FULFILLMENT_KEY")
    if not key:
        raise click.UsageError("set FULFILLMENT_KEY: fulfillment api-key create --role storefront --name example")
    with Shop(api, key) as shop:
        app = create_storefront(shop, market=market, secret_key=secrets.token_hex(32))
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"{address or f'http://127.0.0.1:{port}'}/webhooks"
        for each in list(shop.endpoints()):
            if each.url == here:  # of an earlier start, whose secret nobody knows any more
                shop.unsubscribe(each.id)
        app.config["WEBHOOK_SECRET"] = shop.subscribe(here, ["order.*", "payment.*", "shipment.*", "parcel.*"]).secret
        click.echo(f"the shop is open: http://127.0.0.1:{port}")
        threading.Event().wait()


if __name__ == "__main__":
    main()
