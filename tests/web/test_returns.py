"""Returns over HTTP: what may come back, what comes, and what becomes of it."""

from io import BytesIO
from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, rows, work_off
from explaining import Desk
from pypdf import PdfReader
from returning import Back, asks_back, comes_back, line_ids

from fulfillment.access.models import Role


def _sells(shop: Shop) -> None:
    shop.sells("MUG", A=10)
    shop.sells("CUP", price=500, A=10)
    shop.has_bins("A1", "Z9")


@pytest.mark.rule("RT1", "RT3", "RT4")
def test_pieces_come_back_in_parts_and_go_where_somebody_says(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    _sells(shop)
    order = shop.up_to("shipped", ("MUG", 3), ("CUP", 1))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2), ("CUP", 1, "damaged"), note="the cup is in pieces")
    before = shop.stock("MUG")

    mug = back.arrives("MUG", disposition="restocked", bin="A1").json
    cup = back.arrives("CUP", condition="damaged").json

    line = line_ids(shop, order.id)
    assert mug["counted"] == [{"line_id": line["MUG"], "quantity": 1, "announced": 2, "received": 1, "over": 0}]
    assert (mug["status"], mug["coming"], mug["undecided"]) == ("receiving", 2, 0)
    assert (cup["coming"], cup["undecided"]) == (1, 1)
    assert shop.stock("MUG") == (before[0] + 1, before[1])
    assert shop.lies("MUG") == {"A1": 1}
    assert shop.stock("CUP") == (9, 0)  # What nobody has decided about is on no shelf.

    assert back.becomes("scrapped", "CUP").json["undecided"] == 0
    again = back.becomes("scrapped", "CUP")
    assert (again.status_code, again.json["guard"], again.json["most"]) == (409, "not_here", 0)
    shown = back.shown
    assert [(each["sku"], each["received"], each["restocked"], each["scrapped"]) for each in shown["lines"]] == [
        ("MUG", 1, 1, 0),
        ("CUP", 1, 0, 1),
    ]
    assert [(each["kind"], each["sku"], each["condition"]) for each in shown["movements"]] == [
        ("received", "MUG", "as_new"),
        ("restocked", "MUG", None),
        ("received", "CUP", "damaged"),
        ("scrapped", "CUP", None),
    ]
    assert (shown["number"], shown["money"]) == (f"{order.number}-R1", None)
    assert shop.stock("CUP") == (9, 0)
    assert broken(shop.services) == {}


@pytest.mark.rule("RT4")
def test_restocked_pieces_are_given_to_who_waits_for_them(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", A=2)
    order = shop.up_to("shipped", ("MUG", 2))
    waiting = shop.up_to("assigned", ("MUG", 1))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))

    back.arrives("MUG", 2)
    work_off(shop.services)
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]
    back.becomes("restocked", "MUG", 1)
    work_off(shop.services)

    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert shop.stock("MUG") == (1, 1)
    assert broken(shop.services) == {}


@pytest.mark.rule("RT3")
def test_more_and_other_pieces_than_announced_are_kept_and_told_as_such(
    shop: Shop, csr: Caller, warehouse: Caller
) -> None:
    _sells(shop)
    shop.sells("PAN", A=1)
    order = shop.up_to("shipped", ("MUG", 2), ("CUP", 1))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 1))
    line = line_ids(shop, order.id)

    more = back.arrives("MUG", 3).json  # One announced, one not, and one that was never theirs.
    other = back.arrives("CUP", disposition="refused").json
    foreign = back.arrives("PAN", place="Z9", disposition="restocked").json
    unknown = back.arrives("4006381333931")
    kept = back.arrives("4006381333931", place="Z9")

    assert (more["counted"][0]["quantity"], more["counted"][0]["over"], more["stray"]) == (2, 1, 1)
    assert other["counted"] == [{"line_id": line["CUP"], "quantity": 1, "announced": 0, "received": 1, "over": 1}]
    assert (foreign["counted"], foreign["stray"]) == ([], 1)
    assert (unknown.status_code, unknown.json["guard"]) == (409, "unknown_code")
    assert (kept.status_code, kept.json["sku"], kept.json["stray"]) == (201, None, 1)
    shown = back.shown
    assert [(each["sku"], each["reason"], each["over"]) for each in shown["lines"]] == [
        ("MUG", "changed_mind", 1),
        ("CUP", "not_announced", 1),
    ]
    assert [(each["code"], each["sku"], each["quantity"], each["place"]) for each in shown["strays"]] == [
        ("MUG", "MUG", 1, None),
        ("PAN", "PAN", 1, "Z9"),
        ("4006381333931", None, 1, "Z9"),
    ]
    assert shop.stock("PAN") == (1, 0)  # Whatever was said of it: it is not the order's.
    assert broken(shop.services) == {}

    mug, pan, unknown_one = (f"{back.path}/strays/{each['id']}/settlement" for each in shown["strays"])
    refused = warehouse.post(unknown_one, {"settled_as": "stocked"})
    warehouse.post(mug, {"settled_as": "sent_back"})
    stocked = warehouse.post(pan, {"settled_as": "stocked", "bin": "A1"}).json
    again = warehouse.post(pan, {"settled_as": "scrapped"})

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/unknown_code")
    assert [each["settled_as"] for each in stocked["strays"]] == ["sent_back", "stocked", None]
    assert (again.status_code, again.json["guard"]) == (409, "settled")
    assert (shop.stock("PAN"), shop.lies("PAN")) == ((2, 0), {"A1": 1})
    assert broken(shop.services) == {}


