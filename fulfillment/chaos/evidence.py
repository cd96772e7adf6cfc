"""What the outside world has in hand after a kill loop: the gateway's journal, the mails, and the tables themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from sqlalchemy import Engine, text

from fulfillment.notifications.outbox import mails_in

_PAGE: Final = 1000
_QUESTION: Final = "query"
_OF_CARRIER: Final = {"sale": "label", "void": "label void"}


@dataclass(frozen=True, slots=True)
class Mail:
    """The headers of one mail that left."""

    message_id: str
    order: str
    kind: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One movement of money in the gateway's own journal. `order` is the reference that we gave, in minor units."""

    order: str
    operation: str
    amount: int


def money_moved(gateway_url: str) -> list[Effect]:
    """What the gateway did; what it refused is no effect."""
    return [
        Effect(entry["merchant_reference"], entry["operation"], entry["amount"])
        for entry in _pages(gateway_url, "journal", "entries")
        if entry["status"] == "succeeded"
    ]


def labels_sold(carrier_url: str) -> list[Effect]:
    """What the carrier sold and took back; each counts 1. What it refused is no effect."""
    return [
        Effect(entry["merchant_reference"].split("-")[0], _OF_CARRIER[entry["kind"]], 1)
        for entry in _pages(carrier_url, "journal", "entries")
        if entry["code"] is None and entry["kind"] in _OF_CARRIER
    ]


def repeated_calls(gateway_url: str) -> int:
    """How many calls the gateway heard again under a key that it knew; questions do not count."""
    keys = Counter(call["key"] for call in _pages(gateway_url, "calls", "calls") if call["operation"] != _QUESTION)
    return sum(count - 1 for count in keys.values())


def mails_sent(folder: Path) -> list[Mail]:
    """Every mail that left, repeats too."""
    return [_headers(mail) for mail in mails_in(folder)]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What our own database says of one order. `pieces_shipped` are those of its stock movements."""

    number: str
    status: str
    payment_status: str
    total: int
    pieces_shipped: int


_ORDERS: Final = text("""
SELECT o.number, o.status, o.payment_status, o.total,
       CAST(coalesce((SELECT -sum(m.on_hand_change) FROM line_item l JOIN stock_movement m ON m.line_id = l.id
                       WHERE l.order_id = o.id AND m.kind = 'shipped'), 0) AS bigint) AS pieces_shipped
  FROM purchase_order o
""")

_OVERSOLD: Final = text("""
SELECT count(*) FROM stock s
 WHERE s.on_hand < 0 OR s.allocated < 0 OR s.allocated > s.on_hand
    OR s.on_hand <> (SELECT coalesce(sum(m.on_hand_change), 0) FROM stock_movement m
                      WHERE m.product_id = s.product_id AND m.warehouse_id = s.warehouse_id)
""")

_STANDINGS: Final = text("""
SELECT o.number || ' has ' || o.open_holds || ' holds; ' || coalesce(
         (SELECT string_agg(s.number || ' is ' || s.status, ', ' ORDER BY s.number) FROM shipment s WHERE s.order_id = o.id),
         'nothing to ship') || '; due: ' || coalesce(
         (SELECT string_agg(d.step || ', handed out ' || d.fence || CASE WHEN d.dead THEN ' times, dead' ELSE ' times' END, '; ' ORDER BY d.id)
            FROM dispatch d WHERE d.order_id = o.id),
         'nothing')
  FROM purchase_order o WHERE o.number = ANY (CAST(:numbers AS text[])) ORDER BY o.number
""")

_DEAD: Final = text("SELECT count(*) FROM dispatch WHERE dead")


def orders_in(engine: Engine) -> list[OrderRow]:
    """Every order there is."""
    with engine.connect() as connection:
        return [OrderRow(*row) for row in connection.execute(_ORDERS)]


def standings(engine: Engine, numbers: Sequence[str]) -> list[str]:
    """Say of each order how its shipments stand and what is still due: whether it is late, or stands still."""
    with engine.connect() as connection:
        return list(connection.execute(_STANDINGS, {"numbers": list(numbers)}).scalars())


def oversold_shelves(engine: Engine) -> int:
    """Shelves with less on them than was promised, or than their movements say."""
    with engine.connect() as connection:
        return int(connection.execute(_OVERSOLD).scalar_one())


def dead_letters(engine: Engine) -> int:
    """Steps that failed for good: nothing was lost, but a person would have to come."""
    with engine.connect() as connection:
        return int(connection.execute(_DEAD).scalar_one())


def _pages(gateway_url: str, path: str, name: str) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        url = f"{gateway_url}/v1/{path}?after={after}&limit={_PAGE}"
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - our own http address
            page = json.load(answer)
        yield from page[name]
        after = page["next"]


def _headers(mail: bytes) -> Mail:
    head = mail.split(b"\r\n\r\n", 1)[0].decode()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)
    return Mail(fields["Message-ID"], fields["X-Order-Number"], fields["X-Mail-Kind"])
