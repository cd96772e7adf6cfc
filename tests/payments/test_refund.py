"""Refund: full, partial and by the piece, to the minor unit, never more than is kept."""

import pytest
from builders import Shop, broken, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.request import RefundWanted, request_refund


def _shipped(shop: Shop, quantity: int = 3, *, price: int = 1000, **more: int) -> tuple[int, int, int]:
    """An order of mugs that was shipped and captured: (order, payment, line)."""
    shop.sells("MUG", price=price, A=quantity)
    placed = shop.up_to("shipped", ("MUG", quantity), **more)
    line = one(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=placed.id)
    return placed.id, shop.payments(placed.id)[0], line


def test_all_that_is_kept(shop: Shop) -> None:
    order, payment, _ = _shipped(shop, shipping=250)

    shop.refunds(payment)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [3250]
    assert shop.order(order) == ("completed", "refunded")
    assert broken(shop.services) == {}


def test_a_part_and_then_the_rest(shop: Shop) -> None:
    order, payment, _ = _shipped(shop)

    shop.refunds(payment, 1)
    work_off(shop.services)
    assert shop.order(order) == ("completed", "partially_refunded")
    shop.refunds(payment)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [1, 2999]
    assert shop.order(order) == ("completed", "refunded")
    assert len([mail for mail in shop.mails() if "efund" in mail]) == 2


def test_pieces_one_by_one_give_exactly_what_the_line_cost(shop: Shop) -> None:
    _, payment, line = _shipped(shop, price=333, tax=1)

    for _ in range(3):
        shop.refunds(payment, lines=[(line, 1)])
        work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [333, 333, 334]
    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 3
    assert broken(shop.services) == {}


def test_more_pieces_than_were_sold_are_refused(shop: Shop) -> None:
    _, payment, line = _shipped(shop)
    shop.refunds(payment, lines=[(line, 2)])

    with pytest.raises(Conflict) as refused:
        shop.refunds(payment, lines=[(line, 2)])

    assert refused.value.members == {"line_id": line, "most": 1}
    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 2


@pytest.mark.parametrize("amount", [0, -5, 3001])
def test_more_than_is_kept_is_refused(shop: Shop, amount: int) -> None:
    _, payment, _ = _shipped(shop)

    with pytest.raises(Conflict) as refused:
        shop.refunds(payment, amount)

    assert (refused.value.guard, refused.value.members) == ("over_refund", {"most": 3000})
    assert rows(shop.services, "SELECT * FROM payment_attempt WHERE kind = 'refund'") == []


def test_what_is_on_its_way_counts_against_the_limit(shop: Shop) -> None:
    _, payment, _ = _shipped(shop)
    shop.refunds(payment, 2000)

    with pytest.raises(Conflict) as refused:
        shop.refunds(payment, 1001)

    assert refused.value.members == {"most": 1000}


def test_a_refused_refund_gives_its_pieces_back_to_the_count(shop: Shop) -> None:
    order, payment, line = _shipped(shop)
    shop.gateway.will("refuse")

    shop.refunds(payment, lines=[(line, 2)])
    work_off(shop.services)

    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 0
    assert shop.order(order) == ("completed", "paid")
    assert one(shop.services, "SELECT problems FROM operation WHERE kind = 'refund'")[0]["guard"] == "refused"
    assert broken(shop.services) == {}


def test_the_database_itself_refuses_to_refund_more_than_was_captured(shop: Shop) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    _shipped(shop)
    for wrong in ("refunded = captured + 1", "captured = authorized + 1", "refund_pending = captured + 1"):
        with pytest.raises(IntegrityError, match="ck_payment_"), shop.services.transaction() as session:
            session.execute(text(f"UPDATE payment SET {wrong}"))


def test_nothing_is_refunded_for_a_line_named_twice_or_of_another_order(shop: Shop) -> None:
    _, payment, line = _shipped(shop)

    with pytest.raises(Invalid):
        shop.refunds(payment, lines=[(line, 1), (line, 1)])
    with pytest.raises(NotFound):
        shop.refunds(payment, lines=[(line + 10**6, 1)])

    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 0


@pytest.mark.rule("PY7")
def test_money_received_by_hand_is_neither_captured_nor_voided(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    placed = shop.places(("MUG", 1), tokens=())
    payment = shop.adds_payment(placed.id, token=None)

    for ask in (shop.captures, shop.voids):
        with pytest.raises(Conflict, match="was received by hand"):
            ask(payment)


@pytest.mark.rule("PY6")
@pytest.mark.parametrize("answers", [("refuse", "ok"), ("ok", "refuse")])
def test_pieces_that_two_payments_pay_back_are_not_free_again_when_one_of_them_refuses(
    shop: Shop, answers: tuple[str, str]
) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CUP", A=5)
    payments = (CheckoutPayment("tok_one", 1500), CheckoutPayment("tok_two", 1500))
    placed = shop.up_to("packing", ("MUG", 2), ("CUP", 1), tokens=payments)
    shop.completes(placed.id)
    work_off(shop.services)
    mugs = one(shop.services, "SELECT id FROM line_item WHERE sku = 'MUG'")
    shop.gateway.will(*answers)

    with shop.services.transaction() as session:
        wanted = RefundWanted("broken", lines=[RefundedLine(mugs, 2)])
        request_refund(session, placed.id, wanted, asked=shop.asked)
    work_off(shop.services)

    went_back = 500 if answers[0] == "refuse" else 1500
    assert shop.gateway.moved(Operation.REFUND) == [went_back]
    assert one(shop.services, "SELECT refunded_quantity FROM line_item WHERE id = :id", id=mugs) == 2
    assert rows(
        shop.services,
        "SELECT status, lines FROM payment_attempt WHERE kind = 'refund' ORDER BY lines IS NULL",
    ) == [("succeeded", [{"line_id": mugs, "quantity": 2}]), ("failed", None)]
    with pytest.raises(Conflict) as again, shop.services.transaction() as session:
        request_refund(session, placed.id, wanted, asked=shop.asked)
    assert again.value.reason == "over_refund"
    with shop.services.transaction() as session:  # What is missing goes back as an amount.
        request_refund(session, placed.id, RefundWanted("broken", 2000 - went_back), asked=shop.asked)
    work_off(shop.services)
    assert shop.money(placed.id)["refunded"] == 2000
    assert broken(shop.services) == {}


def test_pieces_are_free_again_once_both_payments_have_refused(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_one", 1500), CheckoutPayment("tok_two", 500))
    placed = shop.up_to("packing", ("MUG", 2), tokens=payments)
    shop.completes(placed.id)
    work_off(shop.services)
    [mugs] = one(shop.services, "SELECT array_agg(id) FROM line_item")
    shop.gateway.will("refuse", "refuse")

    for _ in range(2):
        with shop.services.transaction() as session:
            wanted = RefundWanted("broken", lines=[RefundedLine(mugs, 2)])
            request_refund(session, placed.id, wanted, asked=shop.asked)
        assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 2
        work_off(shop.services)
        if not shop.gateway.moved(Operation.REFUND):
            assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 0

    assert sorted(shop.gateway.moved(Operation.REFUND)) == [500, 1500]
    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 2
    assert broken(shop.services) == {}
