"""What customers and customer service ask for, at any moment. A refusal is told to them; money moves by steps, later."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from fulfillment.chaos.money.stage import Stage
from fulfillment.checkout.checkout import (
    Checkout,
    CheckoutForm,
    CheckoutLine,
    CheckoutPayment,
    Destination,
    LinePart,
)
from fulfillment.checkout.place import place as place_order
from fulfillment.editing.edit import edit as edit_order
from fulfillment.editing.wanted import Edit, LineEdit, NewLine
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.orders.cancel import Cancellation
from fulfillment.orders.cancel import cancel as cancel_order
from fulfillment.orders.hold import hold as hold_order
from fulfillment.orders.hold import release_hold
from fulfillment.orders.queries import lock_order
from fulfillment.payments.adding.add import add_payment
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.request import RefundWanted, request_capture, request_refund, request_void
from fulfillment.payments.guards import not_promised
from fulfillment.payments.models import Method
from fulfillment.payments.queries import payments_of

_ADDRESS = {"name": "Bo Lind", "line1": "2 Quay", "city": "Leith", "country": "GB"}
_EMAIL = "bo@example.org"

Basket = tuple[tuple[str, int], ...]
Cards = tuple[tuple[str, int | None], ...]


def place(stage: Stage, basket: Basket, cards: Cards, market: str, *, split: bool) -> None:
    """
    Check out: amounts that no split divides evenly, one shipment or two, and cards as they come.

    Cards with amounts are completed by one that takes what is then missing.
    """
    destinations = [Destination(_ADDRESS, "post", 101)]
    lines = [CheckoutLine(sku, quantity, tax=7, discount=3) for sku, quantity in basket]
    if split:
        destinations.append(Destination({**_ADDRESS, "city": "Hull"}, "courier", 50, key="hull"))
        sku, quantity = basket[0]
        parts = [LinePart(quantity), LinePart(1, "hull")]
        lines[0] = CheckoutLine(sku, quantity + 1, tax=7, discount=3, parts=parts)
    checkout = Checkout(
        market=market,
        lines=lines,
        payments=[CheckoutPayment(token, amount) for token, amount in cards],
        customer_email=_EMAIL,
        customer_name="Bo Lind",
        destinations=destinations,
        forms=[CheckoutForm(discount=11)],
        tax=59,
    )
    with stage.services.transaction() as session:
        placed = place_order(session, checkout, storefront_id=1, cause=stage.cause, at=stage.clock())
    if placed is not None:
        stage.orders.append(placed.id)
        stage.counts["orders"] += 1
        if any(amount for _, amount in cards):
            _add(stage, placed.id, "tok_rest", None)


def pay(stage: Stage, n: int, token: str | None, amount: int | None) -> None:
    """Add a card, or money received by hand where there is no token; without an amount it takes all that is missing."""
    if (order_id := stage.order(n)) is not None:
        _add(stage, order_id, token, amount)


def capture(stage: Stage, n: int, amount: int | None, card: int | None) -> None:
    """Ask an order's cards for this much: one of them, or as its market spreads it."""
    if (order_id := stage.order(n)) is not None:
        with stage.services.transaction() as session:
            request_capture(session, order_id, amount=amount, payments=_named(stage, order_id, card), asked=stage.asked)


def refund(stage: Stage, n: int, amount: int | None, card: int | None) -> None:
    """Give this much of an order back: to one of its payments, or as its market spreads it."""
    _refund(stage, n, RefundWanted("damaged", amount), card)


def refund_pieces(stage: Stage, n: int, quantity: int, *, with_shipping: bool) -> None:
    """Give back what was paid for some pieces of an order's first line."""
    if lines := _lines(stage, n):
        wanted = RefundWanted("damaged", lines=[RefundedLine(lines[0], quantity)], with_shipping=with_shipping)
        _refund(stage, n, wanted, None)


def void(stage: Stage, n: int) -> None:
    """Give back what is open of each payment of an order."""
    for payment_id in stage.payments(stage.order(n)):
        with suppress(FulfillmentError), stage.services.transaction() as session:
            request_void(session, payment_id, asked=stage.asked)


def cancel(stage: Stage, n: int) -> None:
    """Cancel an order, or the rest of one."""
    if (order_id := stage.order(n)) is not None:
        cancel_by_id(stage, order_id)


def cancel_by_id(stage: Stage, order_id: int) -> None:
    """Cancel this order, or the rest of it."""
    with stage.services.transaction() as session:
        why = Cancellation("changed their mind", notify_customer=True)
        cancel_order(session, order_id, why, cause=stage.cause, at=stage.clock())


def edit(stage: Stage, n: int, quantity: int, sku: str | None, discount: int | None) -> None:
    """Change the quantity of an order's first line, perhaps with a further line or another discount."""
    if not (lines := _lines(stage, n)):
        return
    added = [] if sku is None else [NewLine(sku, 1)]
    wanted = Edit(lines=[LineEdit(lines[0], quantity=quantity)], added=added, discount=discount)
    with stage.services.transaction() as session:
        edit_order(session, stage.order(n) or 0, wanted, cause=stage.cause, at=stage.clock())


def hold(stage: Stage, n: int) -> None:
    """Put an order on hold."""
    if (order_id := stage.order(n)) is not None:
        with stage.services.transaction() as session:
            hold_id = hold_order(
                session, order_id, reason="verify order", note=None, cause=stage.cause, at=stage.clock()
            )
        stage.holds.append(hold_id)


def let_go(stage: Stage, n: int, *, then_cancel: bool) -> None:
    """End a hold; perhaps the order is canceled with it."""
    if not stage.holds:
        return
    with stage.services.transaction() as session:
        release_hold(
            session,
            stage.holds[-1 - n % len(stage.holds)],
            cause=stage.cause,
            at=stage.clock(),
            then="cancel" if then_cancel else None,
            cancellation=Cancellation("fraud", notify_customer=False) if then_cancel else None,
        )


def hand_in(stage: Stage, n: int, short_of: int, *, used: bool) -> None:
    """A storefront pays with an authorization that it made itself: one that fits, one that does not, or one handed in before."""
    if (order_id := stage.order(n)) is None:
        return
    with stage.services.transaction() as session:
        order = lock_order(session, order_id)
        missing = not_promised(order, payments_of(session, [order_id])[order_id])
    if missing > short_of:
        if not (used and stage.handed_in):
            stage.handed_in.append(stage.books.authorize_elsewhere(missing - short_of, order.currency))
        reference = stage.handed_in[-1]
        with stage.services.transaction() as session:
            add_payment(
                session,
                order_id,
                method=Method.CARD,
                token=None,
                amount=missing,
                reference=reference,
                asked=stage.asked,
            )


def _add(stage: Stage, order_id: int, token: str | None, amount: int | None) -> None:
    method = Method.CARD if token else Method.MANUAL
    with stage.services.transaction() as session:
        add_payment(session, order_id, method=method, token=token, amount=amount, asked=stage.asked)


def _refund(stage: Stage, n: int, wanted: RefundWanted, card: int | None) -> None:
    if (order_id := stage.order(n)) is not None:
        with stage.services.transaction() as session:
            request_refund(session, order_id, wanted, payments=_named(stage, order_id, card), asked=stage.asked)


def _named(stage: Stage, order_id: int, card: int | None) -> Sequence[int]:
    payments = stage.payments(order_id)
    return [payments[card % len(payments)]] if payments and card is not None else []


def _lines(stage: Stage, n: int) -> Sequence[int]:
    return stage.ids("SELECT id FROM line_item WHERE order_id = :id ORDER BY id", id=stage.order(n))
