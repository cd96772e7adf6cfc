"""Waves: thousands of shipments on picklists, each list of one warehouse and of what belongs together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from api_client import Caller, contents
from builders import ADDRESS, Shop, broken, one, rows, work_off
from sqlalchemy import text


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that goes to the database meanwhile."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *more: Any, **options: Any) -> Any:
        seen.append(str(query))
        return execute(self, query, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        yield seen


def _lists(shop: Shop) -> list[tuple[str, list[str]]]:
    """(warehouse, numbers of its shipments) of each picklist."""
    found = rows(
        shop.services,
        "SELECT w.code, array_agg(s.number ORDER BY s.id) FROM picklist p JOIN warehouse w ON w.id = p.warehouse_id"
        " JOIN shipment s ON s.picklist_id = p.id GROUP BY p.id, w.code ORDER BY p.id",
    )
    return [(warehouse, numbers) for warehouse, numbers in found]


@pytest.mark.rule("SH4")
@pytest.mark.rule("SH5")
def test_a_wave_releases_and_parts_shipments_by_warehouse_method_and_size(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=9)
    shop.sells("CUP", B=9)
    mugs = [shop.up_to("assigned", ("MUG", 2), shipping_method=method).number for method in ("post", "van", "post")]
    heavy = shop.up_to("assigned", ("MUG", 3), shipping_method="post").number
    cup = shop.up_to("assigned", ("CUP", 1)).number
    held = shop.up_to("assigned", ("CUP", 1))
    shop.holds(held.id)
    abroad = shop.up_to("assigned", ("CUP", 1), ship_to={**ADDRESS, "country": "FR"}).number
    late = shop.now
    shop.clock.forward(hours=1)
    shop.up_to("assigned", ("CUP", 1))

    body = {
        "filter": {"cut_off": late.isoformat(), "country": ["GB"]},
        "release": True,
        "picklists": {"most_pieces": 4, "by_method": True},
    }
    before = contents(shop.services)
    outline = ana.post("/v1/waves/preview", body).json
    assert {**contents(shop.services), "idempotency_key": before["idempotency_key"]} == before
    answer = ana.post("/v1/waves", body)
    work_off(shop.services)

    operation = ana.get(answer.headers["Location"]).json
    assert (operation["status"], operation["total"], operation["result"]["picklists"]) == ("succeeded", 5, 4)
    assert (outline["shipments"], outline["pieces"]) == (5, 10)
    assert [
        (each["warehouse"], each["shipments"], each["pieces"], each["unreleased"]) for each in outline["picklists"]
    ] == [
        ("A", 2, 4, 2),
        ("A", 1, 3, 1),
        ("A", 1, 2, 1),
        ("B", 1, 1, 1),
    ]
    assert _lists(shop) == [
        ("A", [f"{mugs[0]}-1", f"{mugs[2]}-1"]),
        ("A", [f"{heavy}-1"]),
        ("A", [f"{mugs[1]}-1"]),
        ("B", [f"{cup}-1"]),
    ]
    wave = ana.get(f"/v1/waves/{operation['result']['wave_id']}").json
    assert [each["id"] for each in wave["picklists"]] == operation["result"]["picklist_ids"]
    assert (wave["done"], wave["refused"], wave["shipments"], wave["pieces"], wave["picked"]) == (5, 0, 5, 10, 0)
    assert [(each["shipments"], each["pieces"]) for each in wave["picklists"]] == [(2, 4), (1, 3), (1, 2), (1, 1)]
    assert [each["id"] for each in ana.get("/v1/waves").json["waves"]] == [wave["id"]]
    assert one(shop.services, "SELECT count(*) FROM shipment WHERE status = 'inventory_assigned'") == 3
    moves = "SELECT verb FROM timeline WHERE subject = 'shipment' AND order_id = :id ORDER BY id DESC LIMIT 2"
    order = one(shop.services, "SELECT id FROM purchase_order WHERE number = :number", number=cup)
    assert rows(shop.services, moves, id=order) == [("add_to_picklist",), ("release",)]
    assert abroad not in str(_lists(shop))
    assert broken(shop.services) == {}


def test_what_is_held_after_it_was_chosen_keeps_no_other_back(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=9)
    good, held = (shop.up_to("assigned", ("MUG", 1)).id for _ in range(2))
    ids = [*shop.shipments(good), *shop.shipments(held)]
    unready = ana.post("/v1/waves", {"shipment_ids": ids})
    asked = ana.post("/v1/waves", {"shipment_ids": ids, "release": True})
    shop.holds(held)
    work_off(shop.services)

    assert (unready.status_code, unready.json["shipment_ids"]) == (409, ids)
    operation = ana.get(asked.headers["Location"]).json
    assert (operation["status"], operation["problems"][0]["guard"]) == ("partly_refused", "on_hold")
    assert (shop.statuses(good), shop.statuses(held)) == (["packing"], ["inventory_assigned"])
    wave = ana.get(f"/v1/waves/{operation['result']['wave_id']}").json
    assert (wave["done"], wave["refused"], wave["shipments"]) == (2, 1, 1)
    empty = ana.post("/v1/waves", {"filter": {"market": ["UK"]}})
    assert (empty.status_code, empty.json["guard"]) == (409, "something_chosen")
    assert broken(shop.services) == {}


def test_a_picklist_is_made_by_a_filter_too(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=2, B=1)
    first, second = shop.up_to("released", ("MUG", 2)).id, shop.up_to("released", ("MUG", 1)).id

    several = ana.post("/v1/picklists", {"filter": {}})
    made = ana.post("/v1/picklists", {"filter": {"warehouse": ["B"]}})
    work_off(shop.services)

    assert (several.status_code, several.json["guard"]) == (409, "one_warehouse")
    assert made.status_code == 202
    assert (shop.statuses(first), shop.statuses(second)) == (["released"], ["packing"])
    assert ana.post("/v1/picklists", {"filter": {"warehouse": ["B"]}}).json["guard"] == "something_chosen"
    assert ana.post("/v1/picklists", {}).status_code == 422


def test_the_statements_of_a_wave_do_not_grow_with_its_shipments(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=99)
    counts = []
    for size in (1, 3, 30):
        for _ in range(size):
            shop.places(("MUG", 1))
        work_off(shop.services)
        with statements() as seen:
            assert ana.post("/v1/waves", {"filter": {}, "release": True}).status_code == 202
            work_off(shop.services)
        counts.append(len(seen))

    assert counts[1] == counts[2] < 30  # the first one warms up
    assert one(shop.services, "SELECT count(*) FROM shipment WHERE status = 'packing'") == 34
    assert broken(shop.services) == {}


def test_waves_and_picklists_are_listed_by_their_time_whatever_their_ids(shop: Shop, ana: Caller) -> None:
    shop.sells("MUG", A=9)
    for _ in range(3):
        ana.post("/v1/waves", {"shipment_ids": shop.shipments(shop.up_to("released", ("MUG", 1)).id)})
        work_off(shop.services)
        shop.clock.forward(minutes=1)
    with (
        shop.services.transaction() as session
    ):  # as if another process had made the first ones, from its own block of ids
        for table in ("wave", "picklist"):
            earliest = f"(SELECT min(id) FROM {table})"
            session.execute(
                text(f"UPDATE {table} SET created_at = created_at + interval '1 hour' WHERE id = {earliest}")
            )

    for noun in ("waves", "picklists"):
        seen, path = [], f"/v1/{noun}?limit=1"
        while path:
            page = ana.get(path).json
            seen += [each["id"] for each in page[noun]]
            path = page["next"]
        assert seen == [min(seen), *sorted(set(seen) - {min(seen)}, reverse=True)]
        assert len(seen) == 3
    assert ana.get("/v1/waves", cursor="MQ==").json["type"] == "/problems/bad_cursor"
