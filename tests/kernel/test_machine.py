"""Machines: the tables decide, and nothing else."""

from enum import StrEnum

import pytest

from fulfillment.kernel.machine import IllegalMoveError, Machine, row
from fulfillment.orders.states import HOLD, ORDER, SHIPMENT
from fulfillment.payments.states import ATTEMPT, CHARGEBACK
from fulfillment.shipments.states import PICKLIST

MACHINES = [ORDER, SHIPMENT, HOLD, ATTEMPT, CHARGEBACK, PICKLIST]
FORBIDDEN = [(machine, state, verb) for machine in MACHINES for state, verb in machine.forbidden()]


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


@pytest.mark.parametrize(
    ("machine", "state", "verb"),
    FORBIDDEN,
    ids=[f"{verb} a {machine.name} {state}" for machine, state, verb in FORBIDDEN],
)
def test_the_table_forbids(machine: Machine, state: str, verb: str) -> None:
    assert not machine.allows(state, verb)
    with pytest.raises(IllegalMoveError, match=f"cannot {verb} a {machine.name} that is {state}"):
        machine.target(state, verb)


@pytest.mark.parametrize(
    ("machine", "count"), [(ORDER, 23), (SHIPMENT, 53), (HOLD, 1), (ATTEMPT, 25), (CHARGEBACK, 3), (PICKLIST, 1)]
)
def test_what_is_forbidden_is_known_to_the_last_pair(machine: Machine, count: int) -> None:
    assert len(machine.forbidden()) == count


def test_a_state_that_nobody_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="lamp: unreachable: green"):
        Machine("lamp", Light, Light.RED, [row("stop", {Light.RED}, Light.RED)])


def test_two_answers_to_one_question_are_refused() -> None:
    rows = [row("go", {Light.RED}, Light.GREEN), row("go", {Light.RED}, Light.RED)]
    with pytest.raises(ValueError, match="a verb leads to two states from the same state"):
        Machine("lamp", Light, Light.RED, rows)
