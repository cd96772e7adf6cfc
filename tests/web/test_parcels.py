"""Packing over HTTP: parcels filled by scan, weighed, undone; and nothing leaves half packed."""

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, one, rows, work_off

from fulfillment.access.models import Role
from fulfillment.catalog.barcodes import set_barcodes


def _packing(shop: Shop, *lines: tuple[str, int]) -> tuple[int, str]:
    """An order in packing: the id of its shipment, and where its parcels are."""
    placed = shop.up_to("packing", *lines)
    [shipment] = shop.shipments(placed.id)
    return shipment, f"/v1/shipments/{shipment}/parcels"


def _scan(code: str, quantity: int = 1) -> dict[str, object]:
    return {"items": [{"code": code, "quantity": quantity}]}


def _completed(shop: Shop, caller: Caller, shipment: int, **body: object) -> tuple[str, str | None]:
    """How a completion ended: the operation's status, and the guard that refused."""
    asked = caller.post(f"/v1/shipments/{shipment}/completion", body)
    work_off(shop.services)
    operation = caller.get(asked.headers["Location"]).json
    return operation["status"], next((each["guard"] for each in operation["problems"]), None)


def test_a_shipment_is_packed_by_scan_into_two_parcels_and_leaves(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CUP", A=5)
    shipment, parcels = _packing(shop, ("MUG", 2), ("CUP", 1))

    first = warehouse.post(parcels, {"weight_grams": 700})
    path = first.headers["Location"]
    for _ in range(2):
        assert warehouse.post(f"{path}/items", _scan("MUG")).status_code == 200
    half = warehouse.get(parcels).json
    early = _completed(shop, warehouse, shipment)
    second = warehouse.post(parcels, {**_scan("CUP"), "weight_grams": 150, "tracking_number": "RM2"})
    done = warehouse.get(parcels).json
    left = _completed(shop, warehouse, shipment, tracking_number="RM1")

    assert (first.status_code, first.json["position"], first.json["items"]) == (201, 1, [])
    assert [(each["sku"], each["quantity"], each["picked"]) for each in half["to_pack"]] == [("CUP", 1, 0)]
    assert early == ("refused", "not_picked")
    assert (second.status_code, second.json["position"], second.json["tracking_number"]) == (201, 2, "RM2")
    assert [
        (each["weight_grams"], [(item["sku"], item["quantity"]) for item in each["items"]]) for each in done["parcels"]
    ] == [(700, [("MUG", 2)]), (150, [("CUP", 1)])]
    assert done["to_pack"] == []
    assert left == ("succeeded", None)
    assert rows(shop.services, "SELECT quantity, picked, packed FROM line_item ORDER BY position") == [
        (2, 2, 2),
        (1, 1, 1),
    ]
    assert broken(shop.services) == {}


def test_every_wrong_scan_has_its_answer_and_packs_nothing(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CUP", A=5)
    _, parcels = _packing(shop, ("MUG", 2))
    path = warehouse.post(parcels).headers["Location"]
    foreign = one(shop.services, "SELECT id FROM line_item WHERE shipment_id = :id", id=_packing(shop, ("CUP", 1))[0])
    before = contents(shop.services)

    def scanned(body: dict[str, object]) -> tuple[int, str]:
        answer = warehouse.post(f"{path}/items", body)
        return answer.status_code, answer.json.get("guard") or answer.json["type"].removeprefix("/problems/")

    assert scanned(_scan("CUP")) == (409, "wrong_item")
    assert scanned(_scan("4006381333931")) == (409, "wrong_item")
    assert scanned(_scan("MUG", 3)) == (409, "over_pack")
    assert scanned({"items": [{"code": "MUG", "quantity": 2}, {"code": "MUG"}]}) == (409, "over_pack")
    assert scanned({"items": [{"line_id": foreign}]}) == (404, "not_found")
    assert scanned({"items": [{"line_id": foreign, "code": "MUG"}]}) == (422, "invalid_fields")
    assert scanned({"items": [{}]}) == (422, "invalid_fields")
    assert scanned({"items": []}) == (422, "invalid_fields")
    assert warehouse.post("/v1/parcels/7/items", _scan("MUG")).status_code == 404
    assert contents(shop.services) == before
    told = warehouse.post(f"{path}/items", _scan("CUP")).json
    assert (told["wanted"], told["remedy"]) == (["MUG"], "put it aside; still to be packed: MUG")


def test_a_warehouse_that_wants_every_pick_packs_only_what_is_picked(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shipment, parcels = _packing(shop, ("MUG", 2))
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql("UPDATE warehouse SET allows_confirm_all = false")
    path = warehouse.post(parcels).headers["Location"]

    early = warehouse.post(f"{path}/items", _scan("MUG"))
    picklist, line = rows(
        shop.services,
        "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.id = :id",
        id=shipment,
    )[0]
    warehouse.post(f"/v1/picklists/{picklist}/picks", {"picks": [{"line_id": line, "quantity": 1}]})
    fitting = warehouse.post(f"{path}/items", _scan("MUG"))
    beyond = warehouse.post(f"{path}/items", _scan("MUG"))

    assert (early.status_code, early.json["guard"]) == (409, "not_picked")
    assert (fitting.status_code, fitting.json["items"][0]["quantity"]) == (200, 1)
    assert (beyond.status_code, beyond.json["line_ids"]) == (409, [line])
    assert one(shop.services, "SELECT picked, packed FROM line_item WHERE id = :id", id=line) == (1, 1)


def test_what_is_packed_can_be_taken_out_and_unpacked_until_the_carrier_has_it(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shipment, parcels = _packing(shop, ("MUG", 3))
    path = warehouse.post(parcels, _scan("MUG", 3)).headers["Location"]

    out = warehouse.post(f"{path}/removals", _scan("MUG", 2))
    too_much = warehouse.post(f"{path}/removals", _scan("MUG", 2))
    unpacked = warehouse.change("DELETE", path)
    counts = one(shop.services, "SELECT picked, packed FROM line_item WHERE shipment_id = :id", id=shipment)
    again = warehouse.post(parcels, _scan("MUG", 3))
    assert _completed(shop, warehouse, shipment) == ("succeeded", None)
    late = warehouse.change("DELETE", again.headers["Location"])
    later = warehouse.post(f"{again.headers['Location']}/removals", _scan("MUG"))
    more = warehouse.post(parcels)

    assert [item["quantity"] for item in out.json["items"]] == [1]
    assert (too_much.status_code, too_much.json["guard"], too_much.json["most"]) == (409, "not_inside", 1)
    assert (unpacked.status_code, unpacked.json["parcels"], unpacked.json["to_pack"][0]["quantity"]) == (200, [], 3)
    assert counts == (3, 0)
    assert again.json["position"] == 1
    assert [(each.status_code, each.json["guard"]) for each in (late, later)] == [(409, "handed_over")] * 2
    assert (more.status_code, more.json["guard"]) == (409, "status")
    assert rows(
        shop.services,
        "SELECT verb, detail ->> 'pieces' FROM timeline WHERE verb IN ('open_parcel', 'take_out_of_parcel', 'unpack')"
        " ORDER BY id",
    ) == [("open_parcel", None), ("take_out_of_parcel", "2"), ("unpack", "1"), ("open_parcel", None)]
    assert broken(shop.services) == {}


def test_a_barcode_packs_and_takes_out_what_it_is_on(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    with shop.services.transaction() as session:
        set_barcodes(session, "MUG", ["4006381333931"])
    _, parcels = _packing(shop, ("MUG", 2))

    path = warehouse.post(parcels, _scan("4006381333931", 2)).headers["Location"]
    out = warehouse.post(f"{path}/removals", _scan("4006381333931"))

    assert [(item["sku"], item["quantity"]) for item in out.json["items"]] == [("MUG", 1)]


def test_a_shipment_that_is_half_in_its_box_does_not_leave(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shipment, parcels = _packing(shop, ("MUG", 2))
    picklist, line = rows(
        shop.services,
        "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.id = :id",
        id=shipment,
    )[0]
    warehouse.post(f"/v1/picklists/{picklist}/picks", {"picks": [{"line_id": line, "quantity": 2}]})
    path = warehouse.post(parcels, _scan("MUG")).headers["Location"]

    half = _completed(shop, warehouse, shipment)
    warehouse.change("DELETE", path)
    unpacked = _completed(shop, warehouse, shipment)

    assert half == ("refused", "not_packed")
    assert unpacked == ("succeeded", None)
    assert shop.stock("MUG") == (3, 0)


def test_nothing_is_packed_on_hold_or_for_what_was_canceled(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=9)
    held, canceled = shop.up_to("packing", ("MUG", 1)), shop.up_to("packing", ("MUG", 1))
    parcels = {
        order.id: warehouse.post(f"/v1/shipments/{shop.shipments(order.id)[0]}/parcels").headers["Location"]
        for order in (held, canceled)
    }
    shop.holds(held.id, "Fraud")
    shop.cancels(canceled.id)

    on_hold = warehouse.post(f"{parcels[held.id]}/items", _scan("MUG"))
    gone = warehouse.post(f"{parcels[canceled.id]}/items", _scan("MUG"))

    assert (on_hold.status_code, on_hold.json["guard"]) == (409, "on_hold")
    assert (gone.status_code, gone.json["guard"]) == (409, "canceled")
    assert one(shop.services, "SELECT sum(picked), sum(packed) FROM line_item") == (0, 0)
    assert broken(shop.services) == {}


@pytest.mark.rule("SH9")
def test_each_parcel_bears_a_weight_and_a_tracking_number_of_its_own(
    shop: Shop, warehouse: Caller, csr: Caller
) -> None:
    shop.sells("MUG", A=5)
    _, parcels = _packing(shop, ("MUG", 2))
    paths = [warehouse.post(parcels, _scan("MUG")).headers["Location"] for _ in range(2)]

    numbered = [
        caller.change("PATCH", path, {"tracking_number": number})
        for caller, path, number in zip((warehouse, csr), paths, ("RM1", "RM2"), strict=True)
    ]
    weighed = warehouse.change("PATCH", paths[0], {"weight_grams": 420})
    taken_back = warehouse.change("PATCH", paths[1], {"tracking_number": None})
    nonsense = warehouse.change("PATCH", paths[0], {"weight_grams": 0})

    assert [each.json["tracking_number"] for each in numbered] == ["RM1", "RM2"]
    assert (weighed.json["weight_grams"], weighed.json["tracking_number"]) == (420, "RM1")
    assert taken_back.json["tracking_number"] is None
    assert nonsense.status_code == 422
    assert one(shop.services, "SELECT count(*) FROM timeline WHERE verb = 'change_parcel'") == 4


def test_another_warehouse_sees_no_parcel(shop: Shop, warehouse: Caller, api: Api) -> None:
    shop.sells("MUG", A=5)
    _, parcels = _packing(shop, ("MUG", 1))
    path = warehouse.post(parcels, _scan("MUG")).headers["Location"]
    elsewhere = api.caller(Role.WAREHOUSE, warehouses=["B"])

    answers = [
        elsewhere.get(parcels),
        elsewhere.get(path),
        elsewhere.post(parcels),
        elsewhere.post(f"{path}/items", _scan("MUG")),
        elsewhere.change("DELETE", path),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert warehouse.get(path).status_code == 200
