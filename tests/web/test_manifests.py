"""Manifests over HTTP: what the carrier took over is told to it once, and parcels of which it tells nothing are found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from api_client import Api, Caller
from builders import Shop, broken, hasten, one, rows, work_off
from labeling import a_parcel, bound, ended
from tracking_events import SECRET, carrier_of

from fulfillment.access.models import Role
from fulfillment.carriers import make_tracking_readers
from fulfillment.workflow.sweeps import run_sweep

OF_A = {"carrier": "simulated", "warehouse": "A"}


def handed_over(shop: Shop, warehouse: Caller) -> str:
    """A labeled parcel that left; give its path."""
    shipment, parcel = a_parcel(shop, warehouse)
    ended(shop, warehouse, f"{parcel}/label")
    assert ended(shop, warehouse, f"/v1/shipments/{shipment}/completion") == ("succeeded", [])
    return parcel


def manifests(shop: Shop) -> list[tuple[Any, ...]]:
    return rows(
        shop.services,
        "SELECT status, reference, labels, (SELECT count(*) FROM manifest_label l WHERE l.manifest_id = m.id)"
        " FROM manifest m ORDER BY created_at, reference NULLS FIRST",
    )


def test_a_day_s_parcels_are_closed_read_printed_and_on_no_other_manifest(
    shop: Shop, api: Api, warehouse: Caller
) -> None:
    bound(shop)
    nothing = warehouse.post("/v1/manifests", OF_A)
    parcels = [handed_over(shop, warehouse) for _ in range(2)]
    shipment, packed = a_parcel(shop, warehouse)
    ended(shop, warehouse, f"{packed}/label")  # labeled, and still here

    asked = warehouse.post("/v1/manifests", OF_A)
    work_off(shop.services)
    operation = warehouse.get(asked.headers["Location"]).json
    manifest = operation["result"]["manifest_id"]
    shown = warehouse.get(f"/v1/manifests/{manifest}").json
    paper = warehouse.get(f"/v1/manifests/{manifest}/paper")
    again = warehouse.post("/v1/manifests", OF_A, key="again")
    ended(shop, warehouse, f"/v1/shipments/{shipment}/completion")
    second = ended(shop, warehouse, "/v1/manifests", OF_A)

    assert (nothing.status_code, nothing.json["guard"]) == (409, "nothing_handed_over")
    assert operation["status"] == "succeeded"
    assert (shown["status"], shown["reference"], shown["labels"], shown["day"]) == ("closed", "man_1", 2, "2026-03-02")
    assert sorted(f"/v1/parcels/{each['parcel_id']}" for each in shown["parcels"]) == sorted(parcels)
    assert sorted((each["tracking_number"], each["weight_grams"]) for each in shown["parcels"]) == [
        ("TN1", 700),
        ("TN2", 700),
    ]
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    assert (again.status_code, again.json["guard"]) == (409, "nothing_handed_over")
    assert second == ("succeeded", [])
    assert [sorted(each) for each in shop.carrier.manifested] == [["lbl_1", "lbl_2"], ["lbl_3"]]
    listed = warehouse.get("/v1/manifests?carrier=simulated&day=2026-03-02").json["manifests"]
    assert sorted(each["labels"] for each in listed) == [1, 2]
    hull = api.caller(Role.WAREHOUSE, name="hull", warehouses=["B"])
    assert hull.get(f"/v1/manifests/{manifest}").status_code == 404
    assert hull.get("/v1/manifests").json["manifests"] == []
    assert hull.post("/v1/manifests", OF_A).status_code == 404
    assert warehouse.post("/v1/manifests", {"carrier": "pigeon", "warehouse": "A"}, key="p").status_code == 404
    assert broken(shop.services) == {}


@pytest.mark.parametrize("word", ["cut before", "cut after"])
def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_told_twice(
    shop: Shop, warehouse: Caller, word: str
) -> None:
    bound(shop)
    handed_over(shop, warehouse)
    shop.carrier.script.append(word)

    asked = warehouse.post("/v1/manifests", OF_A)
    work_off(shop.services)
    unclear = manifests(shop)
    hasten(shop.services)
    work_off(shop.services)

    assert unclear == [("unknown", None, 1, 1)]
    assert manifests(shop) == [("closed", "man_1", 1, 1)]
    assert warehouse.get(asked.headers["Location"]).json["status"] == "succeeded"
    assert [list(each) for each in shop.carrier.manifested] == [["lbl_1"]]
    assert broken(shop.services) == {}


def test_what_the_carrier_refuses_goes_on_another_manifest(shop: Shop, warehouse: Caller) -> None:
    bound(shop)
    handed_over(shop, warehouse)
    shop.carrier.script.append("refuse")

    refused = ended(shop, warehouse, "/v1/manifests", OF_A)
    shop.clock.forward(hours=1)
    closed = ended(shop, warehouse, "/v1/manifests", OF_A)

    assert (refused, closed) == (("refused", ["on_a_manifest"]), ("succeeded", []))
    assert manifests(shop) == [("failed", None, 1, 0), ("closed", "man_1", 1, 1)]
    assert broken(shop.services) == {}


def test_parcels_of_which_the_carrier_tells_nothing_for_days_need_a_person(
    shop: Shop, warehouse: Caller, csr: Caller
) -> None:
    bound(shop)
    silent, heard = handed_over(shop, warehouse), handed_over(shop, warehouse)
    number = one(shop.services, "SELECT tracking_number FROM parcel WHERE id = :id", id=int(heard.rsplit("/", 1)[1]))
    shop.clock.forward(days=6)
    carrier = carrier_of(shop)
    carrier.tells(number, "in_transit")
    listening = replace(shop.services, tracking_events=make_tracking_readers(SECRET))
    early = run_sweep(listening, "sweeps.find_silent_parcels")
    shop.clock.forward(days=1)
    mails = len(shop.mails())
    deaf = run_sweep(shop.services, "sweeps.find_silent_parcels")
    shop.clock.forward(hours=1)
    found = run_sweep(listening, "sweeps.find_silent_parcels")
    shop.clock.forward(hours=1)
    again = run_sweep(listening, "sweeps.find_silent_parcels")
    listed = csr.get("/v1/parcels?needs=attention").json["parcels"]
    work_off(shop.services)

    assert (early, deaf, found, again) == (0, 0, 1, 0)
    assert [(f"/v1/parcels/{each['id']}", each["problem"]["kind"]) for each in listed] == [(silent, "silent")]
    assert len(shop.mails()) == mails
    assert broken(shop.services) == {}
    # One word of the carrier, and nobody needs to look any more.
    carrier.tells(listed[0]["tracking_number"], "in_transit")
    assert csr.get("/v1/parcels?needs=attention").json["parcels"] == []
    assert broken(shop.services) == {}
