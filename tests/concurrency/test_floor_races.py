"""Two people on the floor at once, over HTTP: each is answered, nothing is counted twice, and the books are right."""

import itertools
from typing import Any

import pytest
from api_client import Api, Caller, api_of
from builders import Shop, broken, one, rows, work_off
from racing import at_once
from scanning import Walked, walked

from fulfillment.access.models import Role

_ROUNDS = 4
_KEYS = itertools.count()


@pytest.fixture
def api(shop: Shop) -> Api:
    return api_of(shop.services)


@pytest.fixture
def ana(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE, name="Ana")


@pytest.fixture
def bo(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE, name="Bo")


@pytest.fixture
def csr(api: Api) -> Caller:
    return api.caller(Role.CSR)


def statuses(*calls: Any) -> list[int]:
    """Make calls at the same moment; give their statuses. None of them may be a fault of ours."""
    answers = at_once(*calls)
    found = [answer.status_code for answer in answers]
    assert all(status < 500 for status in found), [answer.text for answer in answers]
    return found


def packing(shop: Shop, quantity: int = 2) -> Walked:
    return walked(shop, shop.up_to("released", ("MUG", quantity)).id)


def parcel_of(shop: Shop, who: Caller, sheet: Walked, *, pieces: int) -> tuple[int, int]:
    """Pack some pieces; give the parcel and its shipment."""
    [shipment] = shop.shipments(sheet.orders[0])
    items = [{"code": "MUG", "quantity": pieces}] if pieces else []
    answer = who.post(f"/v1/shipments/{shipment}/parcels", {"items": items})
    assert answer.status_code == 201, answer.text
    return answer.json["id"], shipment


def test_a_parcel_that_is_undone_takes_nothing_more_in(shop: Shop, ana: Caller, bo: Caller) -> None:
    shop.sells("MUG", A=100)
    for _ in range(_ROUNDS):
        parcel, _ = parcel_of(shop, ana, packing(shop), pieces=1)
        found = statuses(
            lambda parcel=parcel: ana.post(f"/v1/parcels/{parcel}/items", {"items": [{"code": "MUG", "quantity": 1}]}),
            lambda parcel=parcel: bo.change("DELETE", f"/v1/parcels/{parcel}", version=None),
        )
        assert found in ([200, 200], [404, 200]), found
        assert rows(shop.services, "SELECT id FROM parcel WHERE id = :id", id=parcel) == []
    assert broken(shop.services) == {}


def test_of_two_who_undo_a_parcel_or_change_it_none_undoes_the_other(shop: Shop, ana: Caller, bo: Caller) -> None:
    shop.sells("MUG", A=100)
    for _ in range(_ROUNDS):
        parcel, _ = parcel_of(shop, ana, packing(shop), pieces=1)
        path = f"/v1/parcels/{parcel}"
        assert statuses(
            lambda path=path: ana.change("PATCH", path, {"weight_grams": 500}, version=None),
            lambda path=path: bo.change("PATCH", path, {"tracking_number": "T1"}, version=None),
        ) == [200, 200]
        kept = ana.get(path).json
        assert (kept["weight_grams"], kept["tracking_number"]) == (500, "T1")
        found = statuses(
            lambda path=path: ana.change("DELETE", path, version=None),
            lambda path=path: bo.change("DELETE", path, version=None),
        )
        assert sorted(found) == [200, 404]
    assert one(shop.services, "SELECT count(*) FROM timeline WHERE verb = 'unpack'") == _ROUNDS
    assert broken(shop.services) == {}


def test_the_last_piece_is_scanned_once_and_a_scan_that_is_repeated_is_the_same(
    shop: Shop, ana: Caller, bo: Caller
) -> None:
    shop.sells("MUG", A=100)
    for _ in range(_ROUNDS):
        sheet = packing(shop, 1)

        def scans(who: Caller, scan_id: str, sheet: Walked = sheet) -> Any:
            return who.post(f"{sheet.path}/scans", {"scan_id": scan_id, "code": "MUG", "quantity": 1})

        found = statuses(lambda: scans(ana, "a"), lambda: scans(bo, "b"))
        assert sorted(found) == [200, 409]
        assert sheet.picked() == [1]
        again = packing(shop, 2)
        assert statuses(*[lambda: scans(ana, "a", again)] * 3) == [200] * 3  # noqa: B023 - called at once
        assert again.picked() == [1]
    assert broken(shop.services) == {}


