"""Whatever the carrier does, and whenever a worker dies: one label per parcel by the carrier's own books."""

from __future__ import annotations

import pytest
from builders import ANA, Shop, broken, hasten, lease, one, rows, work_off
from labeling import bound, labels

from fulfillment.dispatch.sets import into_sets
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.labels.request import Asked, request_label, request_void
from fulfillment.labels.settle_by_hand import Outcome, Settlement, settle_by_hand
from fulfillment.packing.bench import Pieces
from fulfillment.packing.pack import open_parcel
from fulfillment.packing.unpack import unpack
from fulfillment.workflow.labels import KEY_LIFE
from fulfillment.workflow.run import run_step


def packed(shop: Shop) -> int:
    """A parcel that is weighed and waits for its label."""
    if not shop.products:
        bound(shop)
        shop.sells("MUG", A=50)
    placed = shop.up_to("packing", ("MUG", 1), shipping_method="post")
    [shipment] = shop.shipments(placed.id)
    with shop.services.transaction() as session:
        return open_parcel(session, shipment, [Pieces(1, code="MUG")], weight_grams=700, cause=ANA, at=shop.now)


def asks(shop: Shop, parcel: int) -> int:
    with shop.services.transaction() as session:
        request_label(session, parcel, asked=Asked(1, ANA, shop.now))
    return one(
        shop.services,
        "SELECT id FROM label WHERE parcel_id = :id AND unwanted_at IS NULL AND status <> 'failed'",
        id=parcel,
    )


def voids(shop: Shop, parcel: int) -> None:
    with shop.services.transaction() as session:
        request_void(session, parcel, asked=Asked(1, ANA, shop.now))


def dead(shop: Shop) -> int:
    return int(one(shop.services, "SELECT count(*) FROM dispatch WHERE dead"))


@pytest.mark.parametrize("word", ["cut before", "cut after"])
def test_an_answer_that_never_came_is_asked_about_and_one_label_is_sold(shop: Shop, word: str) -> None:
    parcel = packed(shop)
    asks(shop, parcel)
    shop.carrier.script.append(word)

    work_off(shop.services)
    between = labels(shop)
    work_off(shop.services)
    put_off = len(shop.carrier.sent)
    hasten(shop.services)
    work_off(shop.services)

    assert between == [("unknown", None, True)]
    assert put_off == 1
    assert shop.carrier.live == ["TN1"]
    assert labels(shop) == [("bought", "TN1", True)]
    assert len(shop.carrier.asked) == 1
    assert len({each.key for each in shop.carrier.sent}) == 1
    assert broken(shop.services) == {}


def test_a_worker_that_dies_after_the_sale_leaves_one_label(shop: Shop) -> None:
    parcel = packed(shop)
    asks(shop, parcel)

    def die(_: object) -> None:
        raise SystemExit

    shop.carrier.on_buy = die
    [(step, claims)] = list(into_sets(lease(shop.services, only="labels.")))
    with pytest.raises(SystemExit):
        run_step(shop.services, step, claims)
    shop.carrier.on_buy = None
    died = labels(shop)
    # The same message again, and the one that the lease brings: one of them settles it.
    hasten(shop.services)
    work_off(shop.services)
    run_step(shop.services, step, claims)

    assert died == [("sending", None, True)]
    assert (labels(shop), shop.carrier.live) == ([("bought", "TN1", True)], ["TN1"])


def test_past_the_life_of_a_key_nothing_is_sent_again_and_a_person_decides(shop: Shop) -> None:
    parcel = packed(shop)
    label = asks(shop, parcel)
    shop.carrier.script.append("cut after")
    work_off(shop.services)
    shop.carrier.knows_nothing = True
    shop.clock.forward(seconds=KEY_LIFE.total_seconds() + 60)
    at = shop.now
    with shop.services.transaction() as session, pytest.raises(Conflict, match="still being asked"):
        settle_by_hand(session, label, Settlement(Outcome.FAILED, "nothing there"), cause=ANA, at=at)

    hasten(shop.services)
    work_off(shop.services)
    waits = dead(shop)
    with shop.services.transaction() as session:
        with pytest.raises(Invalid, match="a reference and a tracking number"):
            settle_by_hand(session, label, Settlement(Outcome.BOUGHT, "their list"), cause=ANA, at=at)
        with pytest.raises(Invalid, match="cannot have been voided"):
            settle_by_hand(session, label, Settlement(Outcome.VOIDED, "their list"), cause=ANA, at=at)
        said = Settlement(Outcome.BOUGHT, "their list of today", "lbl_1", "TN1", 500)
        settle_by_hand(session, label, said, cause=ANA, at=at)
    work_off(shop.services)

    assert waits == 1
    assert (len(shop.carrier.sent), dead(shop)) == (1, 0)
    assert labels(shop) == [("bought", "TN1", True)]
    assert one(shop.services, "SELECT tracking_number FROM parcel") == "TN1"
    with shop.services.transaction() as session, pytest.raises(Conflict, match="is bought"):
        settle_by_hand(session, label, Settlement(Outcome.FAILED, "x"), cause=ANA, at=at)