@pytest.mark.rule("RT3")
def test_the_same_scan_counts_once_and_another_by_its_id_is_refused(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    _sells(shop)
    order = shop.up_to("shipped", ("MUG", 2))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))

    first = back.arrives("MUG", scan_id="s-1").json
    second = back.arrives("MUG", scan_id="s-1").json
    other = back.arrives("MUG", 2, scan_id="s-1")

    assert (first, first["coming"]) == (second, 1)
    assert (other.status_code, other.json["guard"]) == (409, "scan_id")
    assert back.shown["lines"][0]["received"] == 1


@pytest.mark.rule("RT1", "RT2")
def test_what_must_not_come_back_is_refused_with_a_reason(
    shop: Shop, admin: Caller, csr: Caller, warehouse: Caller
) -> None:
    _sells(shop)
    shop.sells("SONG", price=99, needs_shipping=False)
    unshipped = shop.up_to("assigned", ("MUG", 1))
    order = shop.up_to("shipped", ("MUG", 2), ("SONG", 1))
    comes_back(shop, csr, warehouse, order.id, ("MUG", 1))
    before = contents(shop.services)

    def refused(who: Caller, order_id: int, *pieces: Any) -> tuple[int, Any]:
        answer = asks_back(shop, who, order_id, *pieces)
        assert answer.json["remedy"]
        return answer.status_code, answer.json["guard"]

    assert refused(csr, unshipped.id, ("MUG", 1)) == (409, "not_shipped")
    assert refused(csr, order.id, ("MUG", 2)) == (409, "over_return")
    assert refused(csr, order.id, ("SONG", 1)) == (409, "nothing_to_send_back")
    assert contents(shop.services) == before

    found = csr.get(f"/v1/orders/{order.number}/returnables").json["lines"]
    assert [(each["sku"], each["coming_back"], each["most"]) for each in found] == [("MUG", 1, 1), ("SONG", 0, 0)]
    assert found[1]["refused"]["guard"] == "nothing_to_send_back"
    shop.clock.forward(days=31)
    assert refused(csr, order.id, ("MUG", 1)) == (409, "return_window")
    assert admin.change("PATCH", "/v1/markets/DE", {"return_days": 60}).status_code == 200
    assert asks_back(shop, csr, order.id, ("MUG", 1)).status_code == 201


@pytest.mark.rule("RT1")
def test_a_storefront_asks_for_returns_of_its_own_orders_where_its_market_lets_it(
    shop: Shop, api: Api, admin: Caller, csr: Caller
) -> None:
    _sells(shop)
    order = shop.up_to("shipped", ("MUG", 1))
    store = api.caller(Role.STOREFRONT, storefront="their own")
    own = "UPDATE purchase_order SET storefront_id = (SELECT id FROM storefront WHERE name = 'their own') RETURNING id"
    assert rows(shop.services, own) == [(order.id,)]

    denied = asks_back(shop, store, order.id, ("MUG", 1))
    admin.change("PATCH", "/v1/markets/DE", {"returns_by_storefront": True})
    by_the_carrier = asks_back(shop, store, order.id, ("MUG", 1, "returned_to_sender"))  # No window counts for that.
    granted = asks_back(shop, store, order.id, ("MUG", 1))

    assert (denied.status_code, denied.json["guard"]) == (403, "returns_by_storefront")
    assert (by_the_carrier.status_code, by_the_carrier.json["guard"]) == (403, "returns_by_storefront")
    assert granted.status_code == 201
    assert store.get("/v1/returns").json["returns"][0]["id"] == granted.json["id"]
    other = api.caller(Role.STOREFRONT)
    assert asks_back(shop, other, order.id, ("MUG", 1)).status_code == 404
    assert other.get("/v1/returns").json["returns"] == []
    assert other.get(f"/v1/returns/{granted.json['id']}").status_code == 404


