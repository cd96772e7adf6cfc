"""Editing a placed order: what may change, and how stock and money follow (OL4)."""

from typing import Any

import pytest
from api_client import contents
from builders import ADDRESS, ANA, Shop, broken, one, rows, work_off
from fakes.gateway import Operation
from sqlalchemy import text

from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod, add_method
from fulfillment.checkout.checkout import CheckoutLine, CheckoutPayment
from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import Edit, LineEdit, MethodChange, NewDestination, NewLine, Share, ShipmentEdit
from fulfillment.kernel.errors import Conflict, Invalid, NotFound

HULL = {**ADDRESS, "line1": "9 Dock", "city": "Hull"}


def edits(shop: Shop, order_id: int, **wanted: Any) -> bool:
    with shop.services.transaction() as session:
        return edit(session, order_id, Edit(**wanted), cause=ANA, at=shop.now)


def lines(shop: Shop, order_id: int) -> list[int]:
    found = rows(shop.services, "SELECT id FROM line_item WHERE order_id = :id ORDER BY position, id", id=order_id)
    return [line for (line,) in found]


def total(shop: Shop, order_id: int) -> int:
    return int(one(shop.services, "SELECT total FROM purchase_order WHERE id = :id", id=order_id))


def edit_entries(shop: Shop, order_id: int) -> list[tuple[str, dict[str, Any]]]:
    return rows(
        shop.services,
        "SELECT verb, detail FROM timeline WHERE order_id = :id AND detail ? 'before' ORDER BY id",
        id=order_id,
    )


def test_fewer_pieces_are_free_at_once_and_others_get_them(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    first = shop.up_to("assigned", ("MUG", 5)).id
    second = shop.up_to("assigned", ("MUG", 2)).id
    assert shop.statuses(second) == ["awaiting_inventory"]

    assert edits(shop, first, lines=[LineEdit(lines(shop, first)[0], quantity=3)])

    assert shop.stock("MUG") == (5, 3)
    assert broken(shop.services) == {}
    work_off(shop.services)
    assert shop.statuses(first) == ["inventory_assigned"]
    assert shop.statuses(second) == ["inventory_assigned"]
    assert shop.stock("MUG") == (5, 5)
    assert total(shop, first) == 3000
    assert broken(shop.services) == {}


def test_more_pieces_ask_the_card_for_the_difference_and_are_assigned_anew(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    covered_at = one(shop.services, "SELECT covered_at FROM purchase_order WHERE id = :id", id=order)
    shop.clock.forward(seconds=60)

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=4)])

    assert shop.statuses(order) == ["pending"]
    assert shop.stock("MUG") == (5, 2)
    assert broken(shop.services) == {}
    work_off(shop.services)
    assert shop.gateway.moved(Operation.AUTHORIZE) == [2000, 2000]
    assert shop.statuses(order) == ["inventory_assigned"]
    assert shop.stock("MUG") == (5, 4)
    assert one(shop.services, "SELECT covered_at FROM purchase_order WHERE id = :id", id=order) == covered_at
    shop.brings(order, "shipped")
    assert shop.gateway.moved(Operation.CAPTURE) == [2000, 2000]
    assert shop.order(order) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_a_further_authorization_that_is_declined_leaves_the_order_uncovered(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    shop.gateway.will("refuse")

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=3)])
    work_off(shop.services)

    assert shop.statuses(order) == ["pending"]
    assert shop.stock("MUG") == (5, 2)
    assert broken(shop.services) == {}
    shop.adds_payment(order, token=None)
    work_off(shop.services)
    assert shop.statuses(order) == ["inventory_assigned"]
    assert shop.money(order) == {"open_authorized": 2000, "captured": 0, "manual": 1000, "refunded": 0}
    assert broken(shop.services) == {}


def test_without_a_card_a_higher_total_is_simply_due(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.places(("MUG", 1), tokens=()).id
    shop.adds_payment(order, token=None)
    work_off(shop.services)

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=2)])
    work_off(shop.services)

    assert len(shop.payments(order)) == 1
    assert shop.statuses(order) == ["pending"]
    assert broken(shop.services) == {}


