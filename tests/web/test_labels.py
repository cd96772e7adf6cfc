"""Labels over HTTP: bought once, printed, given back, replaced; and nothing leaves without one where a method says so."""

import pytest
from api_client import ADDRESS, Api, Caller, contents, pence
from builders import Shop, broken, hasten, one, rows, work_off
from labeling import a_parcel, bound, ended, labels, number_of

from fulfillment.access.models import Role


def _completed(shop: Shop, caller: Caller, shipment: int, **body: object) -> tuple[str, list[str]]:
    return ended(shop, caller, f"/v1/shipments/{shipment}/completion", body)


def test_a_label_is_bought_printed_given_back_and_bought_anew(shop: Shop, warehouse: Caller, csr: Caller) -> None:
    bound(shop)
    shipment, parcel = a_parcel(shop, warehouse)

    first = ended(shop, warehouse, f"{parcel}/label")
    shown, told = warehouse.get(f"{parcel}/label").json, csr.get(f"{parcel}/label").json
    paper = warehouse.get(f"{parcel}/label.pdf")
    again = warehouse.post(f"{parcel}/label")
    voided = ended(shop, warehouse, f"{parcel}/label/void")
    after_void = (
        number_of(shop, parcel),
        one(shop.services, "SELECT tracking_number FROM shipment WHERE id = :id", id=shipment),
    )
    no_paper = warehouse.get(f"{parcel}/label.pdf")
    second = ended(shop, warehouse, f"{parcel}/label", {"service": "express"})
    left = _completed(shop, warehouse, shipment)
    too_late = warehouse.post(f"{parcel}/label/void")

    assert first == voided == second == left == ("succeeded", [])
    assert (shown["status"], shown["tracking_number"], shown["wanted"], shown["cost"]) == ("bought", "TN1", True, None)
    assert (told["cost"], told["service"], told["carrier"]) == (pence(500), "standard", "simulated")
    assert (paper.mimetype, paper.data) == ("application/pdf", b"%PDF-1.4 a label")
    assert (again.status_code, again.json["guard"]) == (409, "has_label")
    assert after_void == (None, None)
    assert (no_paper.status_code, no_paper.json["type"]) == (404, "/problems/no_paper")
    assert (number_of(shop, parcel), shop.carrier.live) == ("TN2", ["TN2"])
    assert one(shop.services, "SELECT tracking_number FROM shipment WHERE id = :id", id=shipment) == "TN2"
    assert (too_late.status_code, too_late.json["guard"]) == (409, "handed_over")
    assert [each.service for each in shop.carrier.sent] == ["standard", "express"]
    verbs = rows(shop.services, "SELECT verb FROM timeline WHERE subject = 'label' ORDER BY id")
    assert [verb for (verb,) in verbs] == [
        *("want_label", "send", "buy"),
        *("unwant_label", "give_back", "void"),
        *("want_label", "send", "buy"),
    ]
    assert broken(shop.services) == {}


@pytest.mark.rule("LA2")
def test_a_replacement_gives_the_old_label_back_before_the_new_one_is_bought(shop: Shop, warehouse: Caller) -> None:
    bound(shop)
    _, parcel = a_parcel(shop, warehouse)
    none_yet = warehouse.post(f"{parcel}/label/replacement")
    ended(shop, warehouse, f"{parcel}/label")
    shop.carrier.on_buy = lambda _: voided_then.append(list(shop.carrier.voided))
    voided_then: list[list[str]] = []

    replaced = ended(shop, warehouse, f"{parcel}/label/replacement", {"service": "express"})

    assert (none_yet.status_code, none_yet.json["type"]) == (409, "/problems/no_label")
    assert replaced == ("succeeded", [])
    assert voided_then == [["lbl_1"]]
    assert (shop.carrier.live, number_of(shop, parcel)) == (["TN2"], "TN2")
    assert broken(shop.services) == {}


