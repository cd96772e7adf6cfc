"""From checkout over two warehouses, a short pick and a split to the last capture: to the cent and to the unit."""

from typing import Any

from api_client import Caller, a_checkout, pence
from builders import Shop, broken, one, rows, work_off


def _shipments(shop: Shop, order_id: int) -> list[tuple[str | None, str, int, int]]:
    """(warehouse, status, pieces, amount)"""
    query = """SELECT w.code, s.status, CAST(sum(l.quantity) AS int), s.amount FROM shipment s
                 JOIN line_item l ON l.shipment_id = s.id LEFT JOIN warehouse w ON w.id = s.warehouse_id
                WHERE s.order_id = :id GROUP BY s.id, w.code ORDER BY char_length(s.number), s.number"""
    return rows(shop.services, query, id=order_id)


def _picklist(shop: Shop, floor: Caller, shipment_id: int) -> str:
    asked = floor.post("/v1/picklists", {"shipment_ids": [shipment_id]})
    assert asked.status_code == 202, asked.text
    work_off(shop.services)
    return f"/v1/picklists/{floor.get(asked.headers['Location']).json['result']['picklist_id']}"


def _pick(floor: Caller, path: str, *, but: int = 0) -> list[dict[str, Any]]:
    """Pick everything on a picklist, but for so many pieces of its first line."""
    lines: list[dict[str, Any]] = floor.get(path).json["lines"]
    picks = [{"line_id": line["id"], "quantity": line["quantity"] - (0 if n else but)} for n, line in enumerate(lines)]
    assert floor.post(f"{path}/picks", {"picks": picks}).status_code == 200
    return lines


def _ship(shop: Shop, floor: Caller, shipment_id: int) -> None:
    assert floor.post(f"/v1/shipments/{shipment_id}/release").status_code == 202
    work_off(shop.services)
    _pick(floor, _picklist(shop, floor, shipment_id))
    assert floor.post(f"/v1/shipments/{shipment_id}/completion").status_code == 202
    work_off(shop.services)


def test_over_two_warehouses_a_short_pick_and_a_split_every_cent_and_every_unit_is_accounted_for(
    shop: Shop, storefront: Caller, warehouse: Caller, admin: Caller
) -> None:
    rules = [{"by": "preferred", "warehouses": ["A"]}, {"by": "fewest_parcels"}]
    assert admin.change("PATCH", "/v1/markets/DE", {"sourcing": rules, "splits": "available"}).status_code == 200
    shop.sells("MUG", price=333, A=4, B=3)
    shop.sells("CUP", price=101, A=1)
    lines = [{"sku": "MUG", "quantity": 6, "discount": pence(7)}, {"sku": "CUP", "quantity": 1}]
    total = 6 * 333 + 101 - 7 - 100 + 399 + 71
    body = a_checkout(*lines, discount=pence(100), shipping=pence(399), tax=pence(71))

    placed = storefront.post("/v1/checkouts", body).json
    work_off(shop.services)
    order_id = one(shop.services, "SELECT id FROM purchase_order WHERE number = :n", n=placed["number"])

    # Sourced over two warehouses: no single one has six.
    at_a, at_b = shop.shipments(order_id)
    assert [each[:3] for each in _shipments(shop, order_id)] == [
        ("A", "inventory_assigned", 5),
        ("B", "inventory_assigned", 2),
    ]
    assert sum(each[3] for each in _shipments(shop, order_id)) == total
    assert broken(shop.services) == {}

    # One of the four mugs is not found in A: what is there ships and is captured, the missing one comes from B.
    warehouse.post(f"/v1/shipments/{at_a}/release")
    work_off(shop.services)
    path = _picklist(shop, warehouse, at_a)
    [mug, _] = _pick(warehouse, path, but=1)
    short = warehouse.post(f"{path}/lines/{mug['id']}/short-picks", {"reason": "not_found"})
    assert (short.status_code, short.json["became"]) == (200, "split"), short.text
    work_off(shop.services)
    warehouse.post(f"/v1/shipments/{at_a}/completion")
    work_off(shop.services)

    [shipped, whole, again] = _shipments(shop, order_id)
    assert [shipped[:3], whole[:3], again[:3]] == [
        ("A", "shipped", 4),
        ("B", "inventory_assigned", 2),
        ("B", "inventory_assigned", 1),
    ]
    assert shop.money(order_id)["captured"] == shipped[3]
    assert (shop.stock("MUG"), shop.stock("CUP"), shop.stock("MUG", "B")) == ((0, 0), (0, 0), (3, 3))
    assert broken(shop.services) == {}

    # The two from B go one by one: split on request, each captured with its own share.
    [line] = warehouse.get(f"/v1/shipments/{at_b}").json["lines"]
    split = warehouse.post(f"/v1/shipments/{at_b}/split", {"lines": [{"line_id": line["id"], "quantity": 1}]})
    assert split.status_code == 201
    captured = [shipped[3]]
    for shipment_id in shop.shipments(order_id, "inventory_assigned"):
        _ship(shop, warehouse, shipment_id)
        captured.append(one(shop.services, "SELECT amount FROM shipment WHERE id = :id", id=shipment_id))
        assert shop.money(order_id)["captured"] == sum(captured)
        assert broken(shop.services) == {}

    assert sum(captured) == total
    assert shop.order(order_id) == ("completed", "paid")
    assert shop.money(order_id) == {"open_authorized": 0, "captured": total, "manual": 0, "refunded": 0}
    assert shop.stock("MUG", "B") == (0, 0)
    moved = """SELECT kind, CAST(sum(on_hand_change) AS int) FROM stock_movement WHERE product_id = :id
                GROUP BY kind HAVING sum(on_hand_change) <> 0 ORDER BY kind"""
    assert rows(shop.services, moved, id=shop.products["MUG"]) == [
        ("received", 7),
        ("shipped", -6),
        ("short_picked", -1),
    ]
    assert broken(shop.services) == {}
