"""
Any accepted configuration, any sequence of states set over HTTP and of verbs: what is on hold or uncovered never ships.

And whatever two clients ask at the same moment, over the whole API: all is answered, and nothing breaks.
"""

import os
from typing import Any

import pytest
from acts import EVERYTHING, LIES, LIFE
from api_client import Api, Caller, api_of
from builders import Shop, broken, emptied, rows, work_off
from configurations import HOLDS, accepted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from two_clients import Clients

from fulfillment.access.models import Role
from fulfillment.orders.configuration.configuration import Configuration
from fulfillment.payments.gateway.port import TransactionKind
from fulfillment.wiring import Services
from web.route import ROUTES

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_SEQUENCES=2000 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_SEQUENCES", "20"))
_MEETINGS = int(os.environ.get("RANDOM_SEQUENCES", "3"))
_WORKED = ("released", "packing", "shipped")

actions = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 6)),
    st.tuples(st.just("set"), st.integers(0, 6)),
    st.tuples(st.just("hold"), st.sampled_from((*HOLDS, "verify order"))),
    st.tuples(st.just("let go"), st.integers(0, 3)),
    st.tuples(st.just("pay"), st.sampled_from((None, 1, 999))),
    st.tuples(st.just("refund"), st.just(None)),
    st.tuples(st.just("work"), st.sampled_from((0, 1, 2, 3))),
    st.tuples(st.just("work"), st.sampled_from((0, 1, 2, 3))),
)


class Desk:
    """One order, and everything that people do to it."""

    def __init__(self, services: Services, configuration: Configuration, market: str) -> None:
        self.shop = Shop(services).open()
        self.shop.sells("MUG", A=9)
        self.states = [state.name for state in configuration.states]
        self.caller: Caller = api_of(services).caller(Role.ADMIN)
        self._configured(configuration)
        placed = self.shop.places(("MUG", 1), tokens=(), market=market)
        self.id, self.path = placed.id, f"/v1/orders/{placed.number}"

    def do(self, name: str, value: Any) -> None:
        getattr(self, name.replace(" ", "_"))(value)

    def set(self, n: int) -> None:
        state = self.states[n % len(self.states)]
        body = {"state": state, "reason": "so it is", "notify_customer": False}
        answer = self.caller.change("PUT", f"{self.path}/state", body)
        assert answer.status_code in (200, 409), answer.text
        assert answer.status_code == 409 or answer.json["state"] == state

    def hold(self, reason: str) -> None:
        self.caller.post(f"{self.path}/holds", {"reason": reason})

    def let_go(self, n: int) -> None:
        open_holds = [each["id"] for each in self.order["holds"] if each["status"] == "open"]
        if open_holds:
            self.caller.post(f"{self.path}/holds/{open_holds[n % len(open_holds)]}/release", {})

    def pay(self, amount: int | None) -> None:
        body = {"method": "manual", **({} if amount is None else {"amount": {"amount": amount, "currency": "GBP"}})}
        self.caller.post(f"{self.path}/payments", body)

    def refund(self, _: None) -> None:
        for payment in self.shop.payments(self.id):
            self.caller.post(f"/v1/payments/{payment}/refunds", {"reason": "goodwill"})
        work_off(self.shop.services, only="payments")

    def work(self, steps: int) -> None:
        work_off(self.shop.services)
        for n, act in enumerate((self.shop.releases, self.shop.picklists, self.shop.completes)):
            if n < steps and self.shop.shipments(self.id, ("inventory_assigned", "released", "packing")[n]):
                act(self.id)
                work_off(self.shop.services)

    @property
    def order(self) -> dict[str, Any]:
        found: dict[str, Any] = self.caller.get(self.path).json
        return found

    @property
    def blocked(self) -> bool:
        """On hold, or not covered."""
        [row] = rows(
            self.shop.services,
            "SELECT open_holds > 0 OR open_authorized + captured + manual - refunded < total - canceled_amount"
            " FROM purchase_order WHERE id = :id",
            id=self.id,
        )
        return bool(row[0])

    @property
    def way(self) -> int:
        """How far the shipment has come towards the carrier."""
        [status] = self.shop.statuses(self.id)
        return _WORKED.index(status) + 1 if status in _WORKED else 0

    def _configured(self, configuration: Configuration) -> None:
        made = self.caller.post(
            "/v1/order-configurations",
            {
                "name": configuration.name,
                "states": [
                    {
                        "name": each.name,
                        "meaning": each.meaning,
                        "reason": each.reason,
                        "other_reasons": each.other_reasons,
                    }
                    for each in configuration.states
                ],
                "transitions": [
                    {"from": each.source, "to": each.target, "keeps_hold": each.keeps_hold}
                    for each in configuration.transitions
                ],
                "activate": True,
            },
        )
        assert made.status_code == 201, made.text


