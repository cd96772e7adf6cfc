"""Credits of exchanges: what one order keeps pays for another one, and no cent is made or lost on the way."""

import random
from contextlib import suppress

import pytest
from builders import ANA, Shop, broken, one, rows, work_off
from fakes.gateway import Operation
from sqlalchemy import text

from fulfillment.kernel.errors import Conflict
from fulfillment.payments.credits.give import give_credit
from fulfillment.payments.credits.queries import credits_of_return, lock_sides
from fulfillment.payments.credits.take_back import take_back_credit
from fulfillment.payments.gateway import TransactionKind
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.differences import left_to_a_person
from fulfillment.payments.sync.hint import take_hint
from fulfillment.timeline.changes import Changes

RETURN = 7

_DEAD = text("""
INSERT INTO dispatch (id, step, lane, order_id, subject_id, dead, last_error, cause_kind, cause_id, actor)
VALUES (1, 'payments.capture', 'work', :id, :id, true, 'under_authorized', 'step', '1', 'worker')
""")


@pytest.fixture
def paid(shop: Shop) -> int:
    """Three mugs at 10.00 that were shipped and captured."""
    shop.sells("MUG", price=1000, A=20)
    return shop.up_to("shipped", ("MUG", 3)).id


@pytest.fixture
def unpaid(shop: Shop, paid: int) -> int:
    """Two mugs at 10.00 that nobody has paid for."""
    assert paid
    return shop.places(("MUG", 2), tokens=()).id


def _credits(shop: Shop, source: int, target: int, amount: int, return_id: int = RETURN) -> None:
    with shop.services.transaction() as session:
        sides, changes = lock_sides(session, [source, target]), Changes(at=shop.now)
        give_credit(session, changes, sides[source], sides[target], amount, return_id=return_id, cause=ANA)
        changes.write(session)


def _takes_back(shop: Shop, source: int, target: int, amount: int, return_id: int = RETURN) -> int:
    with shop.services.transaction() as session:
        sides, changes = lock_sides(session, [source, target]), Changes(at=shop.now)
        given = credits_of_return(session, return_id)
        taken = take_back_credit(session, changes, sides[source], sides[target], given, amount, cause=ANA)
        changes.write(session)
        return taken


def _accepts(shop: Shop) -> None:
    rows(shop.services, "UPDATE exchange_credit SET accepted = true RETURNING id")


def _hears(shop: Shop, number: str, event: str) -> None:
    with shop.services.transaction() as session:
        take_hint(session, Hint(event, number, None), cause=ANA, at=shop.now)
    work_off(shop.services)


def _kept(shop: Shop, order: int) -> int:
    query = "SELECT coalesce(sum(captured - refunded - charged_back - exchanged), 0)::bigint FROM payment WHERE order_id = :id"
    return int(one(shop.services, query, id=order))


def _money(shop: Shop, order: int) -> tuple[int, int, str]:
    """What is credited to an order, what is kept of its payments, and its payment status."""
    credited, status = one(
        shop.services, "SELECT credited, payment_status FROM purchase_order WHERE id = :id", id=order
    )
    return credited, _kept(shop, order), status


