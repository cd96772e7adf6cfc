"""
What went wrong with money in other shops, by the public reports of their users, and how it goes here.

Each test is marked with the reports it answers. What two of them have in common is one test.
"""

from typing import Any

import pytest
from builders import ANA, Shop, broken, hasten, lease, one, rows, work_off
from fakes.gateway import Operation
from racing import at_once
from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import CheckoutLine, CheckoutPayment
from fulfillment.checkout.placed import Placed
from fulfillment.dispatch.dead_letters import replay
from fulfillment.dispatch.sets import into_sets
from fulfillment.drafts.place import place_draft
from fulfillment.kernel.errors import Conflict
from fulfillment.payments.gateway import Request, TransactionKind
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.hint import take_hint
from fulfillment.workflow import sweeps
from fulfillment.workflow.run import run_step
from fulfillment.workflow.sweeps import run_sweep


class WorkerKilledError(BaseException):
    """Stands for the end of a process: nothing of ours catches it."""


def tell(shop: Shop, number: str, *events: str) -> None:
    """Let events of the gateway arrive."""
    for event in events:
        with shop.services.transaction() as session:
            take_hint(session, Hint(event, number, None), cause=ANA, at=shop.now)


def capture_due(shop: Shop) -> Placed:
    """An order whose goods have left and are about to be captured."""
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    work_off(shop.services, only="shipments.complete")
    return placed


def transfers(shop: Shop, order_id: int) -> list[tuple[str, int]]:
    return rows(shop.services, "SELECT kind, amount FROM money_transfer WHERE order_id = :id ORDER BY id", id=order_id)


def told(shop: Shop, order_id: int, *verbs: str) -> list[tuple[str, Any]]:
    """What the timeline of an order says by these verbs: (verb, amount)."""
    return rows(
        shop.services,
        "SELECT verb, detail -> 'amount' FROM timeline WHERE order_id = :id AND verb = ANY (:verbs) ORDER BY id",
        id=order_id,
        verbs=list(verbs),
    )


@pytest.mark.peer("medusajs/medusa #13301", "spree/spree #9265")
def test_workers_and_events_that_report_one_capture_at_the_same_moment_take_it_once(shop: Shop) -> None:
    placed = capture_due(shop)
    [captured] = [each for each in lease(shop.services) if each.step == "payments.capture"]
    shop.gateway.on_send = lambda _: tell(shop, placed.number, "evt_1", "evt_2", "evt_1")

    at_once(*[lambda: run_step(shop.services, captured.step, [captured.claim, captured.claim])] * 4)
    hasten(shop.services)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert transfers(shop, placed.id) == [("authorize", 1000), ("capture", 1000)]
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


@pytest.mark.peer("medusajs/medusa #12674")
def test_a_capture_that_fails_because_it_was_taken_already_refunds_nothing(shop: Shop) -> None:
    placed = capture_due(shop)
    reference = one(shop.services, "SELECT reference FROM payment")
    shop.gateway.at_desk(TransactionKind.CAPTURE, reference, 1000)
    shop.gateway.will("refuse")

    work_off(shop.services)
    tell(shop, placed.number, "evt_1")
    work_off(shop.services)
    with shop.services.transaction() as session:
        replay(session, [row for (row,) in rows(shop.services, "SELECT id FROM dispatch WHERE dead")])
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == []
    assert shop.gateway.moved(Operation.CAPTURE) == []
    assert shop.order(placed.id) == ("completed", "paid")
    assert transfers(shop, placed.id) == [("authorize", 1000), ("capture", 1000)]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


@pytest.mark.peer(
    "medusajs/medusa #3146",
    "medusajs/medusa #4798",
    "medusajs/medusa #6370",
    "medusajs/medusa #8074",
    "medusajs/medusa #10949",
)
def test_an_event_that_never_comes_is_not_missed(shop: Shop) -> None:
    placed = capture_due(shop)
    shop.gateway.will("cut after")

    work_off(shop.services)
    assert shop.order(placed.id) == ("completed", "authorized")
    hasten(shop.services)
    work_off(shop.services)

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert broken(shop.services) == {}


