"""
Two clients at the same moment, over the whole API, while a worker is at work.

What they ask is an act of `acts.py` on what there is, and where that is part of an order, on the same order for both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from acts import Act
from api_client import Api, Caller
from builders import Shop, broken, hasten, rows, work_off
from conformance import ALSO, THINGS
from fakes.gateway import ScriptedGateway
from racing import at_once
from werkzeug.test import TestResponse

from fulfillment.access.models import Role
from fulfillment.chaos.crash.desk import STILL_RUNNING
from fulfillment.checks.invariant import listed
from fulfillment.process import STEPS, SWEEPS
from fulfillment.wiring import Services
from fulfillment.workflow.sweeps import run_sweep

_ORDERS: Final = "SELECT id FROM purchase_order ORDER BY char_length(number), number"
_OF_AN_ORDER: Final = {
    "number": "SELECT number FROM purchase_order WHERE id = :order",
    "line_id": "SELECT id FROM line_item WHERE order_id = :order ORDER BY position, id",
    "shipment_id": "SELECT id FROM shipment WHERE order_id = :order ORDER BY char_length(number), number",
    "picklist_id": "SELECT DISTINCT picklist_id FROM shipment WHERE order_id = :order AND picklist_id IS NOT NULL",
    "hold_id": "SELECT id FROM hold WHERE order_id = :order AND status = 'open' ORDER BY opened_at, id",
    "payment_id": "SELECT id FROM payment WHERE order_id = :order ORDER BY position",
    **{
        f"{name}_id": f"SELECT id FROM {table} WHERE order_id = :order ORDER BY id"
        for name, table in (
            ("attempt", "payment_attempt"),
            ("chargeback", "chargeback"),
            ("exchange", "exchange"),
            ("label", "label"),
            ("note", "order_note"),
            ("parcel", "parcel"),
            ("put_back", "put_back"),
            ("return", "return_order"),
        )
    },
}
_MOST_TIMES_PUT_OFF: Final = 20
_PASSING: Final = tuple(name for name, step in STEPS.items() if step.passes_dead)
_UNANSWERED: Final = """
SELECT 'operation', o.id::text, o.kind FROM operation o
 WHERE o.finished_at IS NULL AND NOT EXISTS (SELECT FROM dispatch d WHERE d.operation_id = o.id)
UNION ALL
SELECT 'key', k.key, k.route FROM idempotency_key k WHERE k.status IS NULL
"""
_LEFT: Final = f"""
SELECT step, dead, last_error FROM dispatch d
 WHERE CASE WHEN dead THEN last_error NOT LIKE 'under_authorized: %' AND last_error NOT LIKE 'refused: %'
            ELSE step = ANY (ARRAY[{listed(_PASSING)}]) OR NOT EXISTS (
                 SELECT FROM dispatch e WHERE e.order_id = d.order_id AND e.lane = d.lane AND e.dead AND e.id < d.id)
       END
"""
"""
What is left although nothing is under way, and not because the gateway refused it, or goods have left for which no payment pays any
more: then a person is told, and what comes after it waits.
"""
_LEDGER: Final = """
SELECT p.reference, t.kind, sum(t.amount)::bigint FROM money_transfer t JOIN payment p ON p.id = t.payment_id
 WHERE p.method = 'card' AND t.kind IN ('authorize', 'capture', 'void', 'refund', 'expire')
   AND 'exchange' NOT IN (t.debit, t.credit) GROUP BY 1, 2
