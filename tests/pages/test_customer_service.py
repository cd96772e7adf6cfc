"""Journeys of customer service, in a real browser."""

import re

from browsing import Desk, Visitor
from builders import Shop, broken, one, rows
from order_entry import offers_methods
from playwright.sync_api import Page, expect

from fulfillment.access.models import Role


def _badge(page: Page, state: str) -> None:
    expect(page.locator("h1 ~ .badge", has_text=state).first).to_be_visible()


def _opens(page: Page, desk: Desk, number: str) -> None:
    desk.goes(page, f"/orders/{number}")


def test_an_order_is_entered_from_the_contact_to_the_review_and_waits_for_its_money(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=9)
    offers_methods(shop)
    page = desk.sits_down("csr")
    page.get_by_role("link", name="Create new order").click()

    page.get_by_label("Name", exact=True).fill("Ada Fell")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Name on the parcel").fill("Ada Fell")
    page.get_by_label("Street and number").fill("9 Dock")
    page.get_by_label("Postal code").fill("HU1 1AA")
    page.get_by_label("City").fill("Hull")
    page.get_by_label("Country").fill("GB")
    page.locator("form", has=page.get_by_label("City")).get_by_role("button").click()

    page.get_by_label("Product variant").press_sequentially("mug")
    page.get_by_label("Pieces").fill("3")
    page.get_by_role("button", name="Add line item").click()
    expect(page.get_by_text("£30.00").first).to_be_visible()
    page.get_by_role("link", name="Next").click()
    page.get_by_label("Post", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    form = desk.opens(page, "Ship items to multiple addresses")
    form.get_by_label("What this address is called here").fill("friend")
    for label, value in (("Name on the parcel", "Bo Lind"), ("Street and number", "2 Quay"), ("City", "Leith")):
        form.get_by_label(label).fill(value)
    form.get_by_label("Postal code").fill("EH6 6AB")
    form.get_by_label("Country").fill("GB")
    form.get_by_role("button").click()
    page.get_by_label("Pieces of MUG to the first address").fill("2")
    page.get_by_label("Pieces of MUG to friend").fill("1")
    page.get_by_label("MUG is a gift").check()
    table = page.locator("form", has=page.get_by_label("MUG is a gift"))
    table.get_by_role("button", name="Save", exact=True).click()
    friend = page.locator("form.card", has_text="friend")
    friend.get_by_label("Courier", exact=True).check()
    friend.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("£40.00").first).to_be_visible()
    page.get_by_role("button", name="Create order").click()

    _badge(page, "In progress")
    expect(page.get_by_text("No payment yet.")).to_be_visible()
    form = desk.opens(page, "Record payment")
    form.get_by_label("How it came").select_option("telephone")
    form.get_by_role("button").click()
    _badge(page, "Paid")
    order_id = one(shop.services, "SELECT id FROM purchase_order")
    assert shop.order(order_id) == ("in_progress", "paid")
    assert shop.money(order_id) == {"open_authorized": 0, "captured": 0, "manual": 4000, "refunded": 0}
    goes = "SELECT ship_to ->> 'city', shipping_method, quantity, gift FROM shipment JOIN line_item ON shipment_id = shipment.id"
    assert rows(shop.services, f"{goes} ORDER BY 1") == [("Hull", "post", 2, True), ("Leith", "courier", 1, True)]
    assert rows(shop.services, "SELECT DISTINCT actor FROM timeline WHERE verb = 'place'") == [("user:csr",)]
    assert broken(shop.services) == {}