@pytest.mark.rule("EX2")
def test_an_order_is_paid_by_what_another_one_keeps_and_no_gateway_is_asked(shop: Shop, paid: int, unpaid: int) -> None:
    _credits(shop, paid, unpaid, 2000)
    work_off(shop.services)

    assert (_money(shop, paid), _money(shop, unpaid)) == ((0, 1000, "paid"), (2000, 2000, "paid"))
    assert shop.statuses(unpaid) == ["inventory_assigned"]
    shop.brings(unpaid, "shipped")
    assert shop.order(unpaid) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [3000]
    assert shop.gateway.moved(Operation.REFUND) == []
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_the_rest_is_captured_from_a_card(shop: Shop, paid: int, unpaid: int) -> None:
    _credits(shop, paid, unpaid, 1500)
    work_off(shop.services)
    assert shop.statuses(unpaid) == ["pending"]

    shop.adds_payment(unpaid)
    work_off(shop.services)
    shop.brings(unpaid, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [3000, 500]
    assert _money(shop, unpaid) == (1500, 2000, "paid")
    assert broken(shop.services) == {}


def test_more_than_is_kept_is_refused_and_nothing_moves(shop: Shop, paid: int, unpaid: int) -> None:
    shop.refunds(shop.payments(paid)[0], 1500)

    with pytest.raises(Conflict) as refused:
        _credits(shop, paid, unpaid, 1501)

    assert (refused.value.guard, refused.value.members) == ("over_credit", {"most": 1500})
    assert _money(shop, unpaid) == (0, 0, "unpaid")
    _credits(shop, paid, unpaid, 1500)
    with pytest.raises(Conflict) as refunded:
        shop.refunds(shop.payments(paid)[0], 1)
    assert refunded.value.guard == "over_refund"


@pytest.mark.rule("EX4")
def test_a_refund_of_a_credit_goes_to_the_customer_by_the_payment_that_it_came_from(
    shop: Shop, paid: int, unpaid: int
) -> None:
    _credits(shop, paid, unpaid, 2000)
    work_off(shop.services)
    shop.brings(unpaid, "shipped")
    mails = len(shop.mails())

    shop.refunds(shop.payments(unpaid)[0], 700)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [700]
    assert (_kept(shop, paid), _kept(shop, unpaid)) == (1000, 1300)
    assert one(shop.services, "SELECT refunded, exchanged FROM payment WHERE order_id = :id", id=paid) == (700, 1300)
    assert len(shop.mails()) == mails + 1
    assert broken(shop.services) == {}


@pytest.mark.rule("PY3", "EX2")
@pytest.mark.parametrize("kind", [TransactionKind.REFUND, TransactionKind.CHARGEBACK])
def test_what_went_back_of_money_that_has_moved_on_is_booked_once_a_person_has_refunded_the_credit(
    shop: Shop, paid: int, unpaid: int, kind: TransactionKind
) -> None:
    _credits(shop, paid, unpaid, 2000)
    work_off(shop.services)
    reference, number = one(
        shop.services,
        "SELECT p.reference, o.number FROM payment p JOIN purchase_order o ON o.id = p.order_id WHERE o.id = :id",
        id=paid,
    )

    shop.gateway.at_desk(kind, reference, 1500)
    _hears(shop, number, "evt_1")

    assert rows(shop.services, "SELECT what, amount FROM payment_difference") == [(str(kind), 1500)]
    assert (_kept(shop, paid), _kept(shop, unpaid)) == (1000, 2000)
    names = ("payment_id", "kind", "what", "reference", "amount", "currency")
    [difference] = rows(shop.services, f"SELECT {', '.join(names)} FROM payment_difference")
    assert "refund all of the credit there" in left_to_a_person(dict(zip(names, difference, strict=True))).remedy

    with (
        shop.services.transaction() as session
    ):  # goods of the other order have left, and nothing pays for them any more
        session.execute(_DEAD, {"id": unpaid})
    shop.gateway.will("refuse")
    shop.refunds(shop.payments(unpaid)[0])
    work_off(shop.services)
    _hears(shop, number, "evt_2")

    assert rows(shop.services, "SELECT what FROM payment_difference") == []
    assert (_kept(shop, paid), _kept(shop, unpaid)) == (1500, 0)
    assert shop.gateway.moved(Operation.REFUND) == []
    assert shop.dispatched() == [("payments.capture", True)]
    assert broken(shop.services) == {}


@pytest.mark.rule("EX4")
@pytest.mark.parametrize("refunded", [[], [2000]], ids=["before they were", "once they were"])
def test_the_credit_of_a_canceled_order_reaches_the_customer_when_the_goods_are_accepted(
    shop: Shop, paid: int, unpaid: int, refunded: list[int]
) -> None:
    _credits(shop, paid, unpaid, 2000)
    work_off(shop.services)
    if refunded:
        _accepts(shop)

    shop.cancels(unpaid)
    work_off(shop.services)

    assert shop.order(unpaid) == ("canceled", "refunded")
    assert shop.gateway.moved(Operation.REFUND) == refunded
    assert _kept(shop, paid) == 3000 - sum(refunded)
    assert one(shop.services, "SELECT waiting FROM exchange_credit") == 2000 - sum(refunded)
    assert broken(shop.services) == {}


@pytest.mark.rule("EX5")
def test_what_is_taken_back_was_never_paid(shop: Shop, paid: int, unpaid: int) -> None:
    _credits(shop, paid, unpaid, 2000)
    work_off(shop.services)

    assert _takes_back(shop, paid, unpaid, 600) == 600
    assert (_money(shop, paid), _money(shop, unpaid)) == ((0, 1600, "paid"), (1400, 1400, "partially_paid"))
    shop.releases(unpaid)
    work_off(shop.services)
    assert shop.statuses(unpaid) == ["inventory_assigned"]
    assert _takes_back(shop, paid, unpaid, 9999) == 1400
    assert broken(shop.services) == {}


def test_a_credit_that_was_paid_by_hand_is_paid_out_by_hand(shop: Shop, unpaid: int) -> None:
    by_hand = shop.up_to("assigned", ("MUG", 1), tokens=()).id
    shop.adds_payment(by_hand, token=None)
    work_off(shop.services)
    shop.brings(by_hand, "shipped")
    _credits(shop, by_hand, unpaid, 1000)

    shop.refunds(shop.payments(unpaid)[0], 300)
    work_off(shop.services)

    pending = "SELECT status, amount, reason FROM payment_attempt WHERE status = 'by_hand'"
    assert rows(shop.services, pending) == [("by_hand", 300, "exchanged")]
    assert broken(shop.services) == {}


class _Exchanges:
    """Any exchange, refund, cancellation or shipment, as the dice fall."""

    def __init__(self, shop: Shop, orders: list[int], seed: int) -> None:
        self.shop, self.orders, self.dice = shop, orders, random.Random(seed)
        self.given: list[tuple[int, int, int]] = []

    def step(self) -> None:
        self.dice.choice(
            [*[self.credit] * 3, self.take_back, self.refund, self.cancel, self.accept, *[self.ship] * 2]
        )()

    def credit(self) -> None:
        source = self.dice.choice([order for order in self.orders if self.shop.order(order)[0] == "completed"])
        target = self.dice.choice([order for order in self.orders if order != source])
        lacks, going = one(
            self.shop.services,
            "SELECT CASE WHEN status = 'in_progress' THEN total - captured - credited - manual - open_authorized ELSE 0 END,"
            " (SELECT coalesce(sum(refund_pending), 0) FROM payment WHERE order_id = :source)"
            " FROM purchase_order WHERE id = :target",
            source=source,
            target=target,
        )
        amount = self.dice.randint(0, max(0, min(_kept(self.shop, source), lacks)))
        if amount and not going:
            return_id = len(self.given) + 1
            with suppress(Conflict):  # A credit of goods that are not accepted yet does not move on.
                _credits(self.shop, source, target, amount, return_id)
                self.given.append((source, target, return_id))

    def take_back(self) -> None:
        if self.given:
            source, target, return_id = self.dice.choice(self.given)
            _takes_back(self.shop, source, target, self.dice.randint(1, 1500), return_id)

    def refund(self) -> None:
        with suppress(Conflict):
            payments = [each for order in self.orders for each in self.shop.payments(order)]
            self.shop.refunds(self.dice.choice(payments), self.dice.randint(1, 800))

    def cancel(self) -> None:
        found = rows(self.shop.services, "SELECT id FROM purchase_order WHERE status = 'in_progress' ORDER BY id")
        if found and self.dice.random() < 0.4:
            self.shop.cancels(self.dice.choice(found)[0])

    def accept(self) -> None:
        _accepts(self.shop)

    def ship(self) -> None:
        work_off(self.shop.services)
        order = self.dice.choice(self.orders)
        self.shop.brings(order, "released")
        if self.shop.statuses(order) == ["released"]:
            self.shop.picklists(order)
            work_off(self.shop.services)
            self.shop.completes(order)
            work_off(self.shop.services)


@pytest.mark.parametrize("seed", range(2))
def test_no_sequence_of_exchanges_makes_or_loses_a_cent(shop: Shop, paid: int, seed: int) -> None:
    orders = [paid, *(shop.up_to("assigned", ("MUG", 1 + n), tokens=()).id for n in range(3))]
    exchanges = _Exchanges(shop, orders, seed)
    for n in range(24):
        exchanges.step()
        found = broken(shop.services) if n % 6 == 0 else {}
        assert not found, found
    work_off(shop.services)

    found = broken(shop.services)
    assert not found, found
    captured, refunded = sum(shop.gateway.moved(Operation.CAPTURE)), sum(shop.gateway.moved(Operation.REFUND))
    assert captured - refunded == sum(_kept(shop, order) for order in orders)
