"""Scans: each path has a clear answer, and nothing is lost or counted twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from api_client import Caller, contents
from builders import Shop, broken, one, rows
from scanning import walked

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.picking.scan import Scan, scan


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Bins A1 (2 mugs) and B1 (3 mugs, 4 cups), to be walked in this order; SPOON lies in no bin."""
    shop.has_bins("A1", "B1")
    shop.sells("MUG")
    shop.sells("CUP")
    shop.sells("SPOON", A=5)
    shop.receives("MUG", 2, in_bin="A1")
    shop.receives("MUG", 3, in_bin="B1")
    shop.receives("CUP", 4, in_bin="B1")
    return shop


@pytest.mark.rule("SH5")
def test_a_list_is_walked_bin_after_bin_and_scanned_to_its_end(stocked: Shop, ana: Caller) -> None:
    first = stocked.up_to("released", ("MUG", 3), ("SPOON", 1)).id
    second = stocked.up_to("released", ("CUP", 1)).id
    ana.send("PUT", "/v1/products/MUG/barcodes", json={"barcodes": ["4006381333931", "4006381333948"]})
    sheet = walked(stocked, first, second)

    stops = ana.get(f"{sheet.path}/walk").json["stops"]
    by_barcode = sheet.scans(ana, "4006381333931", 2, bin="A1")
    then = ana.get(f"{sheet.path}/walk").json
    rest = [sheet.scans(ana, "CUP", bin="B1"), sheet.scans(ana, "4006381333948", bin="B1"), sheet.scans(ana, "SPOON")]

    assert [(each["bin"], each["sku"], each["quantity"]) for each in stops] == [
        ("A1", "MUG", 2),
        ("B1", "CUP", 1),
        ("B1", "MUG", 1),
        (None, "SPOON", 1),
    ]
    assert by_barcode == (200, 3)
    assert (then["left"], [each["sku"] for each in then["stops"]]) == (3, ["CUP", "MUG", "SPOON"])
    assert rest == [(200, 2), (200, 1), (200, 0)]
    assert (stocked.lies("MUG"), stocked.lies("CUP")) == ({"B1": 2}, {"B1": 3})
    [listed] = ana.get("/v1/picklists", status="open", claimed="true").json["picklists"]
    assert (listed["claimed_by"], listed["shipments"], listed["pieces"], listed["picked"]) == ("key:Ana", 2, 5, 5)
    assert ana.get("/v1/picklists", claimed="false").json["picklists"] == []
    assert broken(stocked.services) == {}


def test_what_does_not_fit_is_refused_with_what_to_do_and_counts_nothing(stocked: Shop, ana: Caller) -> None:
    sheet = walked(stocked, stocked.up_to("released", ("MUG", 3)).id)
    before = contents(stocked.services)

    refused = [
        sheet.scans(ana, "NOBODY-KNOWS"),
        sheet.scans(ana, "CUP"),
        sheet.scans(ana, "MUG", bin="Z9"),
        sheet.scans(ana, "MUG", 3, bin="A1"),
        sheet.scans(ana, "MUG", 4),
        sheet.scans(ana, "MUG", tote="T1"),
    ]

    guards = ["unknown_code", "wrong_item", "wrong_bin", "short", "over_pick", "wrong_tote"]
    assert refused == [(409, guard) for guard in guards]
    kept = {table: count for table, count in contents(stocked.services).items() if table != "idempotency_key"}
    assert kept == {table: count for table, count in before.items() if table != "idempotency_key"}
    assert sheet.scans(ana, "MUG", 2, bin="A1") == (200, 1)
    assert sheet.scans(ana, "MUG", bin="A1") == (409, "wrong_bin")
    assert sheet.scans(ana, "MUG", bin="B1") == (200, 0)
    assert sheet.scans(ana, "MUG", bin="B1") == (409, "already_picked")
    assert sheet.picked() == [3]
    assert broken(stocked.services) == {}