def test_a_list_is_narrowed_as_one_types_and_what_is_chosen_on_two_pages_is_released_together(
    shop: Shop, desk: Desk
) -> None:
    shop.sells("MUG", A=50)
    numbers = [shop.places(("MUG", 1)).number for _ in range(27)]
    page = desk.sits_down("csr")
    expect(page.locator("tbody tr")).to_have_count(25)

    page.get_by_label("Choose all on this page").check()
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Choose all on this page").check()
    expect(page.locator("[data-bulk]")).to_contain_text("27 chosen")
    page.get_by_label("Search").press_sequentially(numbers[3])
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"q={numbers[3]}"))
    page.get_by_role("button", name="Go").click()

    expect(page.get_by_text("27 of 27 worked.")).to_be_visible()
    assert rows(shop.services, "SELECT status, CAST(count(*) AS int) FROM shipment GROUP BY status") == [
        ("released", 27)
    ]
    page.get_by_role("link", name="Back").click()
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_columns_that_were_chosen_are_remembered(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=1)
    shop.places(("MUG", 1))
    page = desk.sits_down("csr")

    form = desk.opens(page, "Columns")
    form.get_by_label("Market").uncheck()
    form.get_by_label("E-mail").check()
    form.get_by_role("button").click()

    expect(page.locator("th", has_text="E-mail")).to_be_visible()
    expect(page.locator("th", has_text="Market")).to_have_count(0)
    desk.goes(page, "/orders?status=in_progress")
    expect(page.locator("th", has_text="E-mail")).to_be_visible()


def test_what_is_on_hold_says_why_it_cannot_go_and_goes_when_the_hold_ends(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=1)
    number = shop.places(("MUG", 1)).number
    page = desk.sits_down("csr")
    _opens(page, desk, number)
    form = desk.opens(page, "Hold")
    form.get_by_label("Reason").fill("call the customer")
    form.get_by_role("button").click()

    _badge(page, "On hold")
    refused = page.locator(".refused", has_text="Cancel order")
    refused.focus()
    expect(refused.locator(".reason")).to_be_visible()
    expect(refused.locator(".reason")).to_have_text(re.compile(r"is on hold \(1 open\)\. Release its holds\."))

    page.get_by_role("button", name="Release hold").first.click()
    _badge(page, "In progress")
    page.locator(".waits").get_by_role("button", name="Release").click()
    expect(page.locator(".card-header .badge", has_text="Released")).to_be_visible()


def test_a_part_of_what_is_authorized_is_captured_and_too_much_is_refused_with_a_reason(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1999, A=1)
    placed = shop.places(("MUG", 1))
    page = desk.sits_down("csr")
    _opens(page, desk, placed.number)

    form = desk.opens(page, "Capture")
    form.get_by_label("Capture value").fill("100")
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("19.99")

    form = desk.opens(page, "Capture")
    form.get_by_label("Capture value").fill("5.50")
    form.get_by_role("button").click()
    expect(page.get_by_role("cell", name="£5.50")).to_be_visible()
    assert shop.money(placed.id) == {"open_authorized": 1449, "captured": 550, "manual": 0, "refunded": 0}


def test_a_cancellation_is_shown_before_it_is_done_and_tells_the_customer_or_does_not(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=2)
    told, untold = shop.places(("MUG", 1)), shop.places(("MUG", 1))
    page = desk.sits_down("csr")
    for placed, choice, mails in ((told, "tell the customer", 1), (untold, "send no e-mail", 0)):
        _opens(page, desk, placed.number)
        expect(page.get_by_role("button", name="Void")).to_be_visible()
        form = desk.opens(page, "Cancel order")
        form.get_by_label("Reason").fill("wrong color")
        form.get_by_label(choice).check()
        form.get_by_role("button", name="Preview").click()

        expect(page.get_by_role("heading", name="this is what will happen")).to_be_visible()
        expect(page.get_by_text("Void:")).to_be_visible()
        assert shop.order(placed.id)[0] == "in_progress"
        desk.shows(page, "cancel-preview")
        page.get_by_role("button", name="Cancel order").click()
        _badge(page, "Canceled")
        expect(page.locator(".list-group-item", has_text="Void")).to_be_visible()
        assert sum(placed.number in each and "cancel" in each.lower() for each in shop.mails()) == mails
    assert broken(shop.services) == {}


