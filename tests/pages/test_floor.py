"""Journeys of the floor and of operators, in a real browser: a scanner is a keyboard that ends each code with Enter."""

from api_client import api_of
from browsing import Desk
from builders import Shop, broken, rows, work_off
from playwright.sync_api import Page, expect
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.reconciliation.runs import take_run
from fulfillment.workflow.reconcile import carry_out


def _scans(page: Page, code: str) -> None:
    """As a scanner does: it types wherever the focus is, and ends with Enter. The page must have put that where it belongs."""
    expect(page.locator("[data-scanner]")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def _released(shop: Shop, *lines: tuple[str, int]) -> int:
    placed = shop.places(*lines, market="UK")
    return placed.id


def test_a_picker_works_with_the_scanner_alone_and_reports_what_is_missing(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=2)
    shop.sells("CAP", price=500, A=5)
    order_id = _released(shop, ("MUG", 2), ("CAP", 1))
    page = desk.sits_down("warehouse")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Put on a picklist").click()

    expect(page.locator("[data-scanner]")).to_be_focused()
    first = page.locator(".next .item").inner_text().split(" × ")[1]
    other = "CAP" if first == "MUG" else "MUG"
    _scans(page, "NOSUCH")
    expect(page.locator(".scanned.bad")).to_contain_text("NOSUCH")
    _scans(page, "CAP")
    expect(page.locator(".scanned.good")).to_contain_text("1 × CAP")
    _scans(page, "MUG")
    expect(page.locator(".scanned.good")).to_contain_text("1 × MUG")
    expect(page.get_by_text("2 of 3 pieces picked")).to_be_visible()
    _scans(page, "CAP")
    expect(page.locator(".scanned.bad")).to_be_visible()
    assert {first, other} == {"CAP", "MUG"}

    form = desk.opens(page, "Missing")
    form.get_by_label("Why").select_option("not_found")
    form.get_by_label("The rest of the shipment").select_option("split")
    form.get_by_role("button").click()
    expect(page.get_by_text("Everything is picked")).to_be_visible()
    page.get_by_role("button", name="Hand all to the carrier").click()
    expect(page.locator(".list-group-item .badge", has_text="Shipped")).to_be_visible()

    shipped = (
        "SELECT status, CAST(sum(quantity) AS int) FROM shipment JOIN line_item ON line_item.shipment_id = shipment.id"
    )
    assert rows(shop.services, f"{shipped} GROUP BY status ORDER BY status") == [
        ("awaiting_inventory", 1),
        ("shipped", 2),
    ]
    assert shop.order(order_id)[0] == "partially_shipped"
    assert broken(shop.services) == {}


def test_a_bin_is_scanned_before_the_item_that_lies_in_it(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=2)
    admin = api_of(shop.services).caller(Role.ADMIN)
    assert admin.post("/v1/bins", {"warehouse": "A", "bins": [{"code": "A-01", "position": 1}]}).status_code == 201
    move = {"warehouse": "A", "lines": [{"sku": "MUG", "to": "A-01", "quantity": 2}]}
    assert admin.post("/v1/inventory/bin-moves", move).status_code in (200, 201)
    _released(shop, ("MUG", 1))
    page = desk.sits_down("warehouse")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Put on a picklist").click()

    expect(page.locator(".next .bin")).to_have_text("A-01")
    _scans(page, "a-01")
    expect(page.locator(".scanned.good")).to_contain_text("Bin A-01")
    expect(page.locator(".next .bin.here")).to_be_visible()
    _scans(page, "MUG")
    expect(page.get_by_text("Everything is picked")).to_be_visible()
    assert broken(shop.services) == {}


def test_a_dead_letter_is_replayed_and_its_order_goes_on(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=1)
    page = desk.sits_down("admin")
    desk.goes(page, "/engine-room")
    expect(page.get_by_text("No step failed for good.")).to_be_visible()
    with desk.workers:
        placed = shop.places(("MUG", 1), market="UK")
        with shop.services.transaction() as session:
            session.execute(text("UPDATE dispatch SET dead = true, failures = 5, last_error = 'it broke'"))
    page.reload()
    expect(page.get_by_role("cell", name="it broke")).to_be_visible()

    page.get_by_role("button", name="Replay").click()

    expect(page.get_by_text("No step failed for good.")).to_be_visible()
    desk.goes(page, f"/orders/{placed.number}")
    expect(page.get_by_text("Authorized").first).to_be_visible()
    assert rows(shop.services, "SELECT dead FROM dispatch WHERE dead") == []


def test_what_was_picked_is_packed_by_scan_weighed_and_handed_over(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=2)
    order_id = _released(shop, ("MUG", 2))
    page = desk.sits_down("warehouse")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Put on a picklist").click()
    _scans(page, "MUG")
    expect(page.get_by_text("1 of 2 pieces picked")).to_be_visible()
    _scans(page, "MUG")
    page.get_by_role("link", name="Pack", exact=True).click()

    _scans(page, "CAP")
    expect(page.get_by_role("alert")).to_contain_text("CAP")
    _scans(page, "MUG")
    expect(page.get_by_text("1 × MUG packed")).to_be_visible()
    page.get_by_role("button", name="Another parcel").click()
    expect(page.get_by_text("Parcel 2")).to_be_visible()
    _scans(page, "MUG")
    expect(page.get_by_text("Everything is in a parcel")).to_be_visible()
    form = desk.opens(page, "Weight")
    form.get_by_label("Grams").fill("420")
    form.get_by_role("button").click()
    expect(page.get_by_text("420 g")).to_be_visible()
    page.get_by_role("button", name="Hand to the carrier").click()
    expect(page.locator("h1 .badge", has_text="Shipped")).to_be_visible()

    assert rows(shop.services, "SELECT position, weight_grams FROM parcel ORDER BY position") == [(1, 420), (2, None)]
    assert shop.order(order_id)[0] == "completed"
    assert broken(shop.services) == {}


def test_goods_are_taken_in_by_scan_and_the_warehouse_is_remembered(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=1, B=1)
    page = desk.sits_down("warehouse")
    page.get_by_role("link", name="Goods in").click()
    page.get_by_label("Warehouse").select_option("B")
    page.get_by_label("Pieces").fill("5")
    page.locator("[data-scanner]").focus()
    _scans(page, "MUG")

    expect(page.get_by_role("status")).to_contain_text("5 × MUG taken in")
    expect(page.get_by_label("Warehouse")).to_have_value("B")
    _scans(page, "NOSUCH")
    expect(page.get_by_role("alert")).to_contain_text("NOSUCH")
    assert (shop.stock("MUG"), shop.stock("MUG", "B")) == ((1, 0), (6, 0))


def test_goods_come_back_are_decided_and_paid_back_to_the_cent(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=3)
    placed = shop.places(("MUG", 3), market="UK")
    with desk.workers:
        for asks in (lambda: None, lambda: shop.picklists(placed.id), lambda: shop.completes(placed.id)):
            asks()
            work_off(shop.services)
    office = desk.sits_down("csr")
    desk.goes(office, f"/orders/{placed.number}")
    office.get_by_role("link", name="Return items").click()
    office.get_by_label("Pieces of MUG").fill("2")
    office.get_by_label("send no e-mail").check()
    office.get_by_role("button", name="Authorize the return").click()
    expect(office.get_by_text("£20.00")).to_be_visible()
    address = office.url.removeprefix(f"{desk.address}/desk")

    floor = desk.sits_down("warehouse")
    desk.goes(floor, address)
    for disposition in ("restocked", "scrapped"):
        floor.get_by_label("Disposition", exact=True).select_option(disposition)
        floor.locator("[data-scanner]").focus()
        _scans(floor, "MUG")
        expect(floor.get_by_role("status")).to_contain_text("Counted.")
    expect(floor.get_by_text("1 restocked, 1 scrapped")).to_be_visible()

    office.reload()
    form = desk.opens(office, "Complete")
    form.get_by_label("send no e-mail").check()
    form.get_by_role("button").click()
    expect(office.locator("h1 ~ .badge", has_text="Completed")).to_be_visible()
    desk.goes(office, f"/orders/{placed.number}")
    expect(office.get_by_role("row", name="Refunded £20.00")).to_be_visible()
    assert shop.stock("MUG") == (1, 0)
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 3000, "manual": 0, "refunded": 2000}
    assert broken(shop.services) == {}