def test_the_same_scan_twice_is_answered_the_same_and_counted_once(stocked: Shop, ana: Caller) -> None:
    sheet = walked(stocked, stocked.up_to("released", ("MUG", 3)).id)
    body = {"scan_id": "gun-7:1", "code": "MUG", "quantity": 2, "bin": "A1"}

    first, again = (ana.post(f"{sheet.path}/scans", body) for _ in range(2))
    other = ana.post(f"{sheet.path}/scans", {**body, "quantity": 1})

    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    assert (other.status_code, other.json["type"]) == (409, "/problems/scan_id_reused")
    assert sheet.picked() == [2]
    assert one(stocked.services, "SELECT count(*) FROM pick") == 1
    assert stocked.lies("MUG") == {"B1": 3}


def test_the_same_scan_at_the_same_moment_is_counted_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    sheet = walked(shop, shop.up_to("released", ("MUG", 1)).id)

    def send(_: int) -> object:
        with shop.services.transaction() as session:
            cause = Cause(CauseKind.REQUEST, "r", "key:Ana")
            return scan(session, sheet.id, Scan("gun-7:1", "MUG"), cause=cause, at=shop.now)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))

    assert all(answer == answers[0] for answer in answers)
    assert (sheet.picked(), one(shop.services, "SELECT count(*) FROM pick")) == ([1], 1)
    assert broken(shop.services) == {}


def test_two_pickers_do_not_pick_one_list(shop: Shop, ana: Caller, bo: Caller, api: object) -> None:
    shop.sells("MUG", A=5)
    sheet = walked(shop, shop.up_to("released", ("MUG", 3)).id)

    assert sheet.scans(ana, "MUG") == (200, 2)
    assert sheet.scans(bo, "MUG") == (409, "not_yours")
    [line] = ana.get(sheet.path).json["lines"]
    picks = {"picks": [{"line_id": line["id"], "quantity": 1}]}
    assert bo.post(f"{sheet.path}/picks", picks).json["guard"] == "not_yours"
    assert bo.post(f"{sheet.path}/claim").json["claimed_by"] == "key:Ana"  # who has it, for whoever asks
    assert bo.post(f"{sheet.path}/claim/release").json["guard"] == "not_yours"
    assert ana.post(f"{sheet.path}/claim/handover", {"to": "Cy"}).json["type"] == "/problems/unknown_picker"
    assert ana.post(f"{sheet.path}/claim/handover", {"to": "Bo"}).json["claimed_by"] == "key:Bo"
    assert sheet.scans(ana, "MUG") == (409, "not_yours")
    assert sheet.scans(bo, "MUG") == (200, 1)
    assert bo.post(f"{sheet.path}/claim/release").json["claimed_by"] is None
    assert ana.post(f"{sheet.path}/claim").json["claimed_by"] == "key:Ana"
    shop.clock.forward(minutes=16)
    assert sheet.scans(bo, "MUG") == (200, 0)  # Ana has walked away
    assert sheet.picked() == [3]
    assert broken(shop.services) == {}


@pytest.mark.rule("OL8")
def test_what_is_held_or_canceled_meanwhile_is_not_picked_and_the_rest_goes_on(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=9)
    held, canceled, good = (shop.up_to("released", ("MUG", 2)).id for _ in range(3))
    sheet = walked(shop, held, canceled, good)
    hold = shop.holds(held)
    shop.cancels(canceled)

    assert sheet.scans(ana, "MUG", 3) == (409, "over_pick")
    assert sheet.scans(ana, "MUG", 2) == (200, 2)
    assert sheet.picked() == [0, 0, 2]
    assert sheet.scans(ana, "MUG") == (409, "on_hold")
    shop.lets_go(hold)
    assert sheet.scans(ana, "MUG", 2) == (200, 0)
    assert sheet.scans(ana, "MUG") == (409, "already_picked")
    assert sheet.picked() == [2, 0, 2]
    lone = walked(shop, shop.up_to("released", ("MUG", 1)).id, shop.up_to("released", ("MUG", 1)).id)
    shop.cancels(lone.orders[0])
    shop.cancels(lone.orders[1])
    assert lone.scans(ana, "MUG") == (409, "canceled")
    assert broken(shop.services) == {}


