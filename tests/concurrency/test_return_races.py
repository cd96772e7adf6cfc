"""Two people at one return at the same moment: what both did adds up, or one of them is told that he came too late."""

from __future__ import annotations

from builders import ANA, Shop, broken, one, rows, work_off
from racing import at_once

from fulfillment.kernel.errors import Conflict
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, authorize_return
from fulfillment.returns.complete import Completion, complete_return
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.receive import Arrived, receive_return
from fulfillment.returns.states import Condition, Disposition, ReturnReason


def _shipped(shop: Shop, pieces: int) -> tuple[int, int]:
    """An order of mugs at its customer, and its line."""
    shop.sells("MUG", A=20)
    order = shop.up_to("shipped", ("MUG", pieces))
    return order.id, one(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=order.id)


def _asks(shop: Shop, order: int, line: int, pieces: int) -> int:
    wanted = ReturnWanted([PiecesBack(line, pieces, ReturnReason.OTHER)], notify_customer=False)
    with shop.services.transaction() as session:
        return authorize_return(session, order, wanted, cause=ANA, at=shop.now)


def _receives(shop: Shop, back: int, scan_id: str, pieces: int = 1) -> object:
    arrived = Arrived(scan_id, "MUG", pieces, shop.warehouses["A"], Condition.AS_NEW, Disposition.RESTOCKED)
    with shop.services.transaction() as session:
        return receive_return(session, back, arrived, cause=ANA, at=shop.now)


def _line(shop: Shop) -> tuple[int, int, int]:
    [row] = rows(shop.services, "SELECT received, restocked, given_up FROM return_line")
    return row[0], row[1], row[2]


def test_receipts_of_two_benches_add_up_and_the_same_scan_counts_once(shop: Shop) -> None:
    order, line = _shipped(shop, 5)
    back = _asks(shop, order, line, 5)

    answers = at_once(*[lambda scan=scan: _receives(shop, back, scan) for scan in ("a", "b", "c", "c")])

    assert answers[2] == answers[3]
    assert _line(shop) == (3, 3, 0)
    assert shop.stock("MUG") == (18, 0)
    assert broken(shop.services) == {}


def test_of_two_returns_of_the_same_pieces_one_is_authorized(shop: Shop) -> None:
    order, line = _shipped(shop, 3)

    answers = at_once(*[lambda: _asks(shop, order, line, 2)] * 2)

    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert rows(shop.services, "SELECT announced FROM return_line") == [(2,)]
    assert broken(shop.services) == {}


def test_a_receipt_and_a_cancellation_never_both_have_all(shop: Shop) -> None:
    order, line = _shipped(shop, 2)
    back = _asks(shop, order, line, 2)

    def cancels() -> None:
        with shop.services.transaction() as session:
            cancel_return(session, back, reason="kept", notify_customer=False, cause=ANA, at=shop.now)

    received, canceled = at_once(lambda: _receives(shop, back, "a"), cancels)

    # Whoever comes first: canceled before it came, nothing is received; else what did not come is given up.
    assert not isinstance(canceled, Conflict)
    assert _line(shop) == ((0, 0, 2) if isinstance(received, Conflict) else (1, 1, 1))
    status = one(shop.services, "SELECT status FROM return_order")
    assert status == ("canceled" if isinstance(received, Conflict) else "receiving")
    assert broken(shop.services) == {}


def test_two_completions_pay_back_once(shop: Shop) -> None:
    order, line = _shipped(shop, 2)
    back = _asks(shop, order, line, 2)
    _receives(shop, back, "a", 2)

    def completes() -> object:
        with shop.services.transaction() as session:
            return complete_return(session, back, Completion(notify_customer=False), asked=shop.asked)

    answers = at_once(completes, completes)
    work_off(shop.services)

    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert shop.money(order)["refunded"] == 2000
    assert broken(shop.services) == {}
