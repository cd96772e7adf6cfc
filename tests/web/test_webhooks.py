"""Webhooks: who subscribed is told what happens to orders, signed, in order, at least once, and nobody holds up anybody else."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from api_client import Api, Caller, a_checkout
from builders import Shop, broken, hasten, lease, one, rows, work_off
from fakes.receiver import ScriptedReceivers, Told
from standardwebhooks.webhooks import Webhook

from fulfillment.access.models import Role
from fulfillment.dispatch.dead_letters import MOST_FAILURES
from fulfillment.dispatch.sets import into_sets
from fulfillment.workflow import webhooks as delivering
from fulfillment.workflow.run import run_step
from fulfillment.workflow.sweeps import run_sweep

HERE = "https://shop.example/hooks"
THERE = "https://books.example/hooks"
_PLACED = ["order.placed", "order.covered", "shipment.inventory_assigned"]
_SHIPPED = ["shipment.released", "shipment.packing", "shipment.shipped", "order.completed", "payment.captured"]


@pytest.fixture(autouse=True)
def _goods(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=50)


@pytest.fixture
def receivers(shop: Shop) -> ScriptedReceivers:
    return cast("ScriptedReceivers", shop.services.outward)


def _subscribed(caller: Caller, url: str = HERE, *events: str) -> dict[str, Any]:
    answer = caller.post("/v1/webhook-endpoints", {"url": url, **({"events": list(events)} if events else {})})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def _endpoint(caller: Caller, made: dict[str, Any]) -> dict[str, Any]:
    return dict(caller.get(f"/v1/webhook-endpoints/{made['id']}").json)


def _deliveries(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    return list(caller.get("/v1/webhook-deliveries", **query).json["webhook_deliveries"])


def _passes(shop: Shop, seconds: float) -> None:
    shop.clock.forward(seconds=seconds)
    hasten(shop.services)
    work_off(shop.services)


def test_an_order_is_told_from_its_placing_to_its_end(shop: Shop, admin: Caller, receivers: ScriptedReceivers) -> None:
    made = _subscribed(admin)
    placed = shop.up_to("shipped", ("MUG", 1))

    assert receivers.events() == [*_PLACED, *_SHIPPED]
    first = receivers.told[0].said
    assert first["data"] == {"order": placed.number, "links": {"order": f"/v1/orders/{placed.number}"}}
    assert receivers.told[5].said["data"]["shipment"]["number"] == f"{placed.number}-1"
    assert all("example.org" not in told.body.decode() for told in receivers.told)  # no e-mail address of the customer
    for told in receivers.told:
        assert _is_signed_by(made["secret"], told)
    assert {row["status"] for row in _deliveries(admin)} == {"delivered"}
    assert len({told.id for told in receivers.told}) == 8
    assert broken(shop.services) == {}


def test_nothing_is_written_while_nobody_listens(shop: Shop, admin: Caller, receivers: ScriptedReceivers) -> None:
    shop.up_to("shipped", ("MUG", 1))
    assert one(shop.services, "SELECT count(*) FROM webhook_delivery") == 0
    assert one(shop.services, "SELECT count(*) FROM dispatch WHERE step LIKE 'webhooks.%'") == 0

    _subscribed(admin)  # from here on this process must notice by itself
    storefront_order = admin.post("/v1/checkouts", a_checkout())
    assert storefront_order.status_code == 202
    work_off(shop.services)

    assert receivers.events() == _PLACED
    assert broken(shop.services) == {}


def test_a_storefront_is_told_of_its_own_orders_and_sees_no_other_endpoint(
    api: Api, shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    ours, others = (api.caller(Role.STOREFRONT, storefront=name) for name in ("ours", "others"))
    mine, all_of_them = _subscribed(ours, HERE, "order.*"), _subscribed(admin, THERE, "order.placed")
    numbers = [caller.post("/v1/checkouts", a_checkout()).json["number"] for caller in (ours, others)]
    work_off(shop.services)

    assert [told.said["data"]["order"] for told in receivers.told if told.url == HERE] == [numbers[0]] * 2
    assert receivers.events(HERE) == ["order.placed", "order.covered"]
    assert [told.said["data"]["order"] for told in receivers.told if told.url == THERE] == numbers
    assert [each["id"] for each in ours.get("/v1/webhook-endpoints").json["webhook_endpoints"]] == [mine["id"]]
    assert {row["order"] for row in _deliveries(ours)} == {numbers[0]}
    path = f"/v1/webhook-endpoints/{all_of_them['id']}"
    for answer in (
        ours.get(path),
        ours.change("PATCH", path, {"status": "disabled"}),
        ours.change("DELETE", path),
        ours.post(f"{path}/secret"),
        ours.post(f"{path}/test"),
        ours.get(f"/v1/webhook-deliveries/{_deliveries(admin, endpoint_id=all_of_them['id'])[0]['id']}"),
        ours.post(f"/v1/webhook-deliveries/{_deliveries(admin, endpoint_id=all_of_them['id'])[0]['id']}/replay"),
    ):
        assert answer.status_code == 404
    theirs = {"endpoint_id": all_of_them["id"], "since": "2026-01-01T00:00:00Z"}
    assert ours.post("/v1/webhook-deliveries/replays", theirs).status_code == 422
    assert _endpoint(admin, all_of_them)["status"] == "enabled"


def test_what_fails_is_tried_again_in_order_and_holds_up_neither_others_nor_work(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    failing, good = _subscribed(admin, HERE), _subscribed(admin, THERE)
    receivers.scripts[HERE].extend([500, "timeout"])
    placed = shop.up_to("shipped", ("MUG", 1))

    assert one(shop.services, "SELECT status FROM purchase_order WHERE id = :id", id=placed.id) == "completed"
    assert receivers.events(THERE) == [*_PLACED, *_SHIPPED]
    assert receivers.events(HERE) == ["order.placed"]  # and nothing that came after it
    _passes(shop, 10)
    assert receivers.events(HERE) == ["order.placed"] * 2
    assert (_endpoint(admin, failing)["failures"], _endpoint(admin, good)["failures"]) == (2, 0)
    _passes(shop, 1)
    assert len(receivers.events(HERE)) == 2  # it timed out a moment ago: it is left alone
    _passes(shop, 60)

    assert receivers.events(HERE) == ["order.placed"] * 2 + [*_PLACED, *_SHIPPED]
    assert len({told.id for told in receivers.told[:1] + receivers.told[-8:-7]}) == 1
    [first] = [row for row in _deliveries(admin, endpoint_id=failing["id"]) if row["event"] == "order.placed"]
    log = admin.get(f"/v1/webhook-deliveries/{first['id']}").json["log"]
    assert [(each["number"], each["answered"], each["code"], each["said"]) for each in log] == [
        (1, 500, None, "said 500"),
        (2, None, "timeout", "timeout of the script"),
        (3, 204, None, ""),
    ]
    assert _endpoint(admin, failing)["failures"] == 0
    assert broken(shop.services) == {}


def test_a_run_that_took_its_time_leaves_who_failed_before_to_the_next(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(delivering, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    for url in (HERE, THERE):
        _subscribed(admin, url, "order.placed")
    receivers.scripts[HERE].append(500)
    admin.post("/v1/checkouts", a_checkout())
    work_off(shop.services)
    assert len(receivers.events(HERE)) == 1
    receivers.on_post = lambda _: seconds.append(seconds.pop() + 21)

    second = admin.post("/v1/checkouts", a_checkout()).json["number"]
    work_off(shop.services, only="webhooks.announce")
    [(step, claims)] = into_sets(lease(shop.services, only="webhooks.deliver"))
    assert len(claims) == 2
    run_step(shop.services, step, claims)

    assert (len(receivers.events(THERE)), len(receivers.events(HERE))) == (2, 1)
    work_off(shop.services)
    assert receivers.told[-1].url == HERE
    assert receivers.told[-1].said["data"]["order"] == second
    assert broken(shop.services) == {}


def test_after_the_last_attempt_it_is_refused_and_the_next_event_has_its_turn(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    _subscribed(admin, HERE, "order.placed", "order.covered")
    receivers.scripts[HERE].extend([400] * 8)
    number = shop.up_to("assigned", ("MUG", 1)).number
    for seconds in (7, 37, 150, 750, 4400, 27_000, 110_000):
        assert len(set(receivers.events())) == 1
        _passes(shop, seconds)

    assert receivers.events() == ["order.placed"] * 8 + ["order.covered"]
    assert [(row["event"], row["status"], row["attempts"]) for row in _deliveries(admin, order=number)][::-1] == [
        ("order.placed", "refused", 8),
        ("order.covered", "delivered", 1),
    ]
    entries = admin.get(f"/v1/orders/{number}/timeline").json["entries"]
    assert [each["detail"]["event"] for each in entries if each["verb"] == "webhook_refused"] == ["order.placed"]
    assert broken(shop.services) == {}


def test_an_event_on_which_the_sending_itself_breaks_is_passed_over_and_later_ones_are_told(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    _subscribed(admin)

    def breaks(told: Told) -> None:
        if told.event == "order.covered":
            raise RuntimeError("a fault of ours")

    receivers.on_post = breaks
    number = shop.up_to("assigned", ("MUG", 1)).number
    for _ in range(MOST_FAILURES):
        hasten(shop.services)
        work_off(shop.services)
    assert rows(shop.services, "SELECT step, dead FROM dispatch") == [("webhooks.deliver", True)]
    assert "shipment.inventory_assigned" not in receivers.events()
    assert broken(shop.services) == {}

    assert run_sweep(shop.services, "sweeps.bury_silent_rows") == 1
    work_off(shop.services)

    assert receivers.events()[-1] == "shipment.inventory_assigned"
    assert shop.dispatched() == []
    told = {row["event"]: (row["status"], row["code"]) for row in _deliveries(admin, order=number)}
    assert told == {
        "order.placed": ("delivered", None),
        "order.covered": ("refused", "broken"),
        "shipment.inventory_assigned": ("delivered", None),
    }
    entries = admin.get(f"/v1/orders/{number}/timeline").json["entries"]
    assert [each["detail"]["event"] for each in entries if each["verb"] == "webhook_refused"] == ["order.covered"]
    assert broken(shop.services) == {}

    receivers.on_post = None
    [refused] = _deliveries(admin, status="refused")
    assert admin.post(f"/v1/webhook-deliveries/{refused['id']}/replay").status_code == 200
    work_off(shop.services)
    assert receivers.events()[-1] == "order.covered"
    assert {row["status"] for row in _deliveries(admin, order=number)} == {"delivered"}
    assert broken(shop.services) == {}


def test_an_endpoint_that_is_gone_is_disabled_and_told_later_what_it_missed(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    made = _subscribed(admin)
    receivers.scripts[HERE].append(410)
    number = shop.up_to("assigned", ("MUG", 1)).number

    assert receivers.events() == ["order.placed"]
    assert (_endpoint(admin, made)["status"], _endpoint(admin, made)["disabled_because"]) == ("disabled", "gone")
    assert {row["status"] for row in _deliveries(admin)} == {"disabled"}
    since = {"endpoint_id": made["id"], "since": shop.now.isoformat()}
    refused = admin.post("/v1/webhook-deliveries/replays", since)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/endpoint_disabled")
    path = f"/v1/webhook-endpoints/{made['id']}"
    assert admin.change("PATCH", path, {"status": "enabled"}).json["disabled_because"] is None
    assert admin.post("/v1/webhook-deliveries/replays", since).json == {"replayed": 3}
    assert admin.post("/v1/webhook-deliveries/replays", since).json == {"replayed": 0}
    work_off(shop.services)

    assert receivers.events() == ["order.placed", *_PLACED]
    assert receivers.told[0].id == receivers.told[1].id
    assert {row["status"] for row in _deliveries(admin, order=number)} == {"delivered"}
    assert broken(shop.services) == {}


def test_an_endpoint_that_takes_nothing_for_days_is_disabled(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    made = _subscribed(admin, HERE, "order.placed")
    receivers.always[HERE] = 503
    shop.up_to("assigned", ("MUG", 1))
    shop.clock.forward(days=2)
    shop.up_to("assigned", ("MUG", 1))
    assert _endpoint(admin, made)["status"] == "enabled"
    shop.clock.forward(days=1, seconds=60)
    hasten(shop.services)
    work_off(shop.services)

    assert (_endpoint(admin, made)["status"], _endpoint(admin, made)["disabled_because"]) == ("disabled", "failing")
    assert broken(shop.services) == {}


def test_a_new_secret_signs_beside_the_former_one_until_that_ends(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    made = _subscribed(admin, HERE, "order.placed")
    path = f"/v1/webhook-endpoints/{made['id']}"
    changed = admin.post(f"{path}/secret", {"overlap_seconds": 3600}).json
    shop.up_to("assigned", ("MUG", 1))
    both = receivers.told[-1]
    shop.clock.forward(seconds=3600)
    shop.up_to("assigned", ("MUG", 1))
    new = receivers.told[-1]

    assert changed["secret"] != made["secret"]
    assert "secret" not in _endpoint(admin, made)
    for secret in (made["secret"], changed["secret"]):
        assert _is_signed_by(secret, both)
    assert (_is_signed_by(made["secret"], new), _is_signed_by(changed["secret"], new)) == (False, True)


def _is_signed_by(secret: str, told: Told) -> bool:
    """Sign by the library, as its verifier does; the shop's clock stands in its past."""
    at = datetime.fromtimestamp(int(told.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(told.id, at, told.body.decode()) in told.headers["webhook-signature"].split(" ")


def test_a_receiver_is_tried_replayed_and_removed(shop: Shop, admin: Caller, receivers: ScriptedReceivers) -> None:
    made = _subscribed(admin, HERE, "order.placed")
    path = f"/v1/webhook-endpoints/{made['id']}"
    tried = admin.post(f"{path}/test")
    assert (tried.status_code, tried.json["status"], tried.json["order"]) == (202, "waiting", None)
    work_off(shop.services)
    assert receivers.events() == ["webhook.test"]
    again = admin.post(f"/v1/webhook-deliveries/{tried.json['id']}/replay")
    assert (again.status_code, again.json["status"]) == (200, "waiting")
    twice = admin.post(f"/v1/webhook-deliveries/{tried.json['id']}/replay")
    assert (twice.status_code, twice.json["guard"]) == (409, "status")
    work_off(shop.services)
    assert receivers.events() == ["webhook.test"] * 2

    receivers.always[HERE] = 500
    shop.up_to("assigned", ("MUG", 1))
    assert admin.change("DELETE", path).json == {"id": made["id"], "removed": True}
    assert admin.get(path).status_code == 404
    assert _deliveries(admin) == []
    _passes(shop, 60)
    assert receivers.events() == ["webhook.test"] * 2 + ["order.placed"]
    assert run_sweep(shop.services, "sweeps.forget_old_webhooks") == 2
    assert rows(shop.services, "SELECT id FROM webhook_endpoint") == []
    assert broken(shop.services) == {}


def test_what_was_told_is_forgotten_after_a_month_and_what_waits_is_not(
    shop: Shop, admin: Caller, receivers: ScriptedReceivers
) -> None:
    _subscribed(admin, HERE, "order.placed")
    shop.up_to("assigned", ("MUG", 1))
    receivers.always[HERE] = 500
    shop.up_to("assigned", ("MUG", 1))
    shop.clock.forward(days=30, seconds=1)

    assert run_sweep(shop.services, "sweeps.forget_old_webhooks") == 1
    assert [row["status"] for row in _deliveries(admin)] == ["waiting"]
    assert one(shop.services, "SELECT count(*) FROM webhook_attempt") == 1


def test_what_cannot_be_told_is_refused_with_a_remedy(admin: Caller) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "address_refused no https": {"url": "http://shop.example/hooks"},
        "address_refused this machine": {"url": "https://127.0.0.1/hooks"},
        "address_refused disguised": {"url": "https://[::ffff:10.0.0.1]/hooks"},
        "address_refused port": {"url": "https://shop.example:22/hooks"},
        "address_refused password": {"url": "https://me:secret@shop.example/"},
        "unknown_event": {"url": HERE, "events": ["order.teleported"]},
        "unknown_event that is only asked for": {"url": HERE, "events": ["release.requested"]},
        "invalid_fields": {"url": HERE, "events": []},
    }

    answers = {why: admin.post("/v1/webhook-endpoints", body) for why, body in bodies.items()}

    assert {why: (each.status_code, each.json["type"]) for why, each in answers.items()} == {
        why: (422, f"/problems/{why.split()[0]}") for why in bodies
    }
    assert all(each.json["remedy"] for each in answers.values())
    assert admin.get("/v1/webhook-endpoints").json["webhook_endpoints"] == []