def test_a_lower_total_voids_what_is_wholly_superfluous_and_the_rest_when_all_is_captured(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_ok", 3000), CheckoutPayment("tok_ok", 1000))
    order = shop.up_to("assigned", ("MUG", 4), tokens=payments).id

    edits(shop, order, discount=500)
    work_off(shop.services)
    assert shop.gateway.moved(Operation.VOID) == []
    assert broken(shop.services) == {}
    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=3)])
    assert broken(shop.services) == {}
    work_off(shop.services)

    assert total(shop, order) == 2500
    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert broken(shop.services) == {}
    shop.brings(order, "shipped")
    assert shop.gateway.moved(Operation.CAPTURE) == [2500]
    assert shop.gateway.moved(Operation.VOID) == [1000, 500]
    assert shop.order(order) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_what_was_captured_beyond_the_lower_total_is_refunded_and_asked_for_again_if_it_rises(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 3)).id
    [payment] = shop.payments(order)
    shop.captures(payment)
    work_off(shop.services)
    [line] = lines(shop, order)

    edits(shop, order, lines=[LineEdit(line, quantity=2)])
    assert broken(shop.services) == {}
    work_off(shop.services)
    assert shop.gateway.moved(Operation.REFUND) == [1000]
    assert broken(shop.services) == {}
    edits(shop, order, lines=[LineEdit(line, price=1250)])
    work_off(shop.services)
    shop.brings(order, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [3000, 500]
    assert shop.money(order) == {"open_authorized": 0, "captured": 3500, "manual": 0, "refunded": 1000}
    assert broken(shop.services) == {}


def test_what_is_removed_is_gone_and_an_order_keeps_one_line(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", A=5)
    order = shop.up_to("assigned", ("MUG", 2), ("CAP", 1)).id
    mug, cap = lines(shop, order)

    edits(shop, order, removed=[mug])
    work_off(shop.services)

    assert lines(shop, order) == [cap]
    assert shop.stock("MUG") == (5, 0)
    assert total(shop, order) == 1000
    assert broken(shop.services) == {}
    before = contents(shop.services)
    with pytest.raises(Conflict) as refused:
        edits(shop, order, removed=[cap])
    assert (refused.value.guard, refused.value.remedy) == (
        "one_line_at_least",
        f"keep a line, or cancel the order: POST /v1/orders/PO{order}/cancellation",
    )
    assert contents(shop.services) == before


def test_an_added_line_has_the_catalog_price_or_one_put_down_to_who_said_it(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", price=700, A=5)
    order = shop.up_to("assigned", ("MUG", 1)).id

    edits(shop, order, added=[NewLine("CAP", 1), NewLine("CAP", 2, price=650)])
    work_off(shop.services)

    told = rows(
        shop.services, "SELECT position, list_price, price, price_by, allocated FROM line_item ORDER BY position"
    )
    assert told == [(1, 1000, 1000, None, 1), (2, 700, 700, None, 1), (3, 700, 650, "ana", 2)]
    assert total(shop, order) == 1000 + 700 + 1300
    assert shop.statuses(order) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_an_address_changes_for_one_shipment_and_nothing_else(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2), discount=1).id
    [line] = lines(shop, order)
    split = [Share(1), Share(1, destination="hull", gift=True)]
    hull = NewDestination("hull", HULL, "courier", 700)
    edits(shop, order, lines=[LineEdit(line, split=split)], destinations=[hull])
    assert broken(shop.services) == {}
    work_off(shop.services)
    first, second = shop.shipments(order)
    assert shop.statuses(order) == ["inventory_assigned"] * 2
    assert shop.stock("MUG") == (5, 2)
    assert total(shop, order) == 1999 + 700

    edits(shop, order, shipments=[ShipmentEdit(second, {**HULL, "line1": "10 Dock"})])
    work_off(shop.services)

    found = rows(shop.services, "SELECT ship_to ->> 'line1', status FROM shipment ORDER BY char_length(number), number")
    assert found == [("2 Quay", "inventory_assigned"), ("10 Dock", "inventory_assigned")]
    verb, detail = edit_entries(shop, order)[-1]
    assert verb == "edit_address"
    assert detail["before"] == {f"PO{order}-2": {"ship_to": HULL}}
    assert detail["after"] == {f"PO{order}-2": {"ship_to": {**HULL, "line1": "10 Dock"}}}
    assert broken(shop.services) == {}
    assert first != second


@pytest.mark.rule("SH9")
def test_items_moved_to_another_method_get_a_shipment_of_their_own(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", A=5)
    order = shop.up_to("assigned", ("MUG", 1), ("CAP", 2), shipping=300, shipping_method="post").id
    mug, cap = lines(shop, order)

    edits(shop, order, methods=[MethodChange("express", [cap], shipping=900)])
    assert broken(shop.services) == {}
    work_off(shop.services)

    told = rows(shop.services, "SELECT number, shipping_method, shipping_amount, status FROM shipment ORDER BY number")
    assert told == [
        (f"PO{order}-1", "post", 300, "inventory_assigned"),
        (f"PO{order}-2", "express", 900, "inventory_assigned"),
    ]
    assert lines(shop, order) == [mug, cap]
    assert shop.gateway.moved(Operation.AUTHORIZE) == [3300, 900]
    edits(shop, order, methods=[MethodChange("drone", shipping=100)])
    work_off(shop.services)
    assert [method for (method,) in rows(shop.services, "SELECT shipping_method FROM shipment")] == ["drone"] * 2
    assert total(shop, order) == 3200
    assert broken(shop.services) == {}


def test_a_released_shipment_is_withdrawn_first_and_released_again_where_the_market_does_so(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    by_hand = shop.up_to("released", ("MUG", 2)).id
    by_itself = shop.up_to("assigned", ("MUG", 2), market="UK").id
    assert shop.statuses(by_itself) == ["released"]

    for order in (by_hand, by_itself):
        edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=1)])
        assert shop.statuses(order) == ["inventory_assigned"]
        assert broken(shop.services) == {}
    work_off(shop.services)

    assert shop.statuses(by_hand) == ["inventory_assigned"]
    assert shop.statuses(by_itself) == ["released"]
    assert broken(shop.services) == {}


@pytest.mark.parametrize("state", ["packing", "shipped"])
def test_what_is_packed_or_has_left_is_not_edited(shop: Shop, state: str) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to(state, ("MUG", 2)).id
    before = contents(shop.services)

    with pytest.raises(Conflict) as refused:
        edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=1)])

    assert refused.value.guard == {"packing": "packing", "shipped": "status"}[state]
    assert refused.value.remedy
    assert contents(shop.services) == before