def test_an_order_is_edited_split_and_tracked_and_each_change_is_shown_before_it_is_done(
    shop: Shop, desk: Desk
) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("CAP", price=500, A=9)
    offers_methods(shop)
    placed = shop.places(("MUG", 3), ("CAP", 1), shipping_method="post", shipping=300)
    page = desk.sits_down("csr")
    _opens(page, desk, placed.number)
    page.get_by_role("link", name="Edit", exact=True).click()

    page.get_by_label("Pieces of MUG").fill("4")
    page.get_by_label("Price of CAP").fill("4.50")
    page.get_by_label("Street and number").fill("9 Dock")
    page.get_by_label("Shipping method").select_option("courier")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("MUG: quantity 3 → 4")).to_be_visible()
    expect(page.get_by_text("CAP: price £5.00 → £4.50")).to_be_visible()
    expect(page.get_by_text("9 Dock, Leith, GB")).to_be_visible()
    assert one(shop.services, "SELECT total FROM purchase_order WHERE id = :id", id=placed.id) == 3800
    page.get_by_role("button", name=f"Change {placed.number}").click()
    expect(page.locator(".fs-5", has_text="£51.50")).to_be_visible()
    assert rows(shop.services, "SELECT ship_to ->> 'line1' FROM shipment") == [("9 Dock",)]

    form = desk.opens(page, "Split")
    form.locator("label", has_text="of 4 MUG").get_by_role("spinbutton").fill("1")
    form.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Split").click()
    expect(page.locator(".card-header strong", has_text=f"{placed.number}-2")).to_be_visible()

    form = desk.opens(page, "Tracking")
    form.get_by_label("Tracking number").fill("JD 0002")
    form.get_by_role("button").click()
    expect(page.locator(".card-header", has_text="JD 0002")).to_be_visible()
    form = desk.opens(page, "Delivery state")
    form.get_by_label("Item").select_option("CAP CAP")
    form.get_by_label("It is").select_option("in_transit")
    form.get_by_role("button").click()
    expect(page.get_by_role("row", name="CAP").get_by_text("In transit")).to_be_visible()
    assert shop.order(placed.id) == ("in_progress", "authorized")
    assert broken(shop.services) == {}


def test_a_past_order_is_repeated_as_a_draft_with_the_prices_of_today(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=9)
    offers_methods(shop)
    number = shop.places(("MUG", 2), shipping_method="post").number
    page = desk.sits_down("csr")
    _opens(page, desk, number)

    page.get_by_role("button", name="Reorder").click()

    expect(page.get_by_text(f"repeats {number}")).to_be_visible()
    expect(page.get_by_text("£20.00").first).to_be_visible()
    assert one(shop.services, "SELECT CAST(count(*) AS int) FROM purchase_order WHERE status = 'draft'") == 1


def test_a_form_that_is_sent_twice_does_its_work_once(shop: Shop, visitor: Visitor) -> None:
    shop.sells("MUG", price=1999, A=1)
    placed = shop.places(("MUG", 1))
    visitor.signs_in("csr")
    form = {
        "method": "POST",
        "path": f"/v1/orders/{placed.number}/notes",
        "set-text-description": "call first",
        "key": "one-form",
        "back": f"/desk/orders/{placed.number}",
    }

    for _ in range(2):
        answer = visitor.post("/act", form, page=f"/orders/{placed.number}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/orders/{placed.number}")

    assert rows(shop.services, "SELECT description, created_by FROM order_note") == [("call first", "user:csr")]


def test_nobody_does_by_a_form_what_the_api_does_not_let_them_do(shop: Shop, visitor: Visitor) -> None:
    visitor.signs_in(str(Role.WAREHOUSE))
    form = {"method": "POST", "path": "/v1/markets", "body": '{"code": "X"}', "key": "k", "back": "/desk/floor/"}

    answer = visitor.post("/act", form, page="/floor/")
    told = visitor.get("/floor/").text

    assert answer.status_code == 303
    assert "a warehouse key may not do this" in told
    for path in ("/healthz", "https://evil.example/v1/x", "//x/v1", ""):
        assert visitor.post("/act", form | {"path": path}, page="/floor/").status_code == 400
    assert one(shop.services, "SELECT CAST(count(*) AS int) FROM market") == 2