def test_a_method_labels_by_itself_what_is_packed_and_weighed_by_the_cheapest_of_its_services(
    shop: Shop, warehouse: Caller
) -> None:
    bound(shop, "express", "standard", "economy", buys="when_packed")
    _, light = a_parcel(shop, warehouse)
    _, heavy = a_parcel(shop, warehouse, weight_grams=5000)
    _, unweighed = a_parcel(shop, warehouse, weight_grams=None)
    work_off(shop.services)

    before = number_of(shop, unweighed)
    warehouse.change("PATCH", unweighed, {"weight_grams": 100})
    work_off(shop.services)

    assert [warehouse.get(f"{each}/label").json["service"] for each in (light, heavy, unweighed)] == [
        "economy",
        "standard",
        "economy",
    ]
    assert before is None
    assert number_of(shop, unweighed) is not None
    assert len(shop.carrier.sold) == 3


def test_what_is_packed_in_part_waits_for_the_rest(shop: Shop, warehouse: Caller) -> None:
    bound(shop, buys="when_packed")
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 2), shipping_method="post")
    [shipment] = shop.shipments(placed.id)
    parcels = f"/v1/shipments/{shipment}/parcels"

    warehouse.post(parcels, {"items": [{"code": "MUG"}], "weight_grams": 300})
    work_off(shop.services)
    half = labels(shop)
    warehouse.post(parcels, {"items": [{"code": "MUG"}], "weight_grams": 300})
    work_off(shop.services)

    assert half == []
    assert sorted(labels(shop)) == [("bought", "TN1", True), ("bought", "TN2", True)]
    # Two parcels have two numbers: none of them is that of the shipment.
    assert one(shop.services, "SELECT tracking_number FROM shipment WHERE id = :id", id=shipment) is None


@pytest.mark.rule("LA4")
def test_nothing_leaves_without_a_label_where_its_method_says_so_and_the_explanation_tells_why(
    shop: Shop, warehouse: Caller, csr: Caller
) -> None:
    bound(shop, label_required=True)
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 2), shipping_method="post")
    [shipment] = shop.shipments(placed.id)

    def waits() -> tuple[str, str | None]:
        [found] = csr.get(f"/v1/orders/{placed.number}/explanation").json["blockers"]
        return found["code"], found["call"] and f"{found['call']['method']} {found['call']['path']}"

    unpacked = _completed(shop, warehouse, shipment, confirm_all=True)
    shop.services.clock()
    picked = warehouse.post(f"/v1/shipments/{shipment}/parcels", {"items": [{"code": "MUG", "quantity": 2}]})
    parcel = picked.headers["Location"]
    weigh = waits()
    unlabeled = _completed(shop, warehouse, shipment)
    warehouse.change("PATCH", parcel, {"weight_grams": 400})
    buy = waits()
    ended(shop, warehouse, f"{parcel}/label")
    ready = waits()
    left = _completed(shop, warehouse, shipment)

    assert unpacked == unlabeled == ("refused", ["no_label"])
    assert weigh == ("awaits_label", f"PATCH {parcel}")
    assert buy == ("awaits_label", f"POST {parcel}/label")
    assert ready == ("awaits_completion", f"POST /v1/shipments/{shipment}/completion")
    assert left == ("succeeded", [])
    assert broken(shop.services) == {}


