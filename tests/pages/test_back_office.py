"""Journeys through what is set up and looked after: exchanges, counts, labels, promotions, states, address books."""

import re

from browsing import Desk
from builders import Shop, broken, one, rows
from labeling import bound
from order_entry import offers_methods
from playwright.sync_api import expect


def test_goods_are_exchanged_after_it_was_shown_to_the_cent_what_that_comes_to(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=3)
    shop.sells("VASE", price=2500, A=3)
    offers_methods(shop)
    with desk.workers:
        shipped = shop.up_to("shipped", ("MUG", 2), shipping_method="post")
    page = desk.sits_down("csr")
    desk.goes(page, f"/orders/{shipped.number}")
    page.get_by_role("link", name="Exchange items").click()

    page.get_by_label("Pieces of MUG").fill("1")
    page.get_by_label("SKU 1 that goes out").fill("VASE")
    page.get_by_label("send no e-mail").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Credit: £10.00")).to_be_visible()
    assert one(shop.services, "SELECT CAST(count(*) AS int) FROM exchange") == 0
    page.get_by_role("button", name="Begin the exchange").click()

    page.get_by_role("link", name=re.compile("Exchange .*-R1")).click()
    expect(page.get_by_role("row", name="The new order lacks £18.00")).to_be_visible()
    form = desk.opens(page, "Cancel exchange")
    form.get_by_label("Reason").fill("the customer keeps it")
    form.get_by_label("send no e-mail").check()
    form.get_by_role("button").click()
    page.get_by_role("button", name="Cancel the exchange").click()
    expect(page.locator("h1 ~ .badge", has_text="Canceled")).to_be_visible()
    assert shop.stock("VASE") == (3, 0)
    assert broken(shop.services) == {}


def test_a_label_is_bought_for_a_parcel_and_a_count_finds_what_is_missing(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=5)
    bound(shop)
    with desk.workers:
        packing = shop.up_to("packing", ("MUG", 1), shipping_method="post")
    [shipment] = shop.shipments(packing.id)
    page = desk.sits_down("warehouse")
    desk.goes(page, f"/floor/packing/{shipment}")
    page.keyboard.type("MUG")
    page.keyboard.press("Enter")
    form = desk.opens(page, "Weight")
    form.get_by_label("Grams").fill("420")
    form.get_by_role("button").click()
    page.get_by_role("link", name="What does it cost?").click()
    page.locator(".list-group-item-success").get_by_role("button", name="Buy label").click()
    page.get_by_role("link", name="Back to packing").click()
    expect(page.get_by_role("link", name="Print label")).to_be_visible()
    page.get_by_role("button", name="Hand to the carrier").click()
    expect(page.locator("h1 .badge", has_text="Shipped")).to_be_visible()

    page.get_by_role("link", name="Manifests").click()
    page.get_by_label("Carrier").fill("simulated")
    page.get_by_role("button", name="Close what was handed over").click()
    expect(page.locator(".list-group-item", has_text="1 parcels").get_by_text("Closed")).to_be_visible()

    page.get_by_role("link", name="Counts").click()
    page.get_by_label("SKUs").fill("MUG")
    page.get_by_role("button", name="Begin a count").click()
    expect(page.locator("[data-scanner]")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every place is counted")).to_be_visible()
    page.get_by_role("button", name="Put right what differs").click()
    expect(page.get_by_role("alert")).to_contain_text("counted")

    admin = desk.sits_down("admin")
    desk.goes(admin, page.url.removeprefix(f"{desk.address}/desk"))
    expect(admin.get_by_text("-1")).to_be_visible()
    admin.get_by_role("button", name="Put right what differs").click()
    expect(admin.locator("h1 .badge", has_text="Approved")).to_be_visible()
    assert shop.stock("MUG") == (3, 0)
    assert broken(shop.services) == {}


def test_promotions_states_and_address_books_are_kept_by_people(shop: Shop, desk: Desk) -> None:
    page = desk.sits_down("admin")
    desk.goes(page, "/promotions")
    form = desk.opens(page, "New order discount")
    form.get_by_label("Code", exact=True).fill("SPRING")
    form.get_by_label("Name", exact=True).fill("An eighth off")
    form.get_by_label("Percent").fill("12.5")
    form.get_by_label("For orders from").fill("20")
    form.get_by_role("button").click()
    expect(page.get_by_role("row", name="SPRING An eighth off 12.5 % from £20.00")).to_be_visible()
    page.get_by_role("button", name="End").click()
    expect(page.get_by_role("row", name="SPRING").get_by_text("Ended")).to_be_visible()

    desk.goes(page, "/configurations/")
    page.get_by_label("Name").fill("Ours")
    states = page.get_by_label("States")
    states.fill(
        states.input_value().replace("Fraud", "Looks odd").replace("Completed = completed", "Completed = shipped")
    )
    moves = page.get_by_label("Transitions")
    moves.fill(moves.input_value().replace("Fraud", "Looks odd"))
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_contain_text("meaning")
    expect(states).to_have_value(re.compile("Looks odd"))
    states.fill(states.input_value().replace("Completed = shipped", "Completed = completed"))
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".border-success .card-header", has_text="Ours")).to_be_visible()

    desk.goes(page, "/customers")
    form = desk.opens(page, "New customer")
    for label, value in (("Name", "Ada Fell"), ("Name on the parcel", "Ada Fell"), ("Street and number", "9 Dock")):
        form.get_by_label(label, exact=True).fill(value)
    for label, value in (("Postal code", "HU1 1AA"), ("City", "Hull"), ("Country", "GB")):
        form.get_by_label(label).fill(value)
    form.get_by_role("button").click()
    form = desk.opens(page, "Edit")
    form.get_by_label("Street and number").fill("10 Dock")
    form.get_by_role("button").click()
    expect(page.get_by_text("Ada Fell, 10 Dock, Hull, HU1 1AA, GB")).to_be_visible()
    assert rows(shop.services, "SELECT code, active, percent, minimum_amount FROM promotion") == [
        ("SPRING", False, 1250, 2000)
    ]
