"""What may happen to an exchange."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.kernel.machine import Machine, row

AWAITING_RETURN: Final = "awaiting_return"
"""The reason of the hold under which the goods of an exchange wait for those that come back."""


class ExchangePolicy(StrEnum):
    """Which goods go first."""

    AFTER_GOODS = "after_goods"
    """What goes out waits until what comes back was accepted."""
    GOODS_FIRST = "goods_first"
    """What goes out waits for nothing. Where nothing comes back, it is to be paid."""


class ExchangeStatus(StrEnum):
    """How far an exchange has come. `unreturned`: the goods went first, and nothing came back."""

    OPEN = "open"
    SETTLED = "settled"
    UNRETURNED = "unreturned"
    CANCELED = "canceled"


_S = ExchangeStatus
EXCHANGE: Final = Machine(
    "exchange",
    ExchangeStatus,
    initial=_S.OPEN,
    rows=(
        row("settle_exchange", {_S.OPEN}, _S.SETTLED),
        row("lose_goods", {_S.OPEN}, _S.UNRETURNED),
        row("cancel_exchange", {_S.OPEN}, _S.CANCELED),
    ),
)