def test_every_label_that_cannot_be_had_has_its_reason_and_nothing_is_changed(
    shop: Shop, warehouse: Caller, api: Api
) -> None:
    shop.sells("MUG", A=50)
    _, unbound = a_parcel(shop, warehouse)
    no_carrier = warehouse.post(f"{unbound}/label")
    bound(shop)
    _, unweighed = a_parcel(shop, warehouse, weight_grams=None)
    shipment, _ = a_parcel(shop, warehouse)
    empty = warehouse.post(f"/v1/shipments/{shipment}/parcels", {"weight_grams": 5}).headers["Location"]
    held = shop.up_to("packing", ("MUG", 1), shipping_method="post")
    [on_hold] = shop.shipments(held.id)
    stopped = warehouse.post(
        f"/v1/shipments/{on_hold}/parcels", {"items": [{"code": "MUG"}], "weight_grams": 5}
    ).headers["Location"]
    shop.holds(held.id)
    stranger = api.caller(Role.WAREHOUSE, warehouses=["B"])
    before = contents(shop.services)

    def refused(path: str, caller: Caller = warehouse, **body: object) -> tuple[int, str]:
        answer = caller.post(f"{path}/label", body)
        return answer.status_code, answer.json.get("guard") or answer.json["type"].removeprefix("/problems/")

    assert (no_carrier.status_code, no_carrier.json["guard"]) == (409, "no_carrier")
    assert refused(unweighed) == (409, "not_weighed")
    assert refused(empty) == (409, "empty_parcel")
    assert refused(stopped) == (409, "on_hold")
    assert refused("/v1/parcels/7") == (404, "not_found")
    assert refused(unweighed, stranger) == (404, "not_found")
    assert refused(unweighed, service="NO SUCH") == (422, "invalid_fields")
    assert warehouse.get(f"{unweighed}/label").json["type"] == "/problems/no_label"
    assert warehouse.get(f"{unweighed}/label.pdf").status_code == 404
    assert contents(shop.services) == before
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql("UPDATE warehouse SET country = NULL")
    assert refused(unbound) == (409, "no_origin")


@pytest.mark.rule("LA3")
def test_what_a_label_says_stays_true_until_it_is_given_back(shop: Shop, warehouse: Caller, csr: Caller) -> None:
    bound(shop)
    _, parcel = a_parcel(shop, warehouse)
    ended(shop, warehouse, f"{parcel}/label")
    before = contents(shop.services)

    refusals = [
        csr.change("PATCH", parcel, {"weight_grams": 5}),
        csr.change("PATCH", parcel, {"tracking_number": "MINE"}),
        warehouse.post(f"{parcel}/removals", {"items": [{"code": "MUG"}]}),
    ]
    same = csr.change("PATCH", parcel, {"weight_grams": 700})

    assert [(each.status_code, each.json["guard"]) for each in refusals] == [(409, "has_label")] * 3
    assert same.status_code == 200
    assert contents(shop.services) == before


@pytest.mark.rule("LA2")
def test_a_parcel_that_is_unpacked_or_canceled_gives_its_label_back(shop: Shop, warehouse: Caller) -> None:
    bound(shop)
    _, parcel = a_parcel(shop, warehouse)
    shipment, canceled = a_parcel(shop, warehouse)
    ended(shop, warehouse, f"{parcel}/label")
    ended(shop, warehouse, f"{canceled}/label")
    sold = list(shop.carrier.live)

    warehouse.change("DELETE", parcel)
    shop.cancels(one(shop.services, "SELECT order_id FROM shipment WHERE id = :id", id=shipment))
    for (put_back,) in rows(shop.services, "SELECT id FROM put_back"):
        warehouse.post(f"/v1/put-backs/{put_back}/confirmation", {})
    work_off(shop.services)

    assert sold == ["TN1", "TN2"]
    assert shop.carrier.live == []
    assert sorted(labels(shop)) == [("voided", "TN1", False), ("voided", "TN2", False)]
    assert broken(shop.services) == {}


def test_the_carrier_says_no_and_a_person_chooses_another_way(shop: Shop, warehouse: Caller) -> None:
    bound(shop)
    _, parcel = a_parcel(shop, warehouse)
    shop.carrier.script.append("refuse")

    refused = ended(shop, warehouse, f"{parcel}/label")
    shown = warehouse.get(f"{parcel}/label").json
    again = ended(shop, warehouse, f"{parcel}/label")

    assert refused == ("refused", ["too_heavy"])
    assert (shown["status"], shown["code"], shown["wanted"]) == ("failed", "too_heavy", False)
    assert again == ("succeeded", [])
    assert number_of(shop, parcel) == "TN1"
    assert broken(shop.services) == {}