@pytest.mark.peer("medusajs/medusa #10949", "django-oscar/django-oscar #3768")
def test_the_order_is_there_before_its_money_is_asked_for(shop: Shop) -> None:
    seen: list[Any] = []

    def look(request: Request) -> None:
        query = "SELECT status, payment_status FROM purchase_order WHERE number = :number"
        seen.extend(rows(shop.services, query, number=request.merchant_reference))

    shop.sells("MUG", A=5)
    shop.gateway.on_send = look
    shop.places(("MUG", 1))

    work_off(shop.services, only="payments")

    assert seen == [("in_progress", "unpaid")]


@pytest.mark.peer("spree/spree #8540", "spree/spree PR #4499", "spree/spree PR #13938", "solidusio/solidus_stripe #44")
def test_two_people_who_press_capture_at_once_take_it_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    [payment] = shop.payments(placed.id)

    answers = at_once(*[lambda: shop.captures(payment)] * 3)
    work_off(shop.services)

    assert [each.guard for each in answers if isinstance(each, Conflict)] == ["over_capture", "over_capture"]
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert broken(shop.services) == {}


@pytest.mark.peer("spree/spree PR #13938", "Pinelab-studio/pinelab-vendure-plugins #620")
def test_an_authorization_that_events_tell_of_three_times_and_too_early_is_one_payment(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    shop.gateway.on_send = lambda _: tell(shop, placed.number, "evt_2", "evt_1", "evt_2")

    work_off(shop.services)
    tell(shop, placed.number, "evt_1", "evt_3", "evt_2")
    work_off(shop.services)

    assert rows(shop.services, "SELECT authorized, captured FROM payment") == [(1000, 0)]
    assert transfers(shop, placed.id) == [("authorize", 1000)]
    assert shop.mails() == [f"We have your order {placed.number}"]
    assert broken(shop.services) == {}


@pytest.mark.peer("vendurehq/vendure #2620")
def test_what_is_paid_or_about_to_be_is_not_paid_a_second_time(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))

    answers = at_once(*[lambda: shop.adds_payment(placed.id)] * 2)
    work_off(shop.services)
    with pytest.raises(Conflict) as refused:
        shop.adds_payment(placed.id)

    assert [each.guard for each in answers if isinstance(each, Conflict)] == ["balance_due", "balance_due"]
    assert refused.value.guard == "balance_due"
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]


@pytest.mark.peer("vendurehq/vendure #989", "vendurehq/vendure #4013")
def test_a_cancellation_gives_back_exactly_what_was_taken_with_tax_shipping_and_discounts(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=5)
    placed = shop.up_to(
        "assigned", CheckoutLine("MUG", 3, discount=50, tax=17), shipping=101, tax=20, discount=7, market="DE"
    )
    shop.captures(shop.payments(placed.id)[0])
    work_off(shop.services)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.CAPTURE) == [1080]
    assert shop.gateway.moved(Operation.REFUND) == [1080]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1080, "manual": 0, "refunded": 1080}
    assert broken(shop.services) == {}


