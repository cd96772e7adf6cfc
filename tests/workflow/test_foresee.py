"""Foreseeing: everything that would follow is found out, and nothing of it stays but what the act itself wrote."""

from builders import ANA, Shop

from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.workflow.foresee import foresee


def test_what_the_act_wrote_stays_and_what_its_steps_would_do_does_not(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    with shop.services.transaction() as session:
        _, plan = foresee(
            shop.services,
            session,
            lambda: cancel(session, placed.id, Cancellation("x", notify_customer=False), cause=ANA, at=shop.now),
            at=shop.now,
        )

    assert [each["kind"] for each in plan.money] == ["void"]
    assert shop.order(placed.id)[0] == "canceled"
    assert shop.money(placed.id)["open_authorized"] == 1000
    assert ("payments.return_money", False) in shop.dispatched()