def test_rates_are_asked_without_buying_and_a_method_is_bound_to_services_that_there_are(
    shop: Shop, warehouse: Caller, csr: Caller, admin: Caller
) -> None:
    admin.post("/v1/shipping-methods", {"code": "post", "name": "Post"})
    admin.change("PATCH", "/v1/warehouses/A", {"country": "GB"})

    def bind(**carrier: object) -> tuple[int, object]:
        answer = admin.change("PATCH", "/v1/shipping-methods/post", {"carrier": carrier or None})
        return answer.status_code, answer.json.get("carrier") if answer.status_code == 200 else answer.json["type"]

    assert bind(code="simulated", services=["teleport"]) == (422, "/problems/unknown_service")
    assert bind(code="pigeon", services=["standard"]) == (422, "/problems/unknown_carrier")
    assert bind(code="simulated", services=[]) == (422, "/problems/invalid_fields")
    assert bind(code="simulated", services=["standard", "standard"]) == (422, "/problems/duplicate_service")
    assert bind(code="simulated", services=["express", "standard"])[1] == {
        "code": "simulated",
        "services": ["express", "standard"],
        "buys": "on_request",
        "label_required": False,
    }
    shipment, _ = a_parcel(shop, warehouse)
    rates, seen = (caller.get(f"/v1/shipments/{shipment}/rates").json for caller in (csr, warehouse))
    shop.carrier.is_deaf = True
    deaf = csr.get(f"/v1/shipments/{shipment}/rates")
    deaf_binding = bind(code="simulated", services=["standard"])
    shop.carrier.is_deaf = False

    [found] = rates["parcels"]
    assert (found["chosen"], found["weight_grams"]) == ("standard", 700)
    assert [(each["service"], each["price"], each["of_method"]) for each in found["rates"]] == [
        ("economy", pence(300), False),
        ("standard", pence(500), True),
        ("express", pence(1200), True),
    ]
    assert [each["price"] for each in seen["parcels"][0]["rates"]] == [None, None, None]
    assert (deaf.status_code, deaf_binding) == (503, (503, "/problems/carrier_unreachable"))
    assert shop.carrier.sold == []
    assert bind() == (200, None)
    gone = csr.get(f"/v1/shipments/{shipment}/rates")
    assert (gone.status_code, gone.json["guard"]) == (409, "no_carrier")
    assert ADDRESS["country"] == "GB"


def test_what_nobody_can_ask_about_any_more_is_listed_with_its_evidence_and_settled_by_the_call_that_is_named(
    shop: Shop, warehouse: Caller, csr: Caller, admin: Caller
) -> None:
    bound(shop)
    shipment, parcel = a_parcel(shop, warehouse)
    shop.carrier.script.append("cut after")
    asked = warehouse.post(f"{parcel}/label").json["result"]["label_id"]
    work_off(shop.services)
    [waiting] = csr.get("/v1/labels?status=unknown").json["labels"]
    early = admin.post(f"/v1/labels/{asked}/outcome", {"outcome": "failed", "note": "not there"})
    shop.carrier.knows_nothing = True
    shop.carrier.books.clear()
    shop.clock.forward(hours=24)
    hasten(shop.services)
    work_off(shop.services)

    [listed] = csr.get("/v1/labels?for_a_person=true").json["labels"]
    order = one(
        shop.services,
        "SELECT o.number FROM purchase_order o JOIN shipment s ON s.order_id = o.id WHERE s.id = :id",
        id=shipment,
    )
    blockers = csr.get(f"/v1/orders/{order}/explanation").json["blockers"]
    [call] = [each["call"] for each in blockers if each["code"] == "dead_letter"]
    settled = admin.post(call["path"], call["body"])
    work_off(shop.services)

    assert (waiting["id"], waiting["code"], waiting["dead_letter_id"], waiting["sends"]) == (asked, "timeout", None, 1)
    assert (early.status_code, early.json["type"]) == (409, "/problems/still_asked")
    assert (listed["status"], listed["code"], listed["sends"]) == ("unknown", "key_expired", 2)
    assert listed["dead_letter_id"] is not None
    assert (settled.status_code, settled.json["status"], settled.json["wanted"]) == (200, "failed", False)
    assert csr.get("/v1/labels").json["labels"] == []
    assert csr.get(f"/v1/labels/{asked}").json["code"] == "settled_by_hand"
    assert ended(shop, warehouse, f"{parcel}/label") == ("succeeded", [])
    assert broken(shop.services) == {}