def test_what_has_drifted_is_shown_first_repaired_item_by_item_and_then_gone(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=5)
    with shop.services.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE stock SET on_hand = on_hand + 4"))
    page = desk.sits_down("admin")
    page.get_by_role("link", name="Engine room").click()
    page.get_by_role("link", name="Reconciliation").click()
    page.get_by_role("button", name="Look for drift").click()
    expect(page.get_by_text("Waiting")).to_be_visible()

    _schedule_reconciles(shop)
    expect(page.get_by_role("cell", name="1 stock difference")).to_be_visible()
    desk.shows(page, "reconciliations")
    assert shop.stock("MUG") == (9, 0)
    page.locator("tbody a").click()
    desk.shows(page, "reconciliation")
    page.get_by_role("button", name="Repair").click()

    expect(page.get_by_role("row", name="Stock difference").get_by_text("Repaired", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="on hand 5, allocated 0 user:admin")).to_be_visible()
    assert shop.stock("MUG") == (5, 0)
    desk.goes(page, "/reconciliations/")
    page.get_by_role("button", name="Look for drift").click()
    _schedule_reconciles(shop)
    expect(page.locator("tbody tr").first.get_by_text("nothing")).to_be_visible()
    assert broken(shop.services) == {}


def _schedule_reconciles(shop: Shop) -> None:
    with shop.services.transaction() as session:
        asked = take_run(session, at=shop.now)
    assert asked is not None
    carry_out(shop.services, asked)