"""
_THINGS: Final = {
    **THINGS,
    "method code": "SELECT code FROM shipping_method",
    "promotion code": "SELECT code FROM promotion",
    "endpoint_id": "SELECT id FROM webhook_endpoint",
}
_CODES: Final = {
    "markets": "market",
    "warehouses": "warehouse",
    "shipping-methods": "method",
    "promotions": "promotion",
}
_MEANT: Final = {**ALSO, "code": "sku", "id": "line_id", "remove_lines": "line_id"}


@dataclass(frozen=True)
class Ask:
    """An act on what there is."""

    act: Act
    path: str
    body: Any

    def of(self, caller: Caller, key: str | None = None) -> TestResponse:
        if self.act.method == "POST":
            return caller.post(self.path, self.body, key=key)
        return caller.change(self.act.method, self.path + self.act.query, self.body)


class Clients:
    """Two clients, a worker, and a few orders at any point of their way."""

    def __init__(self, shop: Shop, api: Api, begun: Sequence[str]) -> None:
        self.shop = shop
        for sku, pieces in (("MUG", 12), ("PEN", 6)):
            shop.sells(sku, A=pieces, B=2)
        for state in begun:
            shop.up_to(state, ("MUG", 2), ("PEN", 1))
        shop.collects(("MUG", 1))
        shop.enters(("MUG", 1))
        self.callers = api.caller(Role.ADMIN, name="Ana"), api.caller(Role.ADMIN, name="Bo")
        self.documented = _documented(self.callers[0])

    def do(self, what: str, *more: Any) -> None:
        {
            "at once": self.ask_at_once,
            "twice": self.ask_twice,
            "luck": self.shop.gateway.will,
            "a day": self.pass_a_day,
        }[what](*more)

    def ask_at_once(self, first: Act, second: Act, order: int, nth: int, at_work: bool) -> None:  # noqa: FBT001
        """Both ask at the same moment, of what they saw before."""
        asks = [self._ask(act, order, nth) for act in (first, second)]
        calls = [lambda ask=ask, caller=caller: ask.of(caller) for ask, caller in zip(asks, self.callers, strict=True)]
        answers = at_once(*calls, *([self._work] if at_work else []))[:2]
        for ask, answer in zip(asks, answers, strict=True):
            self._hold(ask, answer)

    def ask_twice(self, act: Act, order: int, nth: int) -> None:
        """One asks twice at the same moment under one key, and once more: it is done once, and all of them hear the same."""
        ask, key, one = self._ask(act, order, nth), uuid4().hex, self.callers[0]
        answers = at_once(lambda: ask.of(one, key), lambda: ask.of(replace(one), key))
        heard = []
        for answer in (*answers, ask.of(one, key)):
            self._hold(ask, answer)
            heard += [_heard(answer)] * (answer.json.get("type") != STILL_RUNNING)
        assert heard == heard[:1] * len(heard), f"{ask}: {heard}"

    def pass_a_day(self) -> None:
        """What is due is done in time: a gateway is not asked after more than a day what became of a request."""
        self._work_off_all()
        self.shop.clock.forward(days=1)
        for sweep in SWEEPS:
            run_sweep(self.shop.services, sweep)

    def rest(self) -> None:
        """Let everything be worked off: then every invariant holds, all is answered, and our ledger is the journal."""
        services = self.shop.services
        self.shop.gateway.script.clear()
        self._work_off_all()
        left = (broken(services), rows(services, _UNANSWERED), rows(services, _LEFT))
        assert left == ({}, [], []), f"broken, unanswered, left: {left}"
        self.hold_against_the_journal()

    def hold_against_the_journal(self) -> None:
        """What moved by our ledger is what moved by the gateway's own books, by authorization and kind."""
        ours, theirs = _entries(self.shop.services, self.shop.gateway)
        assert ours == theirs, f"ours {ours - theirs}, the gateway's {theirs - ours}"

    def _work(self) -> None:
        work_off(self.shop.services)

    def _work_off_all(self) -> None:
        """Also what was put off until its gateway can be asked again."""
        for _ in range(_MOST_TIMES_PUT_OFF):
            hasten(self.shop.services)
            if not work_off(self.shop.services):
                return

    def _hold(self, ask: Ask, answer: Any) -> None:
        known = self.documented[ask.act.method, re.sub(r"<\w+:(\w+)>", r"{\1}", ask.act.rule)]
        assert answer.status_code in known, (
            f"{ask}: {answer.status_code} {answer.text}, and {sorted(known)} are documented"
        )

    def _ask(self, act: Act, order: int, nth: int) -> Ask:
        orders = rows(self.shop.services, _ORDERS) or [(0,)]
        there = There(self.shop.services, orders[order % len(orders)][0], nth)
        path = re.sub(
            r"([\w-]+)/<\w+:(\w+)>", lambda found: f"{found[1]}/{there.in_path(found[1], found[2])}", act.rule
        )
        return Ask(act, path, there.named(act.body))


@dataclass(frozen=True)
class There:
    """What there is: of one order, and the rest."""

    services: Services
    order: int
    nth: int

    def named(self, body: Any) -> Any:
        """Give a body in which what there is takes the place of ids and names."""
        if isinstance(body, list):
            return [self.named(each) for each in body]
        if not isinstance(body, dict):
            return body
        return {name: self._meant(_MEANT.get(name, name), value) for name, value in body.items()}

    def in_path(self, collection: str, name: str) -> str:
        """Give what takes the place of a name that stands in a path after its collection."""
        return str(self.one(_CODES.get(collection, name) if name == "code" else name, 1))

    def one(self, name: str, otherwise: Any) -> Any:
        """Give one thing of a kind; `otherwise` where there is none."""
        found = self._all(name)
        return found[self.nth % len(found)] if found else otherwise

    def _meant(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._meant(name, each) for each in value]
        return self.named(value) if isinstance(value, (dict, bool)) else self.one(name, value)

    def _all(self, name: str) -> list[Any]:
        if name in _OF_AN_ORDER:
            return [row[0] for row in rows(self.services, _OF_AN_ORDER[name], order=self.order)]
        return sorted(row[0] for row in rows(self.services, _THINGS[name])) if name in _THINGS else []


def _heard(answer: TestResponse) -> tuple[int, Any]:
    """Give what was answered; of a refusal, which is not kept but found anew, what it is about."""
    return answer.status_code, answer.json if answer.status_code < 400 else answer.json["type"]


def _documented(caller: Caller) -> dict[tuple[str, str], set[int]]:
    """The statuses of each route by the document; none of the server's own faults is allowed, documented or not."""
    paths = caller.get("/openapi.json").json["paths"]
    return {
        (method.upper(), path): {int(status) for status in operation["responses"] if int(status) < 500}
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def _entries(services: Services, gateway: ScriptedGateway) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """
    What moved by our ledger, and what moved by the gateway's journal: by authorization and kind.

    Of an order that was deleted we keep no ledger, and what moved between two orders no gateway hears of.
    """
    ours: Counter[tuple[str, str]] = Counter()
    for reference, kind, amount in rows(services, _LEDGER):
        ours[reference, kind] += amount
    numbers = {number for (number,) in rows(services, "SELECT number FROM purchase_order")}
    theirs: Counter[tuple[str, str]] = Counter()
    for reference, history in gateway.histories.items():
        for moved in history.transactions if history.merchant_reference in numbers else ():
            theirs[reference, moved.kind.value] += moved.amount
    return ours, theirs
