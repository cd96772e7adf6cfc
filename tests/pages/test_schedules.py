"""Journeys through what goes on by itself: subscriptions, transfers, webhooks; and through what is kept of a customer."""

import json
from typing import cast

from browsing import Desk, Visitor
from builders import Shop, broken, one, work_off
from fakes.receiver import ScriptedReceivers
from order_entry import offers_methods
from playwright.sync_api import expect

HERE = "https://shop.example/hooks"


def test_an_order_is_repeated_until_somebody_ends_it(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=3)
    offers_methods(shop)
    with desk.workers:
        number = shop.places(("MUG", 1), shipping_method="post").number
    page = desk.sits_down("csr")
    desk.goes(page, f"/orders/{number}")
    page.get_by_role("link", name="Repeat").click()
    page.get_by_label("Every", exact=True).fill("2")
    page.get_by_label("Days, weeks or months").select_option("weeks")
    page.get_by_label("First on").fill("2026-03-09")
    page.get_by_label("Until").fill("2026-03-01")
    page.get_by_role("button", name="Repeat it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Every", exact=True)).to_have_value("2")
    page.get_by_label("Until").fill("")
    page.get_by_role("button", name="Repeat it").click()

    expect(page.get_by_role("row", name="Every 2 weeks, from 2026-03-09")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("h1 ~ .badge", has_text="Paused")).to_be_visible()
    desk.opens(page, "Resume").get_by_role("button").click()
    desk.opens(page, "End").get_by_role("button").click()
    expect(page.locator("h1 ~ .badge", has_text="Ended")).to_be_visible()
    assert one(shop.services, "SELECT CAST(count(*) AS int) FROM subscription WHERE status = 'ended'") == 1


def test_goods_go_from_one_warehouse_to_another(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=9)
    page = desk.sits_down("warehouse")
    desk.goes(page, "/floor/transfers/")
    page.get_by_label("SKU 1").fill("MUG")
    page.get_by_label("Pieces 1").fill("6")
    page.get_by_role("button", name="Ask for it").click()
    form = desk.opens(page, "Less has left")
    form.get_by_label("Pieces of MUG").fill("5")
    form.get_by_role("button").click()
    expect(page.locator("h1 .badge", has_text="In transit")).to_be_visible()
    page.get_by_label("Pieces of MUG").fill("4")
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("6 asked for, 5 left, 4 came")).to_be_visible()
    form = desk.opens(page, "Nothing more comes")
    form.get_by_label("What is on the way").select_option("returned")
    form.get_by_role("button").click()

    expect(page.locator("h1 .badge", has_text="Closed")).to_be_visible()
    assert (shop.stock("MUG"), shop.stock("MUG", "B")) == ((5, 0), (4, 0))
    assert broken(shop.services) == {}


def test_a_receiver_is_told_tried_and_told_again_what_it_missed(shop: Shop, desk: Desk) -> None:
    receivers = cast("ScriptedReceivers", shop.services.outward)
    receivers.scripts[HERE].append(410)
    shop.sells("MUG", A=9)
    page = desk.sits_down("admin")
    desk.goes(page, "/webhooks/")
    form = desk.opens(page, "New endpoint")
    form.get_by_label("Address").fill(HERE)
    form.get_by_label("Events").fill("order.placed")
    form.get_by_role("button").click()
    expect(page.locator("[data-secret]")).to_have_text(one(shop.services, "SELECT secret FROM webhook_endpoint"))
    page.get_by_role("link", name="go on").click()
    with desk.workers:
        number = shop.places(("MUG", 1)).number
        work_off(shop.services)
    page.reload()
    expect(page.locator(".alert", has_text="it answered 410, gone")).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    desk.opens(page, "Tell again what it missed").get_by_role("button").click()
    with desk.workers:
        work_off(shop.services)
    page.reload()
    page.get_by_role("row", name=number).get_by_role("link", name="order.placed").click()

    expect(page.get_by_role("row", name="said 410")).to_be_visible()
    expect(page.locator("h1 ~ .badge", has_text="Delivered")).to_be_visible()
    expect(page.locator("pre")).to_contain_text(f'"order": "{number}"')
    assert receivers.events() == ["order.placed"] * 2


def test_a_customer_is_given_what_is_held_and_erased_after_it_was_said_what_is_lost(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.signs_in("admin")
    book = {
        "path": "/v1/customers",
        "method": "POST",
        "key": "book",
        "body": json.dumps({"name": "Ada Fell", "email": "ada@example.org", "addresses": []}),
    }
    visitor.post("/act", book, page="/customers")
    customer = one(shop.services, "SELECT id FROM customer")
    at = f"/customers/{customer}"
    held = visitor.get(f"{at}/export")
    assert held.headers["Content-Disposition"] == f'attachment; filename="customer-{customer}.json"'
    assert held.json["held"]["customer"][0]["name"] == "Ada Fell"

    asked = visitor.get(f"{at}/erasure").text
    assert "Nobody can undo this." in asked
    assert one(shop.services, "SELECT name FROM customer") == "Ada Fell"
    form = {
        "path": f"/v1{at}/erasure",
        "method": "POST",
        "key": "erase",
        "body": "{}",
        "said": "The customer is erased.",
    }
    visitor.post("/act", form, page=f"{at}/erasure")
    assert "The customer is erased." in visitor.get("/customers").text
    assert one(shop.services, "SELECT name FROM customer") != "Ada Fell"
