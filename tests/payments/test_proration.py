"""
Whatever order is split over whatever shipments, edited before and canceled in part: its captures add up to what it costs.

And what they took goes back piece by piece to the last minor unit.
"""

import os
from contextlib import suppress
from typing import Any

from builders import ANA, Shop, broken, emptied, one, rows, work_off
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment.checkout.checkout import CheckoutLine, CheckoutPayment
from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import Edit, LineEdit
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.kernel.money import prorate
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.request import RefundWanted, request_refund
from fulfillment.shipments.split import split
from fulfillment.wiring import Services

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_PRORATIONS=2000 looks for new ones.
_ORDERS = int(os.environ.get("RANDOM_PRORATIONS", "8"))

amounts = st.integers(0, 99)
which = st.integers(0, 5)
lines = st.lists(st.tuples(st.integers(1, 999), st.integers(1, 4), amounts, amounts), min_size=1, max_size=3)
whole = st.fixed_dictionaries({"discount": amounts, "tax": amounts, "shipping": amounts})
cards = st.lists(st.integers(1, 5), min_size=1, max_size=3)
edits = st.none() | st.tuples(which, st.integers(1, 4), amounts)
splits = st.lists(st.tuples(which, which, st.integers(1, 3)), max_size=3)
ways = st.lists(which, max_size=6)
by_hand = st.none() | st.integers(1, 500)


def drawn(shop: Shop, made: list[tuple[int, int, int, int]], beside: dict[str, int], weights: list[int]) -> int:
    """Place an order of these lines (price, quantity, discount, tax) on several cards; give it."""
    for n, (price, _, _, _) in enumerate(made):
        shop.sells(f"SKU{n}", price=price, A=20)
    listed = [
        CheckoutLine(f"SKU{n}", quantity, discount=min(discount, price), tax=tax)
        for n, (price, quantity, discount, tax) in enumerate(made)
    ]
    goods = sum(price * line.quantity - line.discount for (price, *_), line in zip(made, listed, strict=True))
    beside = {**beside, "discount": min(beside["discount"], goods // 2)}
    total = goods - beside["discount"] + sum(line.tax for line in listed) + beside["tax"] + beside["shipping"]
    tokens = [CheckoutPayment("tok_ok", amount) for amount in prorate(total, weights) if amount]
    return shop.up_to("assigned", *listed, tokens=tokens, email=None, **beside).id


def lines_of(shop: Shop, order: int, shipment: int | None = None) -> list[tuple[int, int]]:
    """(line, pieces), of one shipment or of all that were shipped."""
    return rows(
        shop.services,
        "SELECT l.id, l.quantity FROM line_item l JOIN shipment s ON s.id = l.shipment_id WHERE s.order_id = :order"
        " AND CASE WHEN CAST(:shipment AS bigint) IS NULL THEN s.status = 'shipped' ELSE s.id = :shipment END ORDER BY l.id",
        order=order,
        shipment=shipment,
    )


def parted(shop: Shop, order: int, parts: list[tuple[int, int, int]]) -> None:
    """Split shipments, each of which may be one that was split off before."""
    for n, line, pieces in parts:
        shipments = shop.shipments(order)
        shipment = shipments[n % len(shipments)]
        held = lines_of(shop, order, shipment)
        with suppress(FulfillmentError), shop.services.transaction() as session:
            split(session, shipment, {held[line % len(held)][0]: pieces}, cause=ANA, at=shop.now)
    work_off(shop.services)


@settings(
    max_examples=_ORDERS,
    deadline=None,
    derandomize="RANDOM_PRORATIONS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(lines, whole, cards, edits, splits, by_hand, ways, st.booleans())
def test_captures_by_shipment_add_up_and_go_back_piece_by_piece(
    services: Services,
    made: list[tuple[int, int, int, int]],
    beside: dict[str, int],
    weights: list[int],
    edited: tuple[int, int, int] | None,
    parts: list[tuple[int, int, int]],
    early: int | None,
    way: list[int],
    canceled: bool,  # noqa: FBT001 - drawn
) -> None:
    shop = Shop(emptied(services, services.settings.fulfillment_home)).open()
    order = drawn(shop, made, beside, weights)
    parted(shop, order, parts)
    if edited is not None:
        _edit(shop, order, *edited)
    if early is not None:
        with suppress(FulfillmentError):
            shop.captures(shop.payments(order)[0], early)
    work_off(shop.services)
    shop.brings(order, "packing")

    _ship(shop, order, way, canceled=canceled)

    shipped = one(shop.services, "SELECT coalesce(sum(amount), 0) FROM shipment WHERE status = 'shipped'")
    total, dropped = one(shop.services, "SELECT total, canceled_amount FROM purchase_order")
    money = shop.money(order)
    assert money["open_authorized"] == 0
    assert shipped == total - dropped == money["captured"] - money["refunded"]
    if early is None and edited is None:
        _assert_each_took_its_own(shop)
    _refund_piece_by_piece(shop, order)
    assert shop.money(order)["captured"] == shop.money(order)["refunded"]
    assert broken(shop.services) == {}


def _edit(shop: Shop, order: int, line: int, quantity: int, discount: int) -> None:
    held = rows(shop.services, "SELECT id FROM line_item ORDER BY id")
    wanted = Edit(discount=discount, lines=[LineEdit(held[line % len(held)][0], quantity=quantity)])
    with suppress(FulfillmentError), shop.services.transaction() as session:
        edit(session, order, wanted, cause=ANA, at=shop.now)
    work_off(shop.services)


def _ship(shop: Shop, order: int, way: list[int], *, canceled: bool) -> None:
    """Ship one after the other in any order, and at last the others together, or none of them."""
    for n in way:
        if ready := shop.shipments(order, "packing"):
            shop.asks("completion.requested", order, [ready[n % len(ready)]], confirm_all=True)
            work_off(shop.services)
    if canceled and shop.shipments(order, "packing"):
        shop.cancels(order, notify_customer=False)
    else:
        shop.completes(order)
    work_off(shop.services)


def _assert_each_took_its_own(shop: Shop) -> None:
    """None took more than it costs, but for the first of those that left last, together: it took for all of them."""
    query = "SELECT shipment_id, sum(amount) FROM payment_attempt WHERE kind = 'capture' GROUP BY 1"
    taken = {shipment: int(amount) for shipment, amount in rows(shop.services, query)}
    costs = dict(rows(shop.services, "SELECT id, amount FROM shipment WHERE status = 'shipped' AND amount > 0"))
    assert sum(taken.values()) == sum(costs.values())
    assert len([shipment for shipment, amount in taken.items() if amount > costs[shipment]]) <= 1


def _refund_piece_by_piece(shop: Shop, order: int) -> None:
    pieces = [line for line, quantity in lines_of(shop, order) for _ in range(quantity)]
    for line in sorted(pieces, key=lambda each: each % 3):
        wanted: Any = RefundWanted("back", lines=[RefundedLine(line, 1)], with_shipping=True)
        # A piece that cost nothing gives nothing back.
        with suppress(FulfillmentError), shop.services.transaction() as session:
            request_refund(session, order, wanted, asked=shop.asked)
    work_off(shop.services)
