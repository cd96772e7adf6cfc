"""Alarms: each limit is passed by what stands for a second longer, by nothing else, and by nothing that stands for less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from api_client import Api
from builders import Shop, work_off
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.alarms.limits import LIMITS
from fulfillment.alarms.look import alarms
from fulfillment.process import SWEEPS
from web.app import create_app

_HANDBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
_ROW = (
    "INSERT INTO dispatch (id, step, lane, order_id, subject_id, operation_id, due_at, fence, dead, cause_kind, cause_id, actor,"
    " created_at) SELECT 9, 'payments.sync', 'books', id, id, {operation}, {due}, {fence}, {dead}, 'request', 'r', 'ana', {since}"
    " FROM purchase_order WHERE number = :number"
)
_LABEL = (
    "INSERT INTO label (id, order_id, shipment_id, parcel_id, position, key, carrier, services, service, weight_grams, ship_from,"
    " ship_to, status, status_since, created_at, created_by)"
    " SELECT 9, id, 9, 9, 1, 'k', 'simulated', '[]', 'standard', 700, '{}', '{}', 'unknown', :since, :since, 'ana'"
    " FROM purchase_order WHERE number = :number"
)
_RETURN = (
    (
        "INSERT INTO return_order (id, order_id, number, status, settles_by, created_at, created_by, expires_at)"
        " SELECT 9, id, 'R9', 'receiving', 'refund', :since, 'ana', :since FROM purchase_order WHERE number = :number"
    ),
    (
        "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
        " SELECT 999, id, 'return', 9, 'receive_return', 'authorized', 'receiving', 'request', 'r', 'ana', :since"
        " FROM purchase_order WHERE number = :number"
    ),
)
_STANDS = "UPDATE shipment SET status = '{0}', status_since = :since WHERE order_id = (SELECT id FROM purchase_order WHERE number = :number)"

# limit: what makes something stand since a moment
PLANTS: dict[str, tuple[str, ...]] = {
    "step_due": (_ROW.format(due=":since", since="now()", fence=0, dead="false", operation="NULL"),),
    "step_open": (_ROW.format(due="now()", since=":since", fence=3, dead="false", operation="NULL"),),
    "dead_letter": (_ROW.format(due="now()", since=":since", fence=3, dead="true", operation="NULL"),),
    "operation_open": (_ROW.format(due="now()", since=":since", fence=0, dead="false", operation="5"),),
    "sweep_late": ("UPDATE sweep_run SET at = :since - interval '60 seconds' WHERE name = 'sweeps.match_tracking'",),
    "payment_undecided": ("UPDATE payment_attempt SET status = 'unknown', created_at = :since",),
    "payment_differs": (
        (
            "INSERT INTO payment_difference (order_id, payment_id, kind, what, reference, amount, currency, found_at)"
            " SELECT order_id, id, 'amounts_differ', 'capture', 'x', 1, 'GBP', :since FROM payment LIMIT 1"
        ),
    ),
    "authorization_ended": ("UPDATE payment SET expires_at = :since",),
    "pay_out_open": ("UPDATE payment_attempt SET status = 'by_hand', created_at = :since",),
    "order_on_hold": (
        "UPDATE purchase_order SET open_holds = 1 WHERE number = :number",
        (
            "INSERT INTO hold (id, order_id, status, reason, opened_at, opened_by)"
            " SELECT 9, id, 'open', 'fraud', :since, 'ana' FROM purchase_order WHERE number = :number"
        ),
    ),
    "shipment_awaiting_inventory": (_STANDS.format("awaiting_inventory"),),
    "shipment_inventory_assigned": (_STANDS.format("inventory_assigned"),),
    "shipment_released": (_STANDS.format("released"),),
    "shipment_packing": (_STANDS.format("packing"),),
    "picklist_open": ("UPDATE picklist SET created_at = :since",),
    "put_back_open": (
        (
            "INSERT INTO put_back (product_id, warehouse_id, order_id, line_id, quantity, created_at)"
            " SELECT product_id, 1, order_id, id, 1, :since FROM line_item LIMIT 1"
        ),
    ),
    "label_open": (_LABEL,),
    "parcel_problem_open": (
        (
            "INSERT INTO parcel_problem (id, order_id, parcel_id, kind, status, opened_at)"
            " SELECT 9, id, 9, 'lost', 'open', :since FROM purchase_order WHERE number = :number"
        ),
    ),
    "return_undecided": _RETURN,
    "webhook_endpoint_disabled": (
        (
            "INSERT INTO webhook_endpoint (id, url, events, status, disabled_because, status_since, secret, created_at, created_by)"
            " SELECT n, 'https://shop.example/hooks?token=x', '[]', 'disabled', because, :since, 's', :since, 'ana'"
            " FROM (VALUES (1, 'gone'), (2, 'asked')) AS v (n, because)"
        ),
    ),
    "drift_found": (
        (
            "INSERT INTO drift_item (reconciliation_id, drift, rule, place, facts, status, found_at)"
            " VALUES (9, 'stuck_step', 'r', '{}', '{}', 'open', :since)"
        ),
    ),
}
_BY_THE_DATABASES_CLOCK = ("step_due", "step_open", "dead_letter", "operation_open", "sweep_late")


def test_each_limit_has_its_plant_and_its_section_in_the_handbook() -> None:
    names = [limit.name for limit in LIMITS]

    assert list(PLANTS) == names
    assert [line.split("`")[1] for line in _HANDBOOK.splitlines() if line.startswith("### `")][: len(names)] == names


@contextmanager
def _undone(shop: Shop) -> Iterator[Session]:
    with shop.services.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session
        session.rollback()


def _raised(session: Session, at: datetime) -> list[tuple[str, int]]:
    return [(each.limit.name, each.count) for each in alarms(session, {}, at=at)]


def test_what_stands_over_its_limit_is_named_and_what_stands_for_less_is_not(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    shop.up_to("packing", ("MUG", 1))
    stands = shop.places(("MUG", 1))
    work_off(shop.services)
    with shop.services.transaction() as session:
        for sweep in SWEEPS:
            session.execute(text("INSERT INTO sweep_run (name, slot) VALUES (:name, 1)"), {"name": sweep})
        assert _raised(session, shop.now) == []

    found: dict[str, list[tuple[str, int]]] = {}
    too_soon: dict[str, list[tuple[str, int]]] = {}
    for limit in LIMITS:
        for seconds, into in ((limit.seconds + 30, found), (limit.seconds - 30, too_soon)):
            with _undone(shop) as session:
                clock = session.scalar(text("SELECT now()")) if limit.name in _BY_THE_DATABASES_CLOCK else shop.now
                for statement in PLANTS[limit.name]:
                    since = {"since": clock - timedelta(seconds=seconds), "number": stands.number}
                    bound = {name: value for name, value in since.items() if f":{name}" in statement}
                    session.execute(text(statement), bound)
                into[limit.name] = _raised(session, shop.now)

    assert {name: [each for each, _ in raised] for name, raised in found.items()} == {name: [name] for name in PLANTS}
    assert {name: raised for name, raised in too_soon.items() if raised} == {}


def test_an_alarm_says_what_since_when_and_what_to_do_and_its_limit_is_the_sites(shop: Shop) -> None:
    patient = replace(
        shop.services, settings=shop.services.settings.model_copy(update={"alarm_limits": {"order_on_hold": 7200}})
    )
    api = Api(patient, create_app(patient))
    csr = api.caller(Role.CSR)
    shop.sells("MUG", A=1)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.holds(placed.id, "fraud")
    with shop.services.transaction() as session:
        for sweep in SWEEPS:
            session.execute(text("INSERT INTO sweep_run (name, slot) VALUES (:name, 1)"), {"name": sweep})
    held_at = shop.now
    shop.clock.forward(seconds=7200)
    before = csr.get("/v1/alarms").json["alarms"]
    shop.clock.forward(seconds=1)
    [alarm] = csr.get("/v1/alarms").json["alarms"]

    assert before == []
    assert (alarm["name"], alarm["limit_seconds"], alarm["count"]) == ("order_on_hold", 7200, 1)
    assert (alarm["since"], alarm["examples"]) == (f"{held_at:%Y-%m-%dT%H:%M:%S}Z", [f"{placed.number}: fraud"])
    assert (alarm["severity"], alarm["handbook"]) == ("ticket", "docs/operations.md#order_on_hold")
    assert "/release" in alarm["remedy"]


def test_a_limit_that_nobody_knows_is_refused_at_start(shop: Shop) -> None:
    wrong = replace(shop.services, settings=shop.services.settings.model_copy(update={"alarm_limits": {"tea_time": 1}}))

    with pytest.raises(ValueError, match="there is no limit tea_time"):
        create_app(wrong)
