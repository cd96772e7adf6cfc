"""Splitting a shipment: pieces travel by themselves, no piece changes hands, and the money adds up to the last unit."""

import pytest
from builders import ANA, Shop, broken, one, rows, work_off

from fulfillment.checkout.checkout import CheckoutLine
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.shipments.split import split


def _lines(shop: Shop, shipment_id: int) -> list[tuple[str, int, int]]:
    """(SKU, pieces, allocated)"""
    query = "SELECT sku, quantity, allocated FROM line_item WHERE shipment_id = :id ORDER BY sku, id"
    return rows(shop.services, query, id=shipment_id)


def _line(shop: Shop, shipment_id: int, sku: str) -> int:
    return one(
        shop.services, "SELECT id FROM line_item WHERE shipment_id = :id AND sku = :sku", id=shipment_id, sku=sku
    )


def _split(shop: Shop, shipment_id: int, **pieces: int) -> int:
    """Split off pieces by SKU; give the new shipment."""
    by_line = {_line(shop, shipment_id, sku): quantity for sku, quantity in pieces.items()}
    with shop.services.transaction() as session:
        return split(session, shipment_id, by_line, cause=ANA, at=shop.now).id


def test_an_assigned_shipment_splits_into_two_that_are_assigned_and_are_captured_to_the_penny(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=9)
    shop.sells("CUP", price=100, A=9)
    lines = (CheckoutLine("MUG", 7, discount=10, tax=5), CheckoutLine("CUP", 2))
    placed = shop.up_to("assigned", *lines, discount=101, tax=17, shipping=399)
    [first] = shop.shipments(placed.id)

    second = _split(shop, first, MUG=3, CUP=2)

    assert shop.statuses(placed.id) == ["inventory_assigned"] * 2
    assert (_lines(shop, first), _lines(shop, second)) == ([("MUG", 4, 4)], [("CUP", 2, 2), ("MUG", 3, 3)])
    assert (shop.stock("MUG"), shop.stock("CUP")) == ((9, 7), (9, 2))
    total = 7 * 333 + 2 * 100 - 10 - 101 + 5 + 17 + 399
    amounts = dict(rows(shop.services, "SELECT id, amount FROM shipment WHERE order_id = :id", id=placed.id))
    assert sum(amounts.values()) == total
    assert one(shop.services, "SELECT shipping_amount FROM shipment WHERE id = :id", id=second) == 0
    assert broken(shop.services) == {}

    shop.brings(placed.id, "packing")
    for shipment_id in (first, second):
        shop.asks("completion.requested", placed.id, [shipment_id], confirm_all=True)
        work_off(shop.services)

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": total, "manual": 0, "refunded": 0}
    taken = "SELECT shipment_id, amount FROM payment_attempt WHERE kind = 'capture' AND order_id = :id"
    assert dict(rows(shop.services, taken, id=placed.id)) == amounts
    assert broken(shop.services) == {}


def test_solidus_5669_a_split_never_turns_pieces_that_are_waited_for_into_assigned_ones(shop: Shop) -> None:
    shop.sells("RARE", A=2)
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("RARE", 3), ("MUG", 1))
    [first] = shop.shipments(placed.id)

    second = _split(shop, first, RARE=3)
    waiting = rows(shop.services, "SELECT shipment_id, quantity FROM waiting_line ORDER BY shipment_id, product_id")
    stock = shop.stock("RARE")
    work_off(shop.services)

    assert waiting == [(first, 1), (second, 3)]
    assert (stock, shop.stock("RARE")) == ((2, 0), (2, 0))
    assert shop.statuses(placed.id) == ["inventory_assigned", "awaiting_inventory"]
    assert (_lines(shop, first), _lines(shop, second)) == ([("MUG", 1, 1)], [("RARE", 3, 0)])
    assert broken(shop.services) == {}