@settings(
    max_examples=_SEQUENCES,
    deadline=None,
    derandomize="RANDOM_SEQUENCES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(accepted(), st.sampled_from(("UK", "DE")), st.lists(actions, min_size=5, max_size=15))
def test_what_is_on_hold_or_uncovered_is_never_released_or_shipped(
    services: Services, configuration: Configuration, market: str, sequence: list[tuple[str, Any]]
) -> None:
    desk = Desk(emptied(services, services.settings.home), configuration, market)
    for name, value in sequence:
        blocked, way = desk.blocked, desk.way
        desk.do(name, value)
        # Setting a state and paying only lift what blocks; it is the work that moves shipments on.
        assert not blocked or desk.way <= way, (name, value)
    assert broken(desk.shop.services) == {}


any_act = st.one_of(st.sampled_from(LIFE), st.sampled_from(LIFE), st.sampled_from(EVERYTHING))
any_command = any_act.filter(lambda act: act.method == "POST")
numbers = st.integers(0, 11)
meetings = {
    "at once": st.tuples(st.just("at once"), any_act, any_act, numbers, numbers, st.booleans()),
    "twice": st.tuples(st.just("twice"), any_command, numbers, numbers),
    "luck": st.tuples(st.just("luck"), st.sampled_from(("refuse", "cut before", "cut after"))),
    "a day": st.tuples(st.just("a day")),
}
meeting = st.sampled_from(["at once"] * 18 + ["twice"] * 6 + ["luck"] * 3 + ["a day"]).flatmap(meetings.__getitem__)


@settings(
    max_examples=_MEETINGS,
    deadline=None,
    derandomize="RANDOM_SEQUENCES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.sampled_from(("assigned", "released", "packing", "shipped")), min_size=2, max_size=3),
    st.lists(meeting, min_size=12, max_size=40),
)
def test_whatever_two_clients_ask_at_the_same_moment_is_answered_and_breaks_nothing(
    services: Services, begun: list[str], sequence: list[tuple[Any, ...]]
) -> None:
    shop = Shop(emptied(services, services.settings.home)).open()
    clients = Clients(shop, api_of(shop.services), begun)
    for what, *more in sequence:
        clients.do(what, *more)
    clients.rest()


def test_every_route_that_changes_something_is_among_the_acts() -> None:
    among = {f"{act.method} {act.rule}" for act in EVERYTHING} | {f"POST {rule}" for rule in LIES}
    assert among == {route.name for route in ROUTES.values() if route.method != "GET" and route.roles}


def test_what_is_undocumented_left_unanswered_or_moved_by_nobody_is_found(shop: Shop, api: Api) -> None:
    clients = Clients(shop, api, ["packing"])
    hold = next(act for act in LIFE if act.rule.endswith("/holds"))
    clients.ask_twice(hold, 0, 0)
    clients.rest()

    with shop.services.transaction() as session:
        session.execute(text("UPDATE idempotency_key SET status = NULL"))
    with pytest.raises(AssertionError, match="key"):
        clients.rest()

    [reference] = shop.gateway.histories
    shop.gateway.at_desk(TransactionKind.REFUND, reference, 1)
    with pytest.raises(AssertionError, match="refund"):
        clients.hold_against_the_journal()

    clients.documented = {name: set() for name in clients.documented}
    with pytest.raises(AssertionError, match=r"201 .* are documented"):
        clients.ask_at_once(hold, hold, 0, 0, at_work=False)