def test_a_short_pick_a_scan_a_cancellation_and_the_end_of_a_list_leave_right_books(
    shop: Shop, ana: Caller, csr: Caller
) -> None:
    shop.sells("MUG", A=100)
    seen = set()
    for n in range(_ROUNDS * 3):
        sheet = packing(shop, 3)
        sheet.scans(ana, "MUG", 1)
        line = one(shop.services, "SELECT l.id FROM line_item l WHERE l.order_id = :id", id=sheet.orders[0])
        number = one(shop.services, "SELECT number FROM purchase_order WHERE id = :id", id=sheet.orders[0])
        short = f"{sheet.path}/lines/{line}/short-picks"
        calls: list[Any] = [
            lambda short=short: ana.post(short, {"reason": "damaged", "quantity": 1}),
            lambda sheet=sheet, n=n: ana.post(
                f"{sheet.path}/scans", {"scan_id": f"x{n}", "code": "MUG", "quantity": 2}
            ),
            lambda number=number: csr.post(f"/v1/orders/{number}/cancellation", {"reason": "fraud"}),
            lambda sheet=sheet: ana.post(f"{sheet.path}/closing", {}),
        ]
        chosen = [calls[n % 4], calls[(n + 1 + n // 4) % 4]]
        found = statuses(*chosen)
        seen.update(found)
        assert broken(shop.services) == {}, (n, found)
        work_off(shop.services)
        assert broken(shop.services) == {}, (n, found, "worked off")
    assert seen >= {200}


def test_a_receipt_that_is_sent_twice_is_counted_once_and_two_never_exceed_a_transfer(
    shop: Shop, ana: Caller, bo: Caller
) -> None:
    shop.sells("MUG", A=50)
    for n in range(_ROUNDS):
        lines = [{"sku": "MUG", "quantity": 5}]
        made = ana.post("/v1/transfers", {"from": "A", "to": "B", "lines": lines}).json
        path = f"/v1/transfers/{made['id']}"
        shipped = statuses(
            lambda path=path: ana.post(f"{path}/shipment", {}), lambda path=path: bo.post(f"{path}/shipment", {})
        )
        assert sorted(shipped) == [200, 409]
        received = statuses(
            lambda path=path, lines=lines: ana.post(f"{path}/receipts", {"lines": lines}),
            lambda path=path, lines=lines: bo.post(f"{path}/receipts", {"lines": lines}),
            lambda path=path: bo.post(f"{path}/end", {"rest": "returned"}),
        )
        assert sorted(received)[1:] == [409, 409], received
        delivery = {
            "warehouse": "A",
            "supplier": "Potter",
            "reference": f"R{n}",
            "expected_on": "2026-03-09",
            "lines": lines,
        }
        inbound = ana.post("/v1/inbound-deliveries", delivery).json["id"]
        key = f"receipt-{next(_KEYS)}"
        twice = statuses(
            *[
                lambda key=key, inbound=inbound, lines=lines: ana.post(
                    f"/v1/inbound-deliveries/{inbound}/receipts", {"lines": lines}, key=key
                )
            ]
            * 3
        )
        assert twice == [201] * 3
        assert ana.get(f"/v1/inbound-deliveries/{inbound}").json["progress"] == {"expected": 5, "received": 5}
    assert broken(shop.services) == {}


def test_a_count_a_transfer_a_pick_and_an_approval_leave_right_books(shop: Shop, ana: Caller, bo: Caller) -> None:
    shop.sells("MUG", A=60)
    shop.has_bins("A1")
    ana.post("/v1/inventory/bin-moves", {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 40, "to": "A1"}]})
    for n in range(_ROUNDS * 2):
        sheet = packing(shop, 2)
        count = ana.post("/v1/counts", {"warehouse": "A", "bins": ["A1"]}).json["id"]
        lies = shop.lies("MUG")["A1"]
        entry = {"lines": [{"sku": "MUG", "bin": "A1", "counted": lies - 1}]}
        assert ana.post(f"/v1/counts/{count}/entries", entry).status_code == 200
        moved = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1, "from": "A1"}]}
        others: list[Any] = [
            lambda sheet=sheet, n=n: ana.post(
                f"{sheet.path}/scans", {"scan_id": f"c{n}", "code": "MUG", "quantity": 2, "bin": "A1"}
            ),
            lambda moved=moved: ana.post("/v1/inventory/bin-moves", moved),
            lambda count=count, entry=entry: ana.post(f"/v1/counts/{count}/entries", entry),
            lambda count=count: bo.post(f"/v1/counts/{count}/approval", {}),
        ]
        approved, other = statuses(lambda count=count: bo.post(f"/v1/counts/{count}/approval", {}), others[n % 4])
        assert 200 in (approved, other)
        assert broken(shop.services) == {}, (n, approved, other)
        bo.post(f"/v1/counts/{count}/cancellation", {})
        work_off(shop.services)
        assert broken(shop.services) == {}, (n, "worked off")
