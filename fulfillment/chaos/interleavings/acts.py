"""What people and workers do to one order, whatever state it is in. A refusal is an outcome like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fulfillment.chaos.money import floor, office, records
from fulfillment.chaos.money.stage import Stage
from fulfillment.dispatch.claims import Claim
from fulfillment.exchanges.begin import ExchangeWanted, GoodsOut, begin_exchange
from fulfillment.exchanges.end import ExchangeCancellation, cancel_exchange
from fulfillment.exchanges.settle import settle_exchange
from fulfillment.kernel.errors import NotFound
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, authorize_return
from fulfillment.returns.complete import Completion, complete_return
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.receive import Arrived, receive_return
from fulfillment.returns.states import Condition, Disposition, ReturnReason
from fulfillment.workflow.run import run_step

ON_THE_SHELF: Final = 3
"""Pieces of the product of each scene."""

_SENT: Final = """
SELECT l.id FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE s.order_id = :id AND s.status = 'shipped' AND s.needs_shipping ORDER BY l.id
"""
_RETURN: Final = "SELECT id FROM return_order WHERE order_id = :id ORDER BY created_at DESC, number DESC"
_EXCHANGE: Final = "SELECT id FROM exchange WHERE order_id = :id"


@dataclass(frozen=True, slots=True)
class Scene:
    """One order of two pieces of a product of its own; `leased` are rows that were handed out and that no worker has done."""

    stage: Stage
    order_id: int
    sku: str
    leased: Sequence[tuple[str, Claim]] = ()

    @property
    def view(self) -> Stage:
        """The stage as if there were no other order."""
        holds = self.stage.ids("SELECT id FROM hold WHERE order_id = :id ORDER BY opened_at", id=self.order_id)
        return replace(self.stage, orders=[self.order_id], holds=holds)

    @property
    def line_sent(self) -> int:
        """A line that has left. Raises NotFound."""
        return _first(self.stage.ids(_SENT, id=self.order_id), "nothing has left")

    @property
    def return_id(self) -> int:
        """The latest return. Raises NotFound."""
        return _first(self.stage.ids(_RETURN, id=self.order_id), "no return")

    @property
    def exchange_id(self) -> int:
        """The exchange. Raises NotFound."""
        return _first(self.stage.ids(_EXCHANGE, id=self.order_id), "no exchange")


Act = Callable[[Scene], None]


def send_back(scene: Scene) -> None:
    """Ask to send one piece back."""
    wanted = ReturnWanted([PiecesBack(scene.line_sent, 1, ReturnReason.CHANGED_MIND)], notify_customer=False)
    stage = scene.stage
    with stage.services.transaction() as session:
        authorize_return(session, scene.order_id, wanted, cause=stage.cause, at=stage.clock())


def come_back(scene: Scene) -> None:
    """Receive one piece, and put it back on its shelf."""
    stage, back = scene.stage, scene.return_id
    place = stage.warehouses["A"]
    arrived = Arrived("one", scene.sku, 1, place, Condition.OPENED, Disposition.RESTOCKED)
    with stage.services.transaction() as session:
        receive_return(session, back, arrived, cause=stage.cause, at=stage.clock())


def exchange(scene: Scene) -> None:
    """Exchange one piece for another of the same product, by which the shelf is emptied."""
    wanted = ExchangeWanted(
        [PiecesBack(scene.line_sent, 1, ReturnReason.DOES_NOT_FIT)],
        [GoodsOut(scene.sku, 1)],
        notify_customer=False,
        shipping_method="post",
        token="tok_ok",  # noqa: S106 - a name that the gateway knows
    )
    stage = scene.stage
    with stage.services.transaction() as session:
        begin_exchange(session, scene.order_id, wanted, cause=stage.cause, at=stage.clock())


def work(scene: Scene) -> None:
    """A worker does what was handed out; two of them have the same message."""
    for step, claim in scene.leased:
        run_step(scene.stage.services, step, [claim])


def _pay_back(scene: Scene) -> None:
    back = scene.return_id
    with scene.stage.services.transaction() as session:
        complete_return(session, back, Completion(notify_customer=False, without_rest=True), asked=scene.stage.asked)


def _keep(scene: Scene) -> None:
    stage, back = scene.stage, scene.return_id
    with stage.services.transaction() as session:
        cancel_return(session, back, reason="they keep it", notify_customer=False, cause=stage.cause, at=stage.clock())


def _settle(scene: Scene) -> None:
    stage, found = scene.stage, scene.exchange_id
    with stage.services.transaction() as session:
        settle_exchange(session, found, cause=stage.cause, at=stage.clock(), without_rest=True)


def _call_off(scene: Scene) -> None:
    stage, found = scene.stage, scene.exchange_id
    with stage.services.transaction() as session:
        wanted = ExchangeCancellation("changed their mind", notify_customer=False)
        cancel_exchange(session, found, wanted, cause=stage.cause, at=stage.clock())


ACTS: Final[Mapping[str, Act]] = {
    "cancel": lambda scene: office.cancel(scene.view, 0),
    "hold": lambda scene: office.hold(scene.view, 0),
    "let go": lambda scene: office.let_go(scene.view, 0, then_cancel=False),
    "let go and cancel": lambda scene: office.let_go(scene.view, 0, then_cancel=True),
    "edit to fewer": lambda scene: office.edit(scene.view, 0, 1, None, None),
    "edit to more": lambda scene: office.edit(scene.view, 0, ON_THE_SHELF + 1, None, None),
    "discount": lambda scene: office.edit(scene.view, 0, 2, None, 100),
    "pay by hand": lambda scene: office.pay(scene.view, 0, None, None),
    "pay by card": lambda scene: office.pay(scene.view, 0, "tok_second", None),
    "capture": lambda scene: office.capture(scene.view, 0, None, None),
    "refund": lambda scene: office.refund(scene.view, 0, 500, None),
    "void": lambda scene: office.void(scene.view, 0),
    "compare with the gateway": lambda scene: records.sync(scene.view, 0),
    "ask for release": lambda scene: floor.release(scene.view, 0),
    "ask for a picklist": lambda scene: floor.picklist(scene.view, 0),
    "ask for completion": lambda scene: floor.complete(scene.view, 0),
    "split": lambda scene: floor.split(scene.view, 0, 1),
    "receive": lambda scene: floor.receive(scene.view, scene.sku, 2, "A"),
    "miss a piece": lambda scene: floor.adjust(scene.view, scene.sku, -1, "A"),
    "send back": send_back,
    "come back": come_back,
    "pay back": _pay_back,
    "keep": _keep,
    "exchange": exchange,
    "settle the exchange": _settle,
    "call the exchange off": _call_off,
    "work": work,
}


def _first(found: Sequence[int], missing: str) -> int:
    if not found:
        raise NotFound(missing)
    return found[0]
