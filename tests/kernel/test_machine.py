"""Machines: the tables decide, and nothing else."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from fulfillment.kernel.job import Refusal
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


@dataclass
class Lamp:
    id: int
    status: str
    order_id: int | None = None


def test_a_set_is_parted_into_those_that_may_move_and_the_refusals_of_the_others() -> None:
    machine = Machine(
        "lamp", Light, Light.RED, [row("go_on", {Light.RED}, Light.GREEN), row("break", {Light.RED}, Light.RED)]
    )
    may, has_gone, is_off = Lamp(1, Light.RED), Lamp(2, Light.GREEN), Lamp(3, Light.RED)
    off = Refusal(3, guard="power", reason="it is off", remedy="switch it on")

    allowed, refused = machine.admit(
        "go_on", [may, has_gone, is_off], guards=[lambda _: None, lambda lamp: off if lamp.id == 3 else None]
    )

    assert allowed == [may]
    assert refused == [
        Refusal(
            2,
            guard="status",
            reason="cannot go on: the lamp is green",
            remedy="nothing is to be done: it stays green, or becomes what this is not for",
        ),
        off,
    ]


def test_what_may_still_become_possible_says_when() -> None:
    machine = Machine(
        "lamp", Light, Light.RED, [row("go", {Light.RED}, Light.GREEN), row("stop", {Light.GREEN}, Light.RED)]
    )

    [refused] = machine.admit("stop", [Lamp(1, Light.RED)])[1]
    with pytest.raises(IllegalMoveError, match=r"^cannot stop a lamp that is red$"):
        machine.target(Light.RED, "stop")

    assert refused.remedy == "possible only while it is green"
    assert (machine.target(Light.RED, "go"), machine.allows(Light.GREEN, "go")) == (Light.GREEN, False)
    assert (machine.name, machine.states, machine.initial, len(machine.rows)) == ("lamp", Light, Light.RED, 2)
