"""Figures for operators."""

from api_client import Api
from builders import Shop, work_off

from fulfillment.access.models import Role


def test_open_orders_are_counted_by_status_and_age_and_the_last_hours_say_how_long_orders_took(
    shop: Shop, api: Api
) -> None:
    shop.sells("MUG", A=9)
    shop.holds(shop.places(("MUG", 1)).id)
    work_off(shop.services)
    shop.clock.forward(hours=30)
    shipped = shop.places(("MUG", 1))
    shop.places(("MUG", 1))
    shop.clock.forward(minutes=10)
    work_off(shop.services)
    shop.clock.forward(minutes=30)
    shop.brings(shipped.id, "shipped")
    shop.cancels(shop.places(("MUG", 1)).id)

    figures = api.caller(Role.ADMIN).get("/v1/figures").json

    assert figures["ages_seconds"] == [3600, 86_400, 259_200, 604_800]
    assert figures["open_orders"] == [
        {"status": "in_progress", "counts": [1, 0, 0, 0, 0]},
        {"status": "on_hold", "counts": [0, 0, 1, 0, 0]},
    ]
    assert len(figures["hours"]) == 24
    [hour] = [each for each in figures["hours"] if each["placed"]]
    assert hour == {
        "begins_at": "2026-03-03T18:00:00Z",
        "placed": 3,
        "covered": 2,
        "completed": 1,
        "canceled": 1,
        "to_cover": {"half": 600.0, "most": 600.0},
        "to_complete": {"half": 2400.0, "most": 2400.0},
    }
    assert [(each["step"], each["due"]) for each in figures["queues"]] != []