def test_what_nobody_wants_any_more_is_given_back_once_it_is_known_to_be_bought(shop: Shop) -> None:
    unsent, unknown = packed(shop), packed(shop)
    asks(shop, unsent)
    with shop.services.transaction() as session:
        unpack(session, unsent, cause=ANA, at=shop.now)
    work_off(shop.services)
    never_asked = list(shop.carrier.sent)
    asks(shop, unknown)
    shop.carrier.script.append("cut after")
    work_off(shop.services)
    with shop.services.transaction() as session:
        unpack(session, unknown, cause=ANA, at=shop.now)
    hasten(shop.services)
    work_off(shop.services)

    assert never_asked == []
    assert labels(shop) == [("failed", None, False), ("voided", "TN1", False)]
    assert shop.carrier.live == []
    assert broken(shop.services) == {}


@pytest.mark.parametrize("word", ["cut before", "cut after"])
def test_a_void_that_was_not_heard_is_asked_for_again(shop: Shop, word: str) -> None:
    parcel = packed(shop)
    asks(shop, parcel)
    work_off(shop.services)
    shop.carrier.script.append(word)
    voids(shop, parcel)

    work_off(shop.services)
    between = labels(shop)
    hasten(shop.services)
    work_off(shop.services)

    assert between == [("voiding", "TN1", False)]
    assert (labels(shop), shop.carrier.live) == ([("voided", "TN1", False)], [])


def test_what_no_carrier_was_ever_asked_for_cannot_have_been_bought(shop: Shop) -> None:
    bound(shop, "standard", "express")
    shop.sells("MUG", A=50)
    label = asks(shop, packed(shop))
    rows(shop.services, "UPDATE dispatch SET dead = true WHERE lane = 'labels' RETURNING id")

    bought = Settlement(Outcome.BOUGHT, "seen", "r", "TN9")
    with shop.services.transaction() as session, pytest.raises(Invalid) as refused:
        settle_by_hand(session, label, bought, cause=ANA, at=shop.now)
    with shop.services.transaction() as session:
        settle_by_hand(session, label, Settlement(Outcome.FAILED, "never asked"), cause=ANA, at=shop.now)

    assert refused.value.reason == "outcome_does_not_fit"
    assert labels(shop) == [("failed", None, True)]
    assert shop.carrier.sent == []


def test_what_the_carrier_does_not_take_back_is_kept_and_told(shop: Shop) -> None:
    parcel = packed(shop)
    asks(shop, parcel)
    work_off(shop.services)
    shop.carrier.has_parcels = True
    voids(shop, parcel)
    work_off(shop.services)

    assert labels(shop) == [("kept", "TN1", False)]
    assert (
        one(shop.services, "SELECT problems -> 0 ->> 'guard' FROM operation WHERE kind = 'label_void'") == "handed_over"
    )
    assert broken(shop.services) == {}


def test_a_void_whose_outcome_nobody_can_know_is_settled_by_a_person(shop: Shop) -> None:
    parcel = packed(shop)
    label = asks(shop, parcel)
    work_off(shop.services)
    shop.carrier.script.extend(["cut after", "cut after"])
    voids(shop, parcel)
    work_off(shop.services)
    shop.clock.forward(seconds=KEY_LIFE.total_seconds() + 60)
    hasten(shop.services)
    work_off(shop.services)
    waits = dead(shop)

    with shop.services.transaction() as session:
        settle_by_hand(session, label, Settlement(Outcome.VOIDED, "their invoice"), cause=ANA, at=shop.now)
    work_off(shop.services)

    assert waits == 1
    assert (labels(shop), dead(shop)) == ([("voided", "TN1", False)], 0)


def test_a_deaf_carrier_holds_up_nothing_else_of_the_order(shop: Shop) -> None:
    parcel = packed(shop)
    asks(shop, parcel)
    shop.carrier.script.extend(["cut before"] * 5)
    shop.carrier.is_deaf = True
    work_off(shop.services)
    order = one(shop.services, "SELECT order_id FROM parcel WHERE id = :id", id=parcel)
    shop.completes(order)

    work_off(shop.services)

    assert one(shop.services, "SELECT status FROM shipment WHERE order_id = :id", id=order) == "shipped"
    assert one(shop.services, "SELECT captured FROM payment WHERE order_id = :id", id=order) == 1000
    assert labels(shop) == [("unknown", None, True)]


def test_one_that_is_not_connected_sells_nothing(shop: Shop) -> None:
    parcel = packed(shop)
    asks(shop, parcel)
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql("UPDATE label SET carrier = 'pigeon'")

    work_off(shop.services)

    assert rows(shop.services, "SELECT status, code FROM label") == [("failed", "no_such_carrier")]