def test_an_order_on_hold_is_not_edited(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    shop.holds(order)
    before = contents(shop.services)

    with pytest.raises(Conflict, match="on hold"):
        edits(shop, order, discount=100)

    assert contents(shop.services) == before


def test_what_denies_a_shortage_is_reserved_at_once_or_refused(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=3)
    shop.sells("MUG", A=1)
    order = shop.places(("LAMP", 1), tokens=()).id

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=2)])
    assert shop.stock("LAMP") == (3, 2)
    assert broken(shop.services) == {}
    before = contents(shop.services)
    with pytest.raises(Conflict) as refused:
        edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=4)])

    assert refused.value.reason == "out_of_stock"
    assert contents(shop.services) == before


def test_what_waits_goes_on_with_what_it_needs_now(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    order = shop.up_to("assigned", ("MUG", 3)).id
    assert shop.statuses(order) == ["awaiting_inventory"]

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=2)])
    assert broken(shop.services) == {}
    work_off(shop.services)

    assert shop.statuses(order) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_an_emptied_shipment_is_canceled_and_the_order_completes_without_it(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", A=5)
    order = shop.up_to("assigned", ("MUG", 1), ("CAP", 1), shipping=300).id
    mug, cap = lines(shop, order)
    edits(shop, order, methods=[MethodChange("express", [cap], shipping=900)])
    work_off(shop.services)

    edits(shop, order, removed=[cap])
    assert broken(shop.services) == {}
    work_off(shop.services)

    assert shop.statuses(order) == ["inventory_assigned", "canceled"]
    assert total(shop, order) == 1300
    shop.brings(order, "shipped")
    assert shop.order(order) == ("completed", "paid")
    assert lines(shop, order) == [mug]
    assert broken(shop.services) == {}


def test_discounts_and_taxes_nobody_spoke_of_follow_the_pieces(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    order = shop.up_to("assigned", CheckoutLine("MUG", 4, discount=400, tax=720), tax=360).id

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=3)])

    found = one(
        shop.services,
        "SELECT discount, tax, own_discount, own_tax FROM line_item WHERE order_id = :id",
        id=order,
    )
    assert found == (300, 540 + 270, 300, 540)
    assert broken(shop.services) == {}


def test_tax_by_the_rate_of_the_market_stays_so_to_the_penny(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=9)
    with shop.services.transaction() as session:
        session.execute(text("UPDATE market SET tax_rate = 1999"))
    order = shop.up_to("assigned", ("MUG", 4), shipping=300, tax=326).id
    [line] = lines(shop, order)
    assert one(shop.services, "SELECT tax_amount FROM purchase_order") == (1632 * 1999 + 5000) // 10000

    for quantity in (3, 7, 1):
        edits(shop, order, lines=[LineEdit(line, quantity=quantity)])
        work_off(shop.services)
        expected = ((333 * quantity + 300) * 1999 + 5000) // 10000
        assert one(shop.services, "SELECT tax_amount FROM purchase_order") == expected
        assert broken(shop.services) == {}
    edits(shop, order, tax=5)
    assert one(shop.services, "SELECT tax_amount FROM purchase_order") == 5
    assert broken(shop.services) == {}


