"""Unknown outcomes: a time-out is not a failure. Ask by our key; adopt, or send again under the same key; else a person."""

from builders import Shop, broken, hasten, one, rows, work_off
from fakes.gateway import Operation


def _attempt(shop: Shop) -> tuple[str, int]:
    return one(shop.services, "SELECT status, sends FROM payment_attempt ORDER BY id DESC LIMIT 1")


def test_what_was_done_although_no_answer_came_is_found_and_adopted(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    assert _attempt(shop) == ("unknown", 1)
    assert shop.order(placed.id) == ("in_progress", "unpaid")
    assert shop.statuses(placed.id) == ["pending"]
    assert broken(shop.services) == {}

    hasten(shop.services)
    work_off(shop.services)

    assert _attempt(shop) == ("succeeded", 2)
    assert len(shop.gateway.sent) == 1
    assert shop.gateway.asked == [shop.gateway.sent[0].key]
    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_what_never_arrived_is_sent_again_under_the_same_key(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    shop.gateway.will("cut before")
    work_off(shop.services)

    hasten(shop.services)
    work_off(shop.services)

    assert _attempt(shop) == ("succeeded", 2)
    [first, second] = shop.gateway.sent
    assert first == second
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]


def test_a_decline_that_was_not_heard_is_found_out(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=("tok_declined",))
    shop.gateway.will("cut after")
    work_off(shop.services)
    hasten(shop.services)

    work_off(shop.services)

    assert shop.order(placed.id) == ("in_progress", "declined")
    assert len(shop.gateway.sent) == 1
    assert broken(shop.services) == {}


def test_a_gateway_that_cannot_be_asked_is_asked_again_later_and_nothing_is_sent(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    shop.gateway.is_deaf = True

    for _ in range(3):
        work_off(shop.services)
        hasten(shop.services)

    assert _attempt(shop) == ("unknown", 3)
    assert len(shop.gateway.sent) == 1
    assert rows(shop.services, "SELECT step, dead, last_error FROM dispatch") == [
        ("payments.authorize", False, "timeout: no answer in time")
    ]
    assert broken(shop.services) == {}


def test_a_key_that_the_gateway_may_have_forgotten_is_never_sent_again(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    shop.gateway.books.clear()
    shop.clock.forward(hours=24)

    hasten(shop.services)
    work_off(shop.services)

    assert len(shop.gateway.sent) == 1
    assert _attempt(shop)[0] == "unknown"
    [(step, dead, error)] = rows(shop.services, "SELECT step, dead, last_error FROM dispatch")
    assert (step, dead) == ("payments.authorize", True)
    assert shop.gateway.sent[0].key in error
    assert "compare with its records" in error
    assert broken(shop.services) == {}


def test_a_capture_in_doubt_holds_up_the_refund_behind_it_and_is_never_taken_twice(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    shop.gateway.will("ok", "cut after")
    placed = shop.up_to("assigned", ("SONG", 1), ("MUG", 1))
    assert _attempt(shop) == ("unknown", 1)

    shop.cancels(placed.id)
    work_off(shop.services)
    assert shop.gateway.moved(Operation.VOID) == []
    hasten(shop.services)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.CAPTURE) == [99]
    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_one_unclear_member_leaves_the_rest_of_its_set_alone(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = [shop.places(("MUG", 1)) for _ in range(3)]
    shop.gateway.will("ok", "cut after", "ok")

    work_off(shop.services)

    assert sorted(shop.order(each.id)[1] for each in placed) == ["authorized", "authorized", "unpaid"]
    assert broken(shop.services) == {}


def test_a_refund_in_doubt_counts_against_the_limit_until_it_is_known(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 1))
    payment = shop.payments(placed.id)[0]
    shop.gateway.will("cut before")
    shop.refunds(payment, 900)
    work_off(shop.services)
    assert one(shop.services, "SELECT refunded, refund_pending FROM payment") == (0, 900)

    hasten(shop.services)
    work_off(shop.services)

    assert one(shop.services, "SELECT refunded, refund_pending FROM payment") == (900, 0)
    assert shop.gateway.moved(Operation.REFUND) == [900]
    assert broken(shop.services) == {}
