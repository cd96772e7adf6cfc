"""The rules of the machine: what may be done at any moment, and with what. Every choice is finite, so that chance of any kind may draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from fulfillment.chaos.money import desk, exchanges, floor, hands, office, records, returns
from fulfillment.chaos.money.books import DECLINED, SHORT
from fulfillment.chaos.money.gateway import Luck
from fulfillment.chaos.money.stage import Stage
from fulfillment.exchanges.states import ExchangePolicy
from fulfillment.returns.states import Disposition


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that may be done to a stage; each of its arguments is one of some `choices`."""

    act: Callable[..., None]
    weight: int
    choices: Mapping[str, Sequence[Any]]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.act.__name__

    def do(self, stage: Stage, arguments: Mapping[str, Any]) -> None:
        """Do it. Raises FulfillmentError where that is refused."""
        self.act(stage, **arguments)


def _rule(act: Callable[..., None], weight: int, **choices: Sequence[Any]) -> Rule:
    return Rule(act, weight, choices)


_WHICH: Final = (0, 1, 2, 3)
_BOTH: Final = (False, True)
_PAYMENTS: Final = (None, None, 0, 1, 2)
_AMOUNTS: Final = (None, None, 1, 400, 999)
_SKUS: Final = ("MUG", "CUP", "LAMP")
_BASKETS: Final = (
    (("MUG", 1),),
    (("MUG", 2), ("SONG", 1)),
    (("CUP", 1), ("LAMP", 1)),
    (("SONG", 2),),
    (("MUG", 1), ("CUP", 2), ("SONG", 1)),
)
_CARDS: Final = (
    (("tok_ok", None),),
    (("tok_ok", None),),
    ((SHORT, None),),
    ((SHORT, None),),
    (("tok_part", 90),),
    (("tok_part", 90), ("tok_more", 40)),
    ((DECLINED, None),),
    (),
)
_STROKES: Final = tuple((luck,) for luck in Luck) + tuple(
    pair for pair in product(Luck, Luck) if pair[0] is not pair[1] or pair[0] is Luck.NO
)

RULES: Final[tuple[Rule, ...]] = (
    _rule(office.place, 9, basket=_BASKETS, cards=_CARDS, market=("UK", "DE"), split=_BOTH),
    _rule(office.pay, 3, n=_WHICH, token=("tok_ok", SHORT, DECLINED, None, None), amount=(None, None, 90, 400)),
    _rule(office.capture, 6, n=_WHICH, amount=_AMOUNTS, card=_PAYMENTS),
    _rule(office.refund, 6, n=_WHICH, amount=_AMOUNTS, card=_PAYMENTS),
    _rule(office.refund_pieces, 3, n=_WHICH, quantity=(1, 2), with_shipping=_BOTH),
    _rule(office.void, 2, n=_WHICH),
    _rule(office.cancel, 2, n=_WHICH),
    _rule(office.edit, 3, n=_WHICH, quantity=(1, 2, 3), sku=(None, None, "MUG", "LAMP"), discount=(None, 0, 150)),
    _rule(office.hold, 1, n=_WHICH),
    _rule(office.let_go, 2, n=_WHICH, then_cancel=(False, False, True)),
    _rule(records.compare, 1),
    _rule(records.pay_out, 2, n=_WHICH, done=(True, True, False)),
    _rule(desk.move, 3, n=_WHICH, card=(0, 1, 2), kind=desk.KINDS, most=(None, 1, 400)),
    _rule(desk.tell, 2, latest=(1, 3, 9), backward=_BOTH, times=(1, 3)),
    _rule(records.sync, 2, n=_WHICH),
    _rule(records.dispute, 1),
    _rule(office.hand_in, 2, n=_WHICH, short_of=(0, 0, 1), used=(False, False, True)),
    _rule(returns.send_back, 2, n=_WHICH, quantity=(1, 1, 2), reason=returns.REASONS),
    _rule(returns.come_back, 3, n=_WHICH, sku=("MUG", "CUP"), quantity=(1, 2), becomes=tuple(Disposition)),
    _rule(returns.pay_back, 3, n=_WHICH, amount=(None, None, None, 0, 90), without_rest=_BOTH),
    _rule(returns.keep, 1, n=_WHICH),
    _rule(
        exchanges.swap,
        3,
        n=_WHICH,
        quantity=(1, 1, 2),
        sku=("MUG", "CUP", "LAMP"),
        policy=tuple(ExchangePolicy),
        token=("tok_ok", DECLINED, None),
    ),
    _rule(exchanges.settle_short, 2, n=_WHICH, without_rest=_BOTH),
    _rule(exchanges.call_off, 1, n=_WHICH),
    _rule(floor.receive, 2, sku=_SKUS, quantity=(2, 9), warehouse="AB"),
    _rule(floor.adjust, 1, sku=_SKUS, quantity=(-2, -1, 1), warehouse="AB"),
    _rule(floor.split, 1, n=_WHICH, quantity=(1, 2)),
    _rule(floor.release, 1, n=_WHICH),
    _rule(floor.picklist, 1, n=_WHICH),
    _rule(floor.complete, 1, n=_WHICH),
    _rule(floor.walk, 10, n=_WHICH, steps=(3, 3, 2, 1)),
    _rule(hands.bad_luck, 6, strokes=_STROKES),
    _rule(hands.deaf, 1, questions=(1, 2)),
    _rule(hands.work, 8, most=(1, 3, 30), backward=_BOTH, twice=_BOTH, lose_half=_BOTH),
    _rule(hands.work_off, 5),
    _rule(hands.hasten, 5),
    _rule(hands.stale, 2, n=range(1000)),
    _rule(hands.replay, 1),
    _rule(hands.sweep, 2, name=hands.SWEEP_NAMES),
    _rule(hands.forward, 2, seconds=(1, 60, 3600, 40_000, 90_000)),
)