def test_pieces_for_their_vendors_are_listed(shop: Shop, api: Api, csr: Caller, warehouse: Caller) -> None:
    _sells(shop)
    order = shop.up_to("shipped", ("MUG", 2), ("CUP", 1))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2), ("CUP", 1))
    back.arrives("MUG", 2, disposition="to_vendor")
    back.arrives("CUP")
    back.becomes("to_vendor", "CUP", note="the handle is off")

    listed = csr.get("/v1/vendor-returns", limit=1).json
    rest = csr.get(listed["next"]).json["pieces"]

    told = [(each["sku"], each["quantity"], each["note"]) for each in (*listed["pieces"], *rest)]
    assert told == [("CUP", 1, "the handle is off"), ("MUG", 2, None)]
    assert [each["sku"] for each in csr.get("/v1/vendor-returns", sku="MUG").json["pieces"]] == ["MUG"]
    assert api.caller(Role.WAREHOUSE, warehouses=["B"]).get("/v1/vendor-returns").json["pieces"] == []
    assert shop.stock("CUP") == (9, 0)


def test_returns_are_listed_by_what_they_wait_for(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    _sells(shop)
    orders = [shop.up_to("shipped", ("MUG", 1)) for _ in range(3)]
    coming, undecided, decided = (comes_back(shop, csr, warehouse, order.id, ("MUG", 1)) for order in orders)
    undecided.arrives("MUG")
    decided.arrives("MUG", disposition="restocked")

    def listed(**asked: Any) -> list[str]:
        return [f"/v1/returns/{each['id']}" for each in csr.get("/v1/returns", **asked).json["returns"]]

    assert listed(waits_for="goods") == [coming.path]
    assert listed(waits_for="decision") == [undecided.path]
    assert listed(waits_for="completion") == [decided.path]
    assert listed(order=orders[0].number) == [coming.path]
    first = csr.get("/v1/returns", limit=2).json
    assert [each["status"] for each in csr.get(first["next"]).json["returns"]] == ["authorized"]
    assert warehouse.get("/v1/returns").json["returns"][0]["money"] is None


@pytest.mark.rule("RT2")
def test_an_explanation_names_what_a_return_waits_for_and_the_call_that_helps(
    shop: Shop, api: Api, csr: Caller, warehouse: Caller
) -> None:
    desk = Desk(api, shop)
    shop.sells("MUG", A=5)
    unshipped = shop.up_to("assigned", ("MUG", 1))
    order = shop.up_to("shipped", ("MUG", 2))
    assert "return" not in {each["action"] for each in desk.explains(unshipped.number)["actions"]}
    asked = desk.sends(desk.action(order.number, "return")["call"])
    assert asked.status_code == 201

    awaited = desk.blocker(order.number, "awaits_goods_back")
    early = desk.action(order.number, "complete_return")["refused"]
    store = desk.explains(order.number)["blockers"]
    Back(f"/v1/returns/{asked.json['id']}", csr, warehouse).arrives("MUG")
    work_off(shop.services)
    undecided = desk.action(order.number, "complete_return")["refused"]
    desk.follows(order.number, "awaits_decision", "warehouse")
    desk.follows(order.number, "awaits_return_completion", "csr")

    assert (awaited["who"], awaited["evidence"]["coming"], early["guard"]) == (["customer"], 1, "status")
    assert (undecided["guard"], undecided["call"]["path"]) == ("undecided", f"/v1/returns/{asked.json['id']}/decisions")
    assert [each["code"] for each in store] == ["awaits_goods_back"]
    assert desk.explains(order.number)["motion"] == "done"
    assert shop.money(order.id)["refunded"] == 1000
    shop.clock.forward(days=31)
    assert desk.action(order.number, "return")["refused"]["guard"] == "return_window"


def test_the_slip_names_the_return_its_pieces_and_no_price(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", price=4711, A=5)
    order = shop.up_to("shipped", ("MUG", 2))
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 1, "does_not_fit"))

    answer = warehouse.get(f"{back.path}/slip")

    [page] = (page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    for told in (f"{order.number}-R1", order.number, "MUG", "does not fit"):
        assert told in page
    assert not any(secret in page for secret in ("47.11", "4711", "GBP"))
