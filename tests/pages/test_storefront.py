"""The example shop, from the first look at a product to the webhook that tells of its parcel: three servers and a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from api_client import app_of
from browsing import Desk
from builders import Shop, broken, one, rows, work_off
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from examples.storefront.app import create_storefront
from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.client.shop import Shop as Client
from fulfillment.network.outward import Neighbors
from fulfillment.network.post import HttpOutward
from fulfillment.wiring import now


@dataclass
class _Example:
    """The example shop on the API of a real one, each behind an address of its own."""

    store: Shop
    desk: Desk
    endpoint_id: int

    @property
    def address(self) -> str:
        return self.desk.address


@contextmanager
def _served(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def _worked(shop: Shop) -> Iterator[None]:
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.03):
            work_off(shop.services)

    working = threading.Thread(target=work)
    working.start()
    try:
        yield
    finally:
        ended.set()
        working.join()


@pytest.fixture
def example(shop: Shop, _chromium: Browser, request: pytest.FixtureRequest) -> Iterator[_Example]:
    """Signatures name the time, and receivers look at it: here the clock is the real one."""
    outward = HttpOutward(Neighbors("127.0.0.1"))
    store = replace(shop, services=replace(shop.services, clock=now, outward=outward))
    with store.services.transaction() as session:
        key = create_key(session, role=Role.STOREFRONT, name="example", at=now())
    with _served(app_of(store.services)) as api, Client(api, key) as client:
        app = create_storefront(client, market="UK", secret_key="not a secret here")
        with _served(app) as address, _worked(store):
            made = client.subscribe(f"{address}/webhooks")
            app.config["WEBHOOK_SECRET"] = made.secret
            desk = Desk(_chromium, address, "", request.config.getoption("--screenshots"))
            try:
                yield _Example(store, desk, made.id)
                desk.expect_no_complaint()
            finally:
                desk.close()
    outward.close()


def test_from_a_product_to_the_webhook_of_its_parcel(example: _Example) -> None:
    store, desk = example.store, example.desk
    store.sells("MUG", price=1250, A=5)
    store.sells("RARE", price=9900, when_short="deny")
    page = desk.visits()
    desk.shows(page, "storefront-products")
    sold_out = page.locator(".card", has_text="Sold out")
    assert sold_out.get_by_role("button").is_disabled()
    page.locator(".card", has_text="5 in stock").get_by_role("button").click()
    page.get_by_label("Pieces of").fill("2")
    page.get_by_role("button", name="Change").click()
    page.get_by_text("£25.00").first.wait_for()
    desk.shows(page, "storefront-cart")
    _fills_in(page, card="A card that is declined")
    page.get_by_role("button", name="Place order").click()

    page.get_by_text("Your card was declined. We keep your order").wait_for()
    number = page.get_by_role("heading", level=1).inner_text().removeprefix("Order ")
    assert (
        one(store.services, "SELECT payment_status FROM purchase_order WHERE number = :number", number=number)
        == "declined"
    )
    page.get_by_label("A card that pays").check()
    page.get_by_role("button", name="Pay £25.00").click()
    page.get_by_text("The warehouse has your order.").wait_for()  # told by a webhook
    [order_id] = [
        row[0] for row in rows(store.services, "SELECT id FROM purchase_order WHERE number = :number", number=number)
    ]
    store.picklists(order_id)
    page.get_by_text("Your parcel is being packed.").wait_for()
    [shipment_id] = store.shipments(order_id, "packing")
    store.asks("completion.requested", order_id, [shipment_id], confirm_all=True)
    page.get_by_text("All of your order is on its way.").wait_for()  # nobody loaded the page anew
    page.get_by_text("Your card was charged.").wait_for()
    desk.shows(page, "storefront-order")

    assert page.locator(".stages .done").count() == 4
    delivered = rows(store.services, "SELECT DISTINCT status FROM webhook_delivery")
    assert delivered == [("delivered",)]
    forged = httpx.post(f"{example.address}/webhooks", json={"type": "order.canceled", "data": {"order": number}})
    assert forged.status_code == 400
    stranger = desk.visits()
    assert stranger.goto(f"{example.address}/orders/{number}").status == 404
    desk.complaints.clear()  # the 404 stands in the stranger's console
    assert broken(store.services) == {}


def _fills_in(page: Page, *, card: str) -> None:
    for label, value in {
        "Name": "Ana Diaz",
        "E-mail": "ana@example.org",
        "Street and number": "2 Quay",
        "City": "Leith",
        "Postal code": "EH6 6AB",
    }.items():
        page.get_by_label(label).fill(value)
    page.get_by_label(card).check()