def test_a_new_line_bears_tax_as_the_others_do_unless_it_is_said(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    order = shop.up_to("assigned", CheckoutLine("MUG", 2, tax=400)).id

    edits(shop, order, added=[NewLine("MUG", 1), NewLine("MUG", 1, tax=3)])

    taxes = rows(shop.services, "SELECT tax, own_tax FROM line_item WHERE order_id = :id ORDER BY position", id=order)
    assert taxes == [(400, 400), (200, 200), (3, 3)]
    assert broken(shop.services) == {}


def test_a_method_costs_what_it_does_for_the_goods_that_go_by_it(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    shop.sells("CAP", A=9)
    prices = [MethodPrice("DE", 900, "GBP", free_from=2500)]
    with shop.services.transaction() as session:
        add_method(session, NewShippingMethod("express", "Express", prices))
    order = shop.up_to("assigned", ("MUG", 3), ("CAP", 1), shipping=300, shipping_method="post").id
    _, cap = lines(shop, order)

    edits(shop, order, methods=[MethodChange("express", [cap])])
    assert one(shop.services, "SELECT shipping_amount FROM purchase_order") == 300 + 900
    work_off(shop.services)
    edits(shop, order, methods=[MethodChange("express")])

    assert rows(shop.services, "SELECT shipping_amount FROM shipment ORDER BY number") == [(0,), (900,)]
    assert broken(shop.services) == {}


def test_an_answer_that_comes_after_the_edit_and_is_too_much_goes_back(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_ok", 1000), CheckoutPayment("tok_ok", 1000))
    order = shop.places(("MUG", 2), tokens=payments).id

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=1)])
    work_off(shop.services)

    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000, 1000]
    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.money(order)["open_authorized"] == 1000
    assert broken(shop.services) == {}


def test_what_is_so_already_changes_nothing(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    before = contents(shop.services)

    assert not edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=2, price=1000)], discount=0)

    assert contents(shop.services) == before


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"discount": 2001}, "discount_too_large"),
        ({"added": [NewLine("NOBODY", 1)]}, "unknown_sku"),
        ({"added": [NewLine("CAP", 1)] * 2000}, "too_many_lines"),
        ({"added": [NewLine("CAP", 1, destination="mars")]}, "no_such_destination"),
        ({"destinations": [NewDestination("hull", HULL)]}, "address_without_items"),
        (
            {"added": [NewLine("CAP", 1, destination="hull")], "destinations": [NewDestination("hull", HULL)]},
            "no_shipping_method",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(shop: Shop, wanted: dict[str, Any], code: str) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    before = contents(shop.services)

    with pytest.raises(Invalid) as refused:
        edits(shop, order, **wanted)

    assert refused.value.reason == code
    assert contents(shop.services) == before


def test_a_line_of_another_order_is_not_found(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order, other = (shop.up_to("assigned", ("MUG", 2)).id for _ in range(2))

    with pytest.raises(NotFound):
        edits(shop, order, lines=[LineEdit(lines(shop, other)[0], quantity=1)])


def test_money_that_is_too_much_after_an_edit_and_forgotten_is_found(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_ok", 1000), CheckoutPayment("tok_ok", 1000))
    order = shop.up_to("assigned", ("MUG", 2), tokens=payments).id
    edits(shop, order, discount=1000)
    with shop.services.transaction() as session:
        session.execute(text("DELETE FROM dispatch"))

    found = broken(shop.services)

    assert found == {
        "no_more_taken_than_it_costs": [{"number": f"PO{order}", "id": order, "expected": 1000, "found": 2000}]
    }


def test_pieces_that_a_removed_line_kept_are_found(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CAP", A=5)
    order = shop.up_to("assigned", ("MUG", 2), ("CAP", 1)).id
    mug, _ = lines(shop, order)
    edits(shop, order, removed=[mug])
    work_off(shop.services)
    with shop.services.transaction() as session:
        session.execute(text("DELETE FROM stock_movement WHERE kind = 'deallocated'"))
        session.execute(text("UPDATE stock SET allocated = 2 WHERE product_id = :id"), {"id": shop.products["MUG"]})

    found = broken(shop.services)

    assert found.keys() == {"lines_are_their_movements", "allocated_is_its_lines"}
    [row] = found["lines_are_their_movements"]
    assert (row["line_id"], row["expected"], row["found"]) == (mug, [0, 0], [2, 0])


def test_what_an_edit_left_to_a_refund_that_is_then_refused_is_given_back_all_the_same(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    [card] = shop.payments(order)
    shop.captures(card)
    work_off(shop.services)
    shop.refunds(card)
    shop.gateway.will("refuse")

    edits(shop, order, lines=[LineEdit(lines(shop, order)[0], quantity=1)])
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [1000]
    assert shop.money(order)["refunded"] == 1000
    assert shop.dispatched() == []
    assert broken(shop.services) == {}
