"""One order from checkout to captured, in one process."""

from builders import Shop, broken, one, rows, work_off
from fakes.gateway import Operation


def test_an_order_walks_from_checkout_to_captured_and_leaves_nothing_to_do(shop: Shop) -> None:
    shop.sells("MUG", price=1250, A=5)

    placed = shop.up_to("shipped", ("MUG", 2), shipping=300)

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.statuses(placed.id) == ["shipped"]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 2800, "manual": 0, "refunded": 0}
    assert shop.stock("MUG") == (3, 0)
    assert shop.gateway.moved(Operation.AUTHORIZE) == [2800]
    assert shop.gateway.moved(Operation.CAPTURE) == [2800]
    assert len(shop.mails()) == 2
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_its_timeline_tells_the_whole_way_and_who_began_it(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 1))

    told = rows(
        shop.services, "SELECT subject, verb, actor, step FROM timeline WHERE order_id = :id ORDER BY id", id=placed.id
    )

    assert told == [
        ("order", "place", "ana", None),
        ("payment attempt", "succeed", "ana", "payments.authorize"),
        ("shipment", "assign_inventory", "ana", "inventory.assign"),
        ("shipment", "release", "ana", "shipments.release"),
        ("shipment", "add_to_picklist", "ana", "shipments.add_to_picklist"),
        ("shipment", "complete", "ana", "shipments.complete"),
        ("order", "complete", "ana", "shipments.complete"),
        ("payment attempt", "succeed", "ana", "payments.capture"),
    ]


def test_an_order_of_goods_and_a_download_captures_each_part_as_it_ships(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=1)
    shop.sells("SONG", price=99, needs_shipping=False)

    placed = shop.places(("MUG", 1), ("SONG", 1), shipping=250)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned", "shipped"]
    assert shop.order(placed.id) == ("partially_shipped", "partially_paid")
    assert shop.money(placed.id) == {"open_authorized": 1250, "captured": 99, "manual": 0, "refunded": 0}
    shop.brings(placed.id, "shipped")
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [99, 1250]
    assert one(shop.services, "SELECT count(*) FROM stock_movement WHERE kind = 'shipped'") == 1
    assert broken(shop.services) == {}
