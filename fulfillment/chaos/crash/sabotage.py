"""
Sabotage, for the matrix to find: what keeps effects single and work from being forgotten is taken out of every process.

The processes of a watched system are killed and born again, sabotaged; one or two stories must then be judged as wrong.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fulfillment.chaos.crash.points import Board
from fulfillment.chaos.crash.rounds import Rounds, Told
from fulfillment.chaos.crash.stories import captured_by_hand, shipped
from fulfillment.chaos.crash.story import Story, open_for_stories
from fulfillment.chaos.crash.system import watched
from fulfillment.chaos.crash.watch import replace
from fulfillment.chaos.money.sabotage import SABOTAGES as OF_MONEY
from fulfillment.chaos.unfenced import unfence
from fulfillment.client.store import open_store
from fulfillment.payments.attempts import plan
from fulfillment.process import EVENTS
from fulfillment.runtime.system import System

_SENT: Final = "payments.authorize worker gateway.send-1 after"


def _unfence() -> None:
    _turn_a_deaf_ear()
    unfence()


def _send_under_a_new_key() -> None:
    _turn_a_deaf_ear()
    OF_MONEY["new-key"]()


def _turn_a_deaf_ear() -> None:
    """What the gateway tells by itself may come before a row is handed out again, and then nothing is sent twice."""
    EVENTS["payment.hinted"] = ()


def _forget_a_row() -> None:
    """What has shipped is no longer followed by its capture."""
    EVENTS["shipment.shipped"] = tuple(step for step in EVENTS["shipment.shipped"] if step != "payments.capture")


def _drop_a_guard() -> None:
    """A capture no longer looks at what is paid already."""

    def whatever_it_costs(_order: Any, _payments: Any, cost: int) -> int:
        return cost

    replace(plan, owed=whatever_it_costs)


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What is broken, and under which story and which kill that must show."""

    spoil: Callable[[], None]
    story: Story
    armed: Sequence[str] = ()


SABOTAGES: Final[Mapping[str, Sabotage]] = {
    "no-fence": Sabotage(_unfence, shipped, [_SENT]),
    "new-key": Sabotage(_send_under_a_new_key, shipped, [_SENT]),
    "no-row": Sabotage(_forget_a_row, shipped),
    "no-guard": Sabotage(_drop_a_guard, captured_by_hand),
}


def run_sabotages(home: Path, names: Sequence[str] = tuple(SABOTAGES)) -> dict[str, Told]:
    """Break one thing after the other in one system, and give what was told of each; "" first, where nothing is broken."""
    board = Board(home / "points")
    with watched(home / "system", board) as system:
        store = open_store(system)
        open_for_stories(store)
        with Rounds(system, store, board) as rounds:
            told = {"": rounds.run([], stories=[each.story for each in SABOTAGES.values()])}
            for name in names:
                _bear_again(system, board, name)
                told[name] = rounds.run(SABOTAGES[name].armed, stories=[SABOTAGES[name].story])
    return told


def _bear_again(system: System, board: Board, sabotage: str) -> None:
    board.sabotage(f"{__name__}:{sabotage}")
    os.kill(system.processes["nursery"].pid, signal.SIGHUP)


def spoil(name: str) -> None:
    """Break this process."""
    SABOTAGES[name].spoil()
