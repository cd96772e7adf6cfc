"""Reconciliations over HTTP and by command: a dry run first, then item by item, each once and as it was found."""

from __future__ import annotations

import json

import pytest
from api_client import Caller
from builders import Shop, broken, one, rows, work_off
from click.testing import CliRunner
from sqlalchemy import text

from fulfillment.cli import main
from fulfillment.workflow.sweeps import run_sweep

CARRY_OUT = "sweeps.carry_out_reconciliations"


def _drifted(shop: Shop) -> tuple[str, int]:
    shop.sells("MUG", A=9)
    placed = shop.up_to("assigned", ("MUG", 1))
    _set_holds(shop, placed.id, 3)
    return placed.number, placed.id


def _set_holds(shop: Shop, order_id: int, holds: int) -> None:
    with shop.services.transaction() as session:
        session.execute(
            text("UPDATE purchase_order SET open_holds = :holds WHERE id = :id"), {"holds": holds, "id": order_id}
        )


def test_what_drifted_is_shown_first_and_repaired_once_with_before_and_after_on_the_timeline(
    shop: Shop, admin: Caller
) -> None:
    number, order_id = _drifted(shop)
    asked = admin.post("/v1/reconciliations", {"classes": ["counter_difference", "stuck_step"]})
    waiting = admin.get(asked.headers["Location"]).json
    shop.clock.forward(minutes=1)
    ran = run_sweep(shop.services, CARRY_OUT)
    seen = admin.get(asked.headers["Location"]).json
    [item] = admin.get(f"{asked.headers['Location']}/items").json["items"]
    untouched = one(shop.services, "SELECT open_holds, version FROM purchase_order")

    repair = f"{asked.headers['Location']}/items/{item['id']}/repair"
    repaired, again = admin.post(repair), admin.post(repair)
    entries = admin.get(f"/v1/orders/{number}/timeline").json["entries"]
    shop.clock.forward(minutes=1)
    second = admin.post("/v1/reconciliations", {"repair": True}).headers["Location"]
    run_sweep(shop.services, CARRY_OUT)

    assert (asked.status_code, waiting["status"], ran, seen["status"]) == (202, "waiting", 1, "finished")
    assert seen["counts"] == {"counter_difference": {"found": 1, "repaired": 0, "open": 1}}
    assert (item["rule"], item["order"], item["place"]) == ("open_holds_are_counted", number, {"id": order_id})
    assert (item["found"]["expected"], item["found"]["found"], untouched) == (0, 3, (3, 1))
    assert (repaired.status_code, repaired.json["status"], repaired.json["after"]) == (
        200,
        "repaired",
        {"open_holds": 0},
    )
    assert again.json == repaired.json
    [told] = [each for each in entries if each["verb"] == "reconcile"]
    assert (told["detail"]["before"]["found"], told["detail"]["after"]) == (3, {"open_holds": 0})
    assert one(shop.services, "SELECT open_holds, version FROM purchase_order") == (0, 2)
    assert (admin.get(second).json["status"], admin.get(second).json["counts"]) == ("finished", {})
    assert broken(shop.services) == {}


def test_what_is_not_as_it_was_found_is_refused_and_nothing_is_changed(shop: Shop, admin: Caller) -> None:
    _, order_id = _drifted(shop)
    run = admin.post("/v1/reconciliations", {"classes": ["counter_difference"]}).headers["Location"]
    run_sweep(shop.services, CARRY_OUT)
    [item] = admin.get(f"{run}/items").json["items"]

    _set_holds(shop, order_id, 2)
    changed = admin.post(f"{run}/items/{item['id']}/repair")
    _set_holds(shop, order_id, 0)
    gone = admin.post(f"{run}/items/{item['id']}/repair")
    nowhere = admin.post(f"{run}/items/999999/repair")

    assert (changed.status_code, changed.json["type"]) == (409, "/problems/drift_changed")
    assert (changed.json["found"]["found"], changed.json["now"]["found"]) == (3, 2)
    assert (gone.status_code, gone.json["type"], nowhere.status_code) == (409, "/problems/drift_gone", 404)
    assert rows(shop.services, "SELECT verb FROM timeline WHERE verb = 'reconcile'") == []


@pytest.fixture
def ran(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", shop.services.settings.database_url or "")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["reconcile", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code in (0, 1), result.output
        return result.exit_code, result.stdout

    return run


def test_the_command_shows_what_there_is_and_repairs_it_when_told_to(shop: Shop, ran) -> None:
    number, _ = _drifted(shop)
    work_off(shop.services)
    of_class = ("--class", "counter_difference", "--class", "stuck_step")

    dry, shown = ran(*of_class)
    still = one(shop.services, "SELECT open_holds FROM purchase_order")
    exit_code, line = ran(*of_class, "--repair", "--json")
    clean, nothing = ran(*of_class)
    item = json.loads(line)["items"][0]
    by_item, told = ran("--item", str(item["id"]), "--json")

    assert (dry, still, number in shown) == (1, 3, True)
    assert "1 found, 0 repaired, 1 left" in shown
    assert exit_code == 0
    assert {name: json.loads(line)[name] for name in ("found", "repaired", "left")} == {
        "found": 1,
        "repaired": 1,
        "left": 0,
    }
    assert (clean, "0 found, 0 repaired, 0 left" in nothing) == (0, True)
    assert (by_item, json.loads(told)["repaired"]) == (0, 1)
    assert broken(shop.services) == {}
