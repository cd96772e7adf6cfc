"""Place: a checkout becomes an order, to the last minor unit (ST1, OL1, OL2)."""

from typing import Any

import pytest
from builders import ADDRESS, ANA, EMAIL, Shop, broken, one, rows, work_off

from fulfillment.checkout.checkout import Checkout, CheckoutLine, CheckoutPayment, Destination
from fulfillment.checkout.place import Answered, place
from fulfillment.checkout.placed import Placed
from fulfillment.checkout.reserve import OutOfStockError
from fulfillment.idempotency.keys import IdempotencyClaim, stored_answer
from fulfillment.kernel.errors import Invalid


def test_an_order_starts_in_progress_unpaid_with_its_shipments_pending(shop: Shop) -> None:
    shop.sells("MUG", price=1250)

    placed = shop.places(("MUG", 2))

    assert shop.order(placed.id) == ("in_progress", "unpaid")
    assert shop.statuses(placed.id) == ["pending"]
    assert shop.dispatched() == [("payments.authorize", False)]
    assert shop.gateway.sent == []


def test_it_keeps_the_price_and_the_address_it_was_placed_with(shop: Shop) -> None:
    shop.sells("MUG", price=1250)
    placed = shop.places(("MUG", 2))

    with shop.services.transaction() as session:
        session.execute(_sql("UPDATE product SET price = 9999, name = 'Cup'"))

    assert rows(shop.services, "SELECT sku, name, price, amount FROM line_item") == [("MUG", "MUG", 1250, 2500)]
    assert one(shop.services, "SELECT ship_to FROM shipment WHERE order_id = :id", id=placed.id) == ADDRESS
    assert one(shop.services, "SELECT total FROM purchase_order") == 2500


def test_discount_and_tax_are_shared_out_over_the_lines_to_the_last_unit(shop: Shop) -> None:
    shop.sells("A", price=333)
    shop.sells("B", price=333)
    shop.sells("C", price=334)

    placed = shop.places(("A", 1), ("B", 1), ("C", 1), discount=100, tax=50, shipping=250)

    assert rows(shop.services, "SELECT sku, discount, tax, amount FROM line_item ORDER BY position") == [
        ("A", 33, 16, 316),
        ("B", 33, 17, 317),
        ("C", 34, 17, 317),
    ]
    assert placed.total == 1000 - 100 + 50 + 250
    assert one(shop.services, "SELECT amount FROM shipment") == 1200
    assert one(shop.services, "SELECT subtotal FROM order_form") == 900


def test_goods_and_downloads_go_in_shipments_of_their_own_and_the_goods_bear_the_shipping(shop: Shop) -> None:
    shop.sells("MUG", price=1000)
    shop.sells("SONG", price=99, needs_shipping=False)

    placed = shop.places(("SONG", 1), ("MUG", 1), shipping=250)

    assert rows(shop.services, "SELECT number, needs_shipping, amount, ship_to IS NULL FROM shipment ORDER BY id") == [
        (f"{placed.number}-1", True, 1250, False),
        (f"{placed.number}-2", False, 99, True),
    ]


def test_a_manual_line_is_a_charge_and_no_product(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=1)

    placed = shop.places(("MUG", 1), CheckoutLine("POST", 1, price=500, name="Courier", manual=True))
    work_off(shop.services)

    assert placed.total == 1500
    assert shop.statuses(placed.id) == ["inventory_assigned", "shipped"]
    assert shop.money(placed.id)["captured"] == 500


