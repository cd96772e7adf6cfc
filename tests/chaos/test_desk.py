"""A story gives up on what stands still, and on nothing that is only late."""

from itertools import count
from types import SimpleNamespace

import pytest

from fulfillment.chaos.crash.desk import Desk, StoryStuck
from fulfillment.chaos.evidence import standings

ADMIN = SimpleNamespace(admin=lambda: None)


def test_what_is_late_is_waited_for_as_long_as_anything_is_due():
    looks, answers = count(1), iter([True, True, False])
    desk = Desk(ADMIN, patience=0, at_work=lambda: next(answers))

    assert desk.until("the fourth look", lambda: next(looks) == 4) is True
    assert list(answers) == []


def test_what_stands_still_is_given_up():
    desk = Desk(ADMIN, patience=0, at_work=lambda: False)
    with pytest.raises(StoryStuck, match="waited in vain for a miracle"):
        desk.until("a miracle", lambda: None)


def test_of_a_story_that_is_stuck_it_is_told_how_its_orders_stand(shop):
    shop.sells("KETTLE", A=2)
    done = shop.up_to("released", ("KETTLE", 1))
    late = shop.places(("KETTLE", 1))

    assert standings(shop.services.engine, [done.number]) == [
        f"{done.number} has 0 holds; {done.number}-1 is released; due: nothing"
    ]
    assert standings(shop.services.engine, [late.number]) == [
        f"{late.number} has 0 holds; {late.number}-1 is pending; due: payments.authorize, handed out 0 times"
    ]