def test_what_was_reserved_stays_with_the_shipment_that_is_split(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=2)
    shop.sells("RARE")
    placed = shop.up_to("assigned", ("LAMP", 2), ("RARE", 2))
    [first] = shop.shipments(placed.id)

    second = _split(shop, first, RARE=2)
    work_off(shop.services)

    assert (_lines(shop, first), _lines(shop, second)) == ([("LAMP", 2, 2)], [("RARE", 2, 0)])
    assert shop.statuses(placed.id) == ["inventory_assigned", "awaiting_inventory"]
    shop.receives("RARE", 2, at="B")
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["inventory_assigned"] * 2
    assert one(shop.services, "SELECT warehouse_id FROM shipment WHERE id = :id", id=second) == shop.warehouses["B"]
    assert broken(shop.services) == {}


def test_nobody_behind_takes_what_a_split_shipment_waits_for(shop: Shop) -> None:
    shop.sells("RARE", A=3)
    placed = shop.up_to("assigned", ("RARE", 4))
    shop.clock.forward(minutes=1)
    behind = shop.up_to("assigned", ("RARE", 1))
    [first] = shop.shipments(placed.id)

    _split(shop, first, RARE=1)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned", "awaiting_inventory"]
    assert shop.statuses(behind.id) == ["awaiting_inventory"]
    assert _lines(shop, first) == [("RARE", 3, 3)]
    assert broken(shop.services) == {}


def test_vendure_846_and_1558_the_rest_of_a_split_order_is_fulfilled_by_itself(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=3)
    placed = shop.up_to("released", ("MUG", 3), market="UK")
    [first] = shop.shipments(placed.id)
    second = _split(shop, first, MUG=1)
    assert shop.statuses(placed.id) == ["released", "released"]  # the market releases by itself
    shop.picklists(placed.id)
    work_off(shop.services)

    shop.asks("completion.requested", placed.id, [first], confirm_all=True)
    work_off(shop.services)
    half = (shop.order(placed.id), shop.money(placed.id)["captured"], shop.statuses(placed.id))
    shop.asks("completion.requested", placed.id, [second], confirm_all=True)
    work_off(shop.services)

    assert half == (("partially_shipped", "partially_paid"), 2000, ["shipped", "packing"])
    assert (shop.order(placed.id), shop.money(placed.id)["captured"]) == (("completed", "paid"), 3000)
    assert shop.stock("MUG") == (0, 0)
    assert broken(shop.services) == {}


def test_an_order_that_is_not_paid_yet_is_split_and_goes_on_once_it_is(shop: Shop) -> None:
    shop.sells("MUG", A=3)
    placed = shop.up_to("assigned", ("MUG", 3), tokens=())
    [first] = shop.shipments(placed.id)

    _split(shop, first, MUG=1)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["pending", "pending"]
    shop.adds_payment(placed.id)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"] * 2
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    ("state", "pieces", "code"),
    [
        ("assigned", {"MUG": 3}, "split_leaves_nothing"),
        ("assigned", {"MUG": 4}, "too_many_pieces"),
        ("packing", {"MUG": 1}, "packing"),
        ("shipped", {"MUG": 1}, "order_closed"),
        ("held", {"MUG": 1}, "on_hold"),
    ],
)
def test_what_cannot_be_split_is_refused_and_nothing_has_changed(
    shop: Shop, state: str, pieces: dict[str, int], code: str
) -> None:
    shop.sells("MUG", A=3)
    placed = shop.up_to("assigned" if state == "held" else state, ("MUG", 3))
    if state == "held":
        shop.holds(placed.id)
    [shipment_id] = shop.shipments(placed.id)

    with pytest.raises(FulfillmentError) as refused:
        _split(shop, shipment_id, **pieces)

    assert refused.value.reason == code
    assert refused.value.remedy
    assert (shop.shipments(placed.id), _lines(shop, shipment_id)[0][:2]) == ([shipment_id], ("MUG", 3))


def test_a_line_split_to_the_last_discount_costs_nothing_in_either_part(shop: Shop) -> None:
    shop.sells("PIN", price=1, A=2)
    placed = shop.up_to("assigned", CheckoutLine("PIN", 2, discount=1), discount=1, shipping=100)
    [first] = shop.shipments(placed.id)

    _split(shop, first, PIN=1)

    assert rows(shop.services, "SELECT discount, own_discount, amount FROM line_item ORDER BY id") == [
        (1, 0, 0),
        (1, 1, 0),
    ]
    assert broken(shop.services) == {}