@pytest.mark.peer("vendurehq/vendure #2523", "vendurehq/vendure #2762", "vendurehq/vendure #868")
def test_refunds_of_nothing_are_refused_pieces_leave_out_what_was_not_paid_and_a_second_one_is_possible(
    shop: Shop,
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", CheckoutLine("MUG", 2, discount=500), shipping=100)
    [payment] = shop.payments(placed.id)
    line = one(shop.services, "SELECT id FROM line_item")

    with pytest.raises(Conflict) as nothing:
        shop.refunds(payment, 0)
    shop.refunds(payment, lines=[(line, 1)])
    work_off(shop.services)
    shop.refunds(payment, lines=[(line, 1)])
    work_off(shop.services)
    shop.refunds(payment, 100)
    work_off(shop.services)
    with pytest.raises(Conflict) as nothing_left:
        shop.refunds(payment)

    assert shop.gateway.moved(Operation.REFUND) == [750, 750, 100]
    assert (nothing.value.guard, nothing_left.value.guard) == ("over_refund", "over_refund")
    assert shop.order(placed.id) == ("completed", "refunded")
    assert broken(shop.services) == {}


@pytest.mark.peer("vendurehq/vendure #3235")
def test_a_further_payment_sets_an_order_going_that_was_not_covered(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=(CheckoutPayment("tok_part", 400),))
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["pending"]

    shop.adds_payment(placed.id, token="tok_declined")
    work_off(shop.services)
    shop.adds_payment(placed.id)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    shop.brings(placed.id, "shipped")
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [400, 600]


@pytest.mark.peer("saleor/saleor #6428", "saleor/saleor #18196")
def test_a_failed_payment_is_told_as_one_is_kept_and_sets_nothing_going(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=("tok_declined",))

    work_off(shop.services)

    assert told(shop, placed.id, "succeed", "fail", "cover") == [("fail", 1000)]
    assert one(shop.services, "SELECT status, code FROM payment_attempt") == ("failed", "card_declined")
    assert shop.order(placed.id) == ("in_progress", "declined")
    assert [mail for mail in shop.mails() if mail.startswith("We have")] == []
    assert len(shop.mails()) == 1
    assert transfers(shop, placed.id) == []


@pytest.mark.peer("saleor/saleor #12304", "saleor/saleor PR #18457")
def test_that_an_order_is_paid_is_told_once_however_it_was_paid(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    shop.sells("SONG", price=99, needs_shipping=False)
    by_card = shop.places(("MUG", 1))
    in_parts = shop.places(("MUG", 1), tokens=(CheckoutPayment("tok_one", 400), CheckoutPayment("tok_two", 600)))
    by_hand = shop.places(("MUG", 1), tokens=())
    work_off(shop.services)
    shop.adds_payment(by_hand.id, token=None, amount=300)
    shop.adds_payment(by_hand.id, token=None)
    draft = shop.enters(("SONG", 1))
    with shop.services.transaction() as session:
        by_draft = place_draft(session, draft, [CheckoutPayment("tok_ok")], cause=ANA, at=shop.now)
    work_off(shop.services)
    tell(shop, by_card.number, "evt_1")
    work_off(shop.services)

    numbers = sorted(each.number for each in (by_card, in_parts, by_hand, by_draft))
    received = [mail for mail in shop.mails() if mail.startswith("We have")]
    assert received == [f"We have your order {number}" for number in numbers]
    assert shop.order(by_draft.id) == ("completed", "paid")


@pytest.mark.peer("saleor/saleor #12495")
def test_each_part_that_is_paid_or_given_back_is_told_with_its_amount(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    [payment] = shop.payments(placed.id)
    seen = []
    for act in (lambda: shop.captures(payment, 400), lambda: shop.captures(payment), lambda: shop.refunds(payment, 1)):
        act()
        work_off(shop.services)
        seen.append(shop.order(placed.id)[1])

    assert seen == ["partially_paid", "paid", "partially_refunded"]
    assert told(shop, placed.id, "succeed")[1:] == [("succeed", 400), ("succeed", 600), ("succeed", 1)]
    assert [mail for mail in shop.mails() if "efund" in mail] == [f"A refund for your order {placed.number}"]


@pytest.mark.peer("reactioncommerce/reaction #4226", "Sylius/Sylius #6144", "Adyen/adyen-magento #515")
def test_a_cancellation_refunds_what_was_captured_and_lets_go_of_the_rest(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_one", 700), CheckoutPayment("tok_two", 300))
    placed = shop.up_to("assigned", ("MUG", 1), tokens=payments)
    shop.captures(shop.payments(placed.id)[0])
    work_off(shop.services)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [700]
    assert shop.gateway.moved(Operation.VOID) == [300]
    assert shop.order(placed.id) == ("canceled", "refunded")
    assert broken(shop.services) == {}


@pytest.mark.peer(
    "woocommerce/woocommerce #62659", "django-oscar/django-oscar #4246", "django-oscar/django-oscar #3768"
)
def test_a_cart_is_paid_once_and_is_not_used_again_after_its_card_was_declined(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    cart = shop.collects(("MUG", 1))

    answers = at_once(*[lambda: shop.converts(cart, tokens=("tok_declined",))] * 3)
    work_off(shop.services)
    with pytest.raises(Conflict):
        shop.converts(cart, tokens=("tok_ok",))
    work_off(shop.services)

    assert sum(isinstance(each, Placed) for each in answers) == 1
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1
    assert [request.operation for request in shop.gateway.sent] == [Operation.AUTHORIZE]
    assert shop.gateway.moved(Operation.AUTHORIZE) == []


@pytest.mark.peer("saleor/saleor: expiry of orders (read)")
def test_a_payment_that_arrives_while_unpaid_orders_are_canceled_is_not_canceled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=())
    shop.clock.forward(hours=25)
    honest = sweeps.expire_unpaid

    def a_payment_comes_first(session: Session, order_id: int, **given: Any) -> bool:
        shop.adds_payment(order_id, token=None)
        return honest(session, order_id, **given)

    monkeypatch.setattr(sweeps, "expire_unpaid", a_payment_comes_first)

    assert run_sweep(shop.services, "sweeps.expire_unpaid_orders") == 0
    work_off(shop.services)
    assert shop.order(placed.id) == ("in_progress", "paid")
    assert shop.statuses(placed.id) == ["inventory_assigned"]


@pytest.mark.peer("vendurehq/vendure: settlePayment (read)", "medusajs/medusa: partial capture (read)")
def test_the_gateway_hears_nothing_that_is_not_written_down_and_exactly_the_amount_that_is(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    [payment] = shop.payments(placed.id)
    written: list[Any] = []
    query = "SELECT a.status, a.amount, p.capture_pending FROM payment_attempt a JOIN payment p ON p.id = a.payment_id WHERE key = :key"
    shop.gateway.on_send = lambda request: written.extend(rows(shop.services, query, key=request.key))
    before = len(shop.gateway.sent)

    with pytest.raises(Conflict):
        shop.captures(payment, 1001)
    work_off(shop.services)
    assert len(shop.gateway.sent) == before
    shop.captures(payment, 400)
    work_off(shop.services)

    assert written == [("sending", 400, 400)]
    assert [request.amount for request in shop.gateway.sent[before:]] == [400]


@pytest.mark.peer("solidusio/solidus: capture! (read)", "spree/spree: processing (read)")
def test_a_worker_that_dies_between_the_capture_and_its_note_leaves_it_neither_booked_nor_stuck(shop: Shop) -> None:
    placed = capture_due(shop)
    [captured] = [each for each in lease(shop.services) if each.step == "payments.capture"]
    honest = shop.gateway.send

    def dies(requests: list[Request]) -> list[Any]:
        honest(requests)
        raise WorkerKilledError

    shop.gateway.send = dies
    with pytest.raises(WorkerKilledError):
        run_step(shop.services, captured.step, [captured.claim])
    shop.gateway.send = honest
    assert one(shop.services, "SELECT status FROM payment_attempt WHERE kind = 'capture'") == "sending"
    assert transfers(shop, placed.id) == [("authorize", 1000)]

    hasten(shop.services)  # Its lease runs out.
    work_off(shop.services)

    assert transfers(shop, placed.id) == [("authorize", 1000), ("capture", 1000)]
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert [request.operation for request in shop.gateway.sent].count(Operation.CAPTURE) == 1
    assert shop.order(placed.id) == ("completed", "paid")


@pytest.mark.peer("spree/spree: CLAIMABLE_STATUSES (read)")
def test_two_workers_in_the_middle_of_one_capture_ask_under_one_key(shop: Shop) -> None:
    placed = capture_due(shop)
    begun: list[str] = []

    def a_second_worker(request: Request) -> None:
        if not begun:
            begun.append(request.key)
            hasten(shop.services)
            for step, claims in into_sets(lease(shop.services)):
                run_step(shop.services, step, claims)

    shop.gateway.on_send = a_second_worker
    work_off(shop.services)

    keys = {request.key for request in shop.gateway.sent if request.operation == Operation.CAPTURE}
    assert keys == set(begun)
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert transfers(shop, placed.id) == [("authorize", 1000), ("capture", 1000)]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


@pytest.mark.peer("medusajs/medusa: deleteRefunds (read)")
def test_a_refund_that_fails_leaves_those_beside_it_alone(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 3))
    [payment] = shop.payments(placed.id)
    line = one(shop.services, "SELECT id FROM line_item")
    shop.gateway.will("ok", "refuse", "ok")

    for _ in range(3):
        shop.refunds(payment, lines=[(line, 1)])
    work_off(shop.services)

    assert rows(shop.services, "SELECT status FROM payment_attempt WHERE kind = 'refund' ORDER BY id") == [
        ("succeeded",),
        ("failed",),
        ("succeeded",),
    ]
    assert one(shop.services, "SELECT refunded, refund_pending FROM payment") == (2000, 0)
    assert one(shop.services, "SELECT refunded_quantity FROM line_item") == 2
    assert shop.gateway.moved(Operation.REFUND) == [1000, 1000]
    assert broken(shop.services) == {}
