"""Where a parcel is, by what was told: the same in whatever order it comes, and never moving a shipment."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.shipments.states import DeliveryState
from fulfillment.tracking.course import Told, Whereabouts, of_item, whereabouts

D = DeliveryState
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(*states: DeliveryState) -> list[Told]:
    return [Told(state, NOON + timedelta(hours=n)) for n, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "where"),
    [
        ((), D.NONE),
        ((D.LABEL_CREATED, D.IN_TRANSIT, D.OUT_FOR_DELIVERY, D.DELIVERED), D.DELIVERED),
        ((D.OUT_FOR_DELIVERY, D.IN_TRANSIT), D.IN_TRANSIT),  # nobody at home: back to the depot
        ((D.IN_TRANSIT, D.LABEL_CREATED), D.IN_TRANSIT),
        ((D.DELIVERED, D.IN_TRANSIT), D.DELIVERED),
        ((D.DELIVERED, D.EXCEPTION), D.EXCEPTION),
        ((D.DELIVERED, D.RETURNED_TO_SENDER), D.RETURNED_TO_SENDER),
        ((D.LOST, D.IN_TRANSIT), D.IN_TRANSIT),  # found
        ((D.EXCEPTION, D.DELIVERED), D.DELIVERED),
        ((D.RETURNED_TO_SENDER, D.IN_TRANSIT, D.DELIVERED), D.RETURNED_TO_SENDER),  # delivered to the sender
    ],
)
def test_a_parcel_is_where_its_carrier_brought_it(states: tuple[DeliveryState, ...], where: DeliveryState) -> None:
    assert whereabouts(told(*states)).state == where


def test_what_a_person_says_is_believed_at_once() -> None:
    assert whereabouts([*told(D.DELIVERED), Told(D.NONE, NOON + timedelta(hours=1), said=1)]).state == D.NONE
    assert whereabouts([Told(D.NONE, NOON, said=2), Told(D.DELIVERED, NOON, said=1)]).state == D.NONE


@given(st.lists(st.tuples(st.sampled_from([*D][1:]), st.integers(0, 9)), max_size=8), st.randoms())
def test_any_sequence_repeated_and_shuffled_leads_to_the_same_place(
    events: list[tuple[DeliveryState, int]], dice: Random
) -> None:
    once = [Told(state, NOON + timedelta(hours=hours)) for state, hours in events]
    again = once + once[: len(once) // 2]
    dice.shuffle(again)

    assert whereabouts(again) == whereabouts(once)
    # Told one by one, what is known at the end is the same.
    assert whereabouts([*again, *once]) == whereabouts(once)


@pytest.mark.parametrize(
    ("parcels", "item"),
    [
        ((), D.NONE),
        ((D.DELIVERED, D.DELIVERED), D.DELIVERED),
        ((D.DELIVERED, D.IN_TRANSIT), D.IN_TRANSIT),
        ((D.DELIVERED, D.NONE), D.IN_TRANSIT),
        ((D.LABEL_CREATED, D.NONE), D.NONE),
        ((D.DELIVERED, D.LOST), D.LOST),
        ((D.EXCEPTION, D.DAMAGED), D.DAMAGED),
    ],
)
def test_an_item_is_delivered_with_the_last_of_its_parcels(
    parcels: tuple[DeliveryState, ...], item: DeliveryState
) -> None:
    found = of_item([Whereabouts(state, NOON + timedelta(hours=n)) for n, state in enumerate(parcels)])

    assert found.state == item
    if item == D.DELIVERED:
        assert found.since == NOON + timedelta(hours=1)
