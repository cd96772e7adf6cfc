"""Where two acts meet: an order at some point of its way, often with a step of it in a worker's hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from sqlalchemy import text

from fulfillment.catalog.products import NewProduct, add_products, product_ids
from fulfillment.chaos.interleavings.acts import ACTS, ON_THE_SHELF, Scene
from fulfillment.chaos.money import floor, hands, office
from fulfillment.chaos.money.stage import CURRENCY, Stage
from fulfillment.dispatch.claims import Claim, lease_due
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.hint import take_hint
from fulfillment.workflow.run import run_step

BY_ITSELF: Final = "UK"
"""The market that releases by itself."""

_BY_HAND: Final = "DE"
_LEASE_SECONDS: Final = 86_400.0
_MOST_ROUNDS: Final = 50
_NUMBER: Final = text("SELECT number FROM purchase_order WHERE id = :id")

_HINT: Final = "hear of it"

_skus = count()


@dataclass(frozen=True, slots=True)
class Situation:
    """
    An order of a fresh product after these acts, each worked off.

    With `holds` the last of them is worked off only until this step is in a worker's hands, and stays there.
    """

    before: tuple[str, ...] = ()
    holds: str | None = None
    market: str = _BY_HAND
    quantity: int = 2
    needs_shipping: bool = True
    paid: bool = True

    def arise(self, stage: Stage) -> Scene:
        """Bring it about."""
        sku = self._stock_up(stage)
        cards = (("tok_ok", None),) if self.paid else ()
        office.place(stage, ((sku, self.quantity),), cards, self.market, split=False)
        made = Scene(stage, stage.orders[-1], sku)
        for name in self.before:
            hands.work_off(stage)
            (_hear_of if name == _HINT else ACTS[name])(made)
        if self.holds is None:
            hands.work_off(stage)
            return made
        return replace(made, leased=_until(stage, self.holds))

    def _stock_up(self, stage: Stage) -> str:
        sku = f"P{next(_skus)}"
        with stage.services.transaction() as session:
            product = NewProduct(sku, sku, price=1000, currency=CURRENCY, needs_shipping=self.needs_shipping)
            add_products(session, [product], at=stage.clock())
        with stage.services.transaction() as session:
            stage.products |= product_ids(session, [sku])
        floor.receive(stage, sku, ON_THE_SHELF, "A")
        hands.work_off(stage)
        return sku


def _hear_of(made: Scene) -> None:
    """The gateway tells that something happened."""
    stage = made.stage
    with stage.services.transaction() as session:
        number = session.execute(_NUMBER, {"id": made.order_id}).scalar_one()
        take_hint(session, Hint(f"evt_{number}", number, None), cause=stage.cause, at=stage.clock())


def _until(stage: Stage, wanted: str) -> list[tuple[str, Claim]]:
    """Do whatever is due but this step; give its rows, handed out."""
    for _ in range(_MOST_ROUNDS):
        with stage.services.transaction() as session:
            leased = lease_due(session, most=100, lease_seconds=_LEASE_SECONDS)
        for each in leased:
            if each.step != wanted:
                run_step(stage.services, each.step, [each.claim])
        if found := [(each.step, each.claim) for each in leased if each.step == wanted]:
            return found
    raise AssertionError(f"{wanted} is not due")


_SHIPPED: Final = ("ask for release", "ask for a picklist", "ask for completion")

SITUATIONS: Final[Mapping[str, Situation]] = {
    "unpaid": Situation(paid=False),
    "being authorized": Situation(holds="payments.authorize"),
    "being assigned": Situation(holds="inventory.assign"),
    "waiting": Situation(quantity=ON_THE_SHELF + 1),
    "being assigned late": Situation(("receive",), quantity=ON_THE_SHELF + 1, holds="inventory.assign_waiting"),
    "assigned": Situation(),
    "held": Situation(("hold",)),
    "being released": Situation(("ask for release",), holds="shipments.release"),
    "being let go": Situation(
        ("hold", "receive", "let go"),
        market=BY_ITSELF,
        quantity=ON_THE_SHELF + 1,
        holds="shipments.release_if_automatic",
    ),
    "released": Situation(("ask for release",)),
    "being put on a picklist": Situation(_SHIPPED[:2], holds="shipments.add_to_picklist"),
    "packing": Situation(_SHIPPED[:2]),
    "taken off a picklist": Situation((*_SHIPPED[:2], "cancel"), holds="shipments.close_picklist"),
    "being completed": Situation(_SHIPPED, holds="shipments.complete"),
    "being completed without a carrier": Situation(needs_shipping=False, holds="shipments.complete_unshippable"),
    "being captured": Situation(_SHIPPED, holds="payments.capture"),
    "shipped": Situation(_SHIPPED),
    "what is left being voided": Situation(("discount", *_SHIPPED), holds="payments.void_rest"),
    "being captured by hand": Situation(("capture",), holds="payments.send"),
    "being refunded": Situation((*_SHIPPED, "refund"), holds="payments.send"),
    "canceled": Situation(("capture", "cancel"), holds="payments.return_money"),
    "being compared": Situation((_HINT,), holds="payments.sync"),
    "coming back": Situation((*_SHIPPED, "send back")),
    "having come back": Situation((*_SHIPPED, "send back", "come back")),
    "being exchanged": Situation((*_SHIPPED, "exchange")),
    "being settled": Situation((*_SHIPPED, "exchange", "come back"), holds="exchanges.follow_returns"),
}