def test_an_order_that_costs_nothing_is_covered_at_once(shop: Shop) -> None:
    shop.sells("GIFT", price=0, A=1)

    placed = shop.up_to("shipped", ("GIFT", 1), tokens=())

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.sent == []
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"market": "XX"}, "unknown_market"),
        ({"lines": [CheckoutLine("NOPE", 1)]}, "unknown_sku"),
        ({"lines": [CheckoutLine("MUG", 1, discount=1001)]}, "discount_too_large"),
        ({"discount": 1001}, "discount_too_large"),
        ({"destinations": [Destination()]}, "no_address"),
        ({"payments": [CheckoutPayment("a", 600), CheckoutPayment("b", 401)]}, "payments_too_high"),
        ({"lines": [CheckoutLine("FREE", 1, manual=True)]}, "no_price"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing_behind(shop: Shop, more: dict[str, Any], code: str) -> None:
    shop.sells("MUG", price=1000, A=5)
    said: dict[str, Any] = {
        "market": "DE",
        "lines": [CheckoutLine("MUG", 1)],
        "payments": [CheckoutPayment("tok_ok")],
        "destinations": [Destination(ADDRESS)],
    }

    with pytest.raises(Invalid) as refused, shop.services.transaction() as session:
        place(session, Checkout(**said | more), storefront_id=1, cause=ANA, at=shop.now)

    assert refused.value.reason == code
    assert rows(shop.services, "SELECT id FROM purchase_order") == []
    assert shop.dispatched() == []


class TestReservation:
    def test_units_of_a_product_that_denies_a_shortage_are_taken_by_the_placing(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1, B=3)

        placed = shop.places(("LAMP", 3))

        assert shop.stock("LAMP", "B") == (3, 3)
        assert shop.stock("LAMP", "A") == (1, 0)
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["inventory_assigned"]
        assert broken(shop.services) == {}

    def test_the_last_unit_is_sold_and_the_next_refused(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=2)
        shop.places(("LAMP", 2))

        with pytest.raises(OutOfStockError) as refused:
            shop.places(("LAMP", 1))

        assert refused.value.members == {"skus": ["LAMP"]}
        assert shop.stock("LAMP") == (2, 2)
        assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1

    def test_two_lines_of_one_product_are_counted_together(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=3)

        with pytest.raises(OutOfStockError):
            shop.places(("LAMP", 2), ("LAMP", 2))

        assert shop.stock("LAMP") == (3, 0)

    def test_what_comes_from_two_warehouses_is_refused(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1, B=1)

        with pytest.raises(OutOfStockError):
            shop.places(("LAMP", 2))

    def test_a_mixed_shipment_waits_at_the_warehouse_of_its_reservation(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1)
        shop.sells("MUG", B=5)

        placed = shop.places(("LAMP", 1), ("MUG", 1))
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["awaiting_inventory"]
        assert shop.stock("LAMP") == (1, 1)
        assert shop.stock("MUG", "B") == (5, 0)

        shop.receives("MUG", 1, at="A")
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["inventory_assigned"]
        assert shop.stock("MUG", "A") == (1, 1)
        assert broken(shop.services) == {}

    def test_units_that_an_earlier_shipment_waits_for_are_not_sold_over_its_head(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1)
        shop.sells("MUG")
        first = shop.places(("LAMP", 1), ("MUG", 1))
        work_off(shop.services)
        with shop.services.transaction() as session:
            session.execute(_sql("UPDATE product SET when_short = 'deny' WHERE sku = 'MUG'"))
        shop.clock.forward(minutes=1)
        shop.receives("MUG", 1)

        with pytest.raises(OutOfStockError):
            shop.places(("MUG", 1))

        work_off(shop.services)
        assert shop.statuses(first.id) == ["inventory_assigned"]


class TestIdempotencyKey:
    def checkout(self, sku: str) -> Checkout:
        payments = [CheckoutPayment("tok_ok")]
        return Checkout(
            "DE", [CheckoutLine(sku, 1)], payments, destinations=[Destination(ADDRESS)], customer_email=EMAIL
        )

    def answered(self) -> Answered:
        claim = IdempotencyClaim(1, "POST /v1/checkouts", "key-1", "same")
        return Answered(claim, lambda placed: (202, {"number": placed.number}, {}))

    def placed(self, shop: Shop, sku: str) -> Placed | None:
        with shop.services.transaction() as session:
            return place(session, self.checkout(sku), storefront_id=1, cause=ANA, at=shop.now, answered=self.answered())

    def test_a_repeated_checkout_makes_no_second_order_and_the_first_answer_is_kept(self, shop: Shop) -> None:
        shop.sells("MUG", A=5)
        first = self.placed(shop, "MUG")
        assert first is not None

        assert self.placed(shop, "MUG") is None

        assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1
        assert shop.dispatched() == [("payments.authorize", False)]
        with shop.services.transaction() as session:
            kept = stored_answer(session, self.answered().claim)
        assert kept is not None
        assert (kept.status, kept.body) == (202, {"number": first.number})

    def test_a_repeat_reserves_nothing(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=5)
        self.placed(shop, "LAMP")

        assert self.placed(shop, "LAMP") is None

        assert shop.stock("LAMP") == (5, 1)
        assert broken(shop.services) == {}

    def test_the_repeat_of_who_took_the_last_unit_is_not_told_that_it_is_out_of_stock(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1)
        self.placed(shop, "LAMP")

        assert self.placed(shop, "LAMP") is None

        assert shop.stock("LAMP") == (1, 1)


def _sql(statement: str) -> Any:
    from sqlalchemy import text

    return text(statement)
