"""Chargebacks: what a bank took back is held, booked and explained; won, it is there again; never more than is kept."""

import pytest
from api_client import Api, Caller, pence
from builders import ANA, Shop, broken, one, rows, work_off
from explaining import Desk
from fakes.gateway import Operation
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fulfillment.kernel.errors import Conflict
from fulfillment.payments.chargebacks.record import ChargebackEnd, ChargedBack, end_chargeback, record_chargeback


@pytest.fixture
def desk(api: Api, shop: Shop) -> Desk:
    return Desk(api, shop)


def _charges_back(shop: Shop, payment: int, amount: int | None = None) -> int:
    with shop.services.transaction() as session:
        return record_chargeback(session, payment, ChargedBack("never arrived", amount), cause=ANA, at=shop.now)


def _ends(shop: Shop, chargeback: int, *, won: bool) -> None:
    with shop.services.transaction() as session:
        end_chargeback(session, chargeback, ChargebackEnd(won), cause=ANA, at=shop.now)


def test_an_order_in_work_is_held_until_the_chargeback_is_won(shop: Shop, csr: Caller, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=5)
    placed = shop.up_to("assigned", ("MUG", 2))
    [payment] = shop.payments(placed.id)
    shop.captures(payment)
    work_off(shop.services)
    path = f"/v1/payments/{payment}/chargebacks"

    made = csr.post(path, {"amount": pence(1500), "reason": "fraud, says the bank", "reference": "cb_1"})
    again = csr.post(path, {"amount": pence(501), "reason": "once more"})

    assert (made.status_code, made.json["status"], made.json["amount"]) == (201, "open", pence(1500))
    assert (again.status_code, again.json["guard"], again.json["most"]) == (409, "over_chargeback", 500)
    order = csr.get(f"/v1/orders/{placed.number}").json
    assert (order["status"], order["payment_status"]) == ("on_hold", "charged_back")
    assert (order["amounts"]["captured"], order["amounts"]["charged_back"]) == (pence(2000), pence(1500))
    assert [(hold["id"], hold["reason"]) for hold in order["holds"]] == [(made.json["hold_id"], "chargeback")]
    assert "charged_back" in desk.codes(placed.number)
    assert broken(shop.services) == {}

    won = csr.post(f"{path}/{made.json['id']}/outcome", {"outcome": "won", "note": "the parcel was signed for"})

    assert (won.status_code, won.json["status"]) == (200, "won")
    order = csr.get(f"/v1/orders/{placed.number}").json
    assert (order["status"], order["payment_status"]) == ("in_progress", "paid")
    assert csr.get(f"/v1/payments/{payment}").json["charged_back"] == pence(0)
    assert rows(shop.services, "SELECT kind, amount FROM money_transfer WHERE kind LIKE 'charge%' ORDER BY id") == [
        ("chargeback", 1500),
        ("chargeback_reversed", 1500),
    ]
    assert broken(shop.services) == {}


def test_a_lost_one_is_gone_and_its_hold_is_a_persons_to_release(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    [payment] = shop.payments(placed.id)
    shop.captures(payment)
    work_off(shop.services)
    chargeback = _charges_back(shop, payment)

    desk.follows(placed.number, "charged_back", "csr")

    assert one(shop.services, "SELECT status FROM chargeback") == "lost"
    assert desk.codes(placed.number) == ["on_hold", "balance_due"]
    with pytest.raises(Conflict):
        _ends(shop, chargeback, won=False)
    shop.lets_go(one(shop.services, "SELECT hold_id FROM chargeback"), then_cancel=True)
    work_off(shop.services)
    assert shop.order(placed.id) == ("canceled", "charged_back")
    assert shop.gateway.moved(Operation.REFUND) == []
    assert desk.codes(placed.number) == []
    assert broken(shop.services) == {}


def test_a_shipped_order_shows_it_and_what_is_kept_can_still_be_refunded(shop: Shop, desk: Desk) -> None:
    shop.sells("MUG", price=1000, A=3)
    placed = shop.up_to("shipped", ("MUG", 3))
    [payment] = shop.payments(placed.id)
    chargeback = _charges_back(shop, payment, 1000)

    assert shop.order(placed.id) == ("completed", "charged_back")
    assert desk.codes(placed.number) == ["charged_back"]
    assert rows(shop.services, "SELECT * FROM hold") == []
    with pytest.raises(Conflict) as refused:
        shop.refunds(payment, 2001)
    shop.refunds(payment, 2000)
    work_off(shop.services)
    _ends(shop, chargeback, won=False)
    _ends(shop, chargeback, won=True)  # The bank thought better of it.

    assert refused.value.members == {"most": 2000}
    assert shop.gateway.moved(Operation.REFUND) == [2000]
    assert shop.order(placed.id) == ("completed", "partially_refunded")
    assert desk.codes(placed.number) == []
    assert broken(shop.services) == {}


def test_what_the_customer_paid_anew_goes_back_when_the_first_money_returns(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=3)
    placed = shop.up_to("assigned", ("MUG", 2))
    [payment] = shop.payments(placed.id)
    shop.captures(payment)
    work_off(shop.services)
    chargeback = _charges_back(shop, payment)
    shop.adds_payment(placed.id, token="tok_more")
    work_off(shop.services)
    assert shop.money(placed.id) | {"open_authorized": 2000} == shop.money(placed.id)

    _ends(shop, chargeback, won=True)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [2000]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 2000, "manual": 0, "refunded": 0}
    assert broken(shop.services) == {}


def test_goods_that_leave_later_take_their_own_price_and_not_what_was_taken_back(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=3)
    placed = shop.up_to("packing", ("MUG", 3))
    [payment] = shop.payments(placed.id)
    shop.captures(payment, 1000)
    work_off(shop.services)
    _charges_back(shop, payment)
    shop.lets_go(one(shop.services, "SELECT hold_id FROM chargeback"))
    unpaid = shop.completes(placed.id)
    work_off(shop.services)
    assert shop.problems(unpaid) == ["balance_due"]
    shop.adds_payment(placed.id, token=None)
    shop.completes(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.CAPTURE) == [1000, 2000]
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_the_database_refuses_to_rewrite_the_ledger(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    shop.up_to("assigned", ("MUG", 1))

    for wrong in ("UPDATE money_transfer SET amount = amount + 1", "DELETE FROM money_transfer"):
        with pytest.raises(DBAPIError, match="append-only"), shop.services.transaction() as session:
            session.execute(text(wrong))
    with pytest.raises(DBAPIError, match="ck_payment_"), shop.services.transaction() as session:
        session.execute(text("UPDATE payment SET charged_back = captured + 1"))