def test_saleor_8327_an_order_canceled_in_another_tab_is_not_picked_however_close_it_is(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    sheet = walked(shop, shop.up_to("released", ("MUG", 1)).id)

    def pick(_: int) -> None:
        with shop.services.transaction() as session:
            cause = Cause(CauseKind.REQUEST, "r", "key:Ana")
            scan(session, sheet.id, Scan("1", "MUG"), cause=cause, at=shop.now)

    with ThreadPoolExecutor(2) as pool:
        picking, canceling = pool.submit(pick, 1), pool.submit(shop.cancels, sheet.orders[0])
        refused = picking.exception()
        assert canceling.exception() is None

    assert sheet.picked() == ([0] if refused else [1])
    assert shop.statuses(sheet.orders[0]) == ["canceled"]
    assert broken(shop.services) == {}


def test_a_batch_is_picked_into_totes(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=9)
    shop.sells("CUP", A=9)
    first, second = shop.up_to("released", ("MUG", 2)).id, shop.up_to("released", ("MUG", 1), ("CUP", 1)).id
    sheet = walked(shop, first, second)
    [a], [b] = shop.shipments(first), shop.shipments(second)
    totes = {"totes": [{"shipment_id": a, "code": "T1"}, {"shipment_id": b, "code": "T2"}]}

    given = ana.post(f"{sheet.path}/totes", totes)

    stops = given.json["stops"]
    assert [(each["tote"], each["quantity"]) for stop in stops for each in stop["errands"]] == [
        ("T2", 1),
        ("T1", 2),
        ("T2", 1),
    ]
    assert sheet.scans(ana, "MUG") == (409, "tote_needed")
    assert sheet.scans(ana, "CUP", tote="T1") == (409, "wrong_tote")
    assert sheet.scans(ana, "MUG", 2, tote="T2") == (409, "over_pick")
    assert sheet.scans(ana, "MUG", tote="T2") == (200, 3)
    assert sheet.scans(ana, "MUG", tote="T2") == (409, "already_picked")
    assert sheet.scans(ana, "MUG", 2, tote="T1") == (200, 1)
    other = walked(shop, shop.up_to("released", ("CUP", 1)).id)
    [c] = shop.shipments(other.orders[0])
    busy = ana.post(f"{other.path}/totes", {"totes": [{"shipment_id": c, "code": "T1"}]})
    assert (busy.status_code, busy.json["guard"], busy.json["totes"]) == (409, "tote_in_use", ["T1"])
    strange = ana.post(f"{other.path}/totes", {"totes": [{"shipment_id": a, "code": "T3"}]})
    assert (strange.status_code, strange.json["shipment_ids"]) == (422, [a])
    shop.cancels(first)
    assert ana.post(f"{other.path}/totes", {"totes": [{"shipment_id": c, "code": "T1"}]}).status_code == 200
    assert rows(shop.services, "SELECT code, shipment_id FROM tote ORDER BY code") == [("T1", c), ("T2", b)]
    assert broken(shop.services) == {}


def test_a_barcode_belongs_to_one_product(shop: Shop, ana: Caller, admin: Caller) -> None:
    shop.sells("MUG", A=1)
    shop.sells("CUP", A=1)

    def put(sku: str, *codes: str) -> int:
        return ana.send("PUT", f"/v1/products/{sku}/barcodes", json={"barcodes": codes}).status_code

    assert put("MUG", "111", "222") == 200
    assert [put("CUP", "222"), put("CUP", "MUG"), put("NONE", "9")] == [409, 409, 404]
    taken = admin.post("/v1/products", {"products": [{"sku": "222", "name": "Other"}, {"sku": "LID", "name": "Lid"}]})
    assert (taken.status_code, taken.json["type"]) == (409, "/problems/sku_is_barcode")
    assert taken.json["barcodes"] == {"222": "MUG"}
    assert admin.get("/v1/products/LID").status_code == 404
    assert ana.get("/v1/products/CUP/barcodes").json == {"sku": "CUP", "barcodes": []}
    assert [put("MUG", "111"), put("CUP", "222")] == [200, 200]
    assert ana.get("/v1/products/CUP/barcodes").json["barcodes"] == ["222"]
    sheet = walked(shop, shop.up_to("released", ("CUP", 1)).id)
    assert sheet.scans(ana, "222") == (200, 0)
    [shipment] = shop.shipments(sheet.orders[0])
    packed = ana.post(f"/v1/shipments/{shipment}/parcels", {"items": [{"code": "222", "quantity": 1}]})
    assert packed.status_code == 201  # the packer reads the same label
