"""Picklists: who may join one, and when it ends (SH5)."""

from builders import Shop, broken, one, rows, work_off


def _statuses(shop: Shop) -> list[str]:
    return [status for (status,) in rows(shop.services, "SELECT status FROM picklist ORDER BY id")]


def _put_off(shop: Shop, order_id: int, minutes: int) -> None:
    """Put off what is to be done to an order, as a lost message does."""
    rows(
        shop.services,
        "UPDATE dispatch SET due_at = now() + make_interval(secs => 60 * :minutes) WHERE order_id = :id RETURNING id",
        id=order_id,
        minutes=minutes,
    )


def test_a_shipment_whose_turn_comes_late_does_not_join_a_picklist_that_is_done(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    prompt, late = shop.up_to("released", ("MUG", 1)), shop.up_to("released", ("MUG", 1))
    _, operation = shop.picklists(prompt.id, late.id)
    _put_off(shop, late.id, 5)
    work_off(shop.services)
    shop.completes(prompt.id)
    work_off(shop.services)
    assert _statuses(shop) == ["completed"]

    _put_off(shop, late.id, 0)
    work_off(shop.services)

    assert (shop.statuses(prompt.id), shop.statuses(late.id)) == (["shipped"], ["released"])
    assert shop.problems(operation) == ["picklist_closed"]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}

    shop.picklists(late.id)
    work_off(shop.services)
    assert shop.statuses(late.id) == ["packing"]
    assert _statuses(shop) == ["completed", "open"]
    assert broken(shop.services) == {}


def test_a_picklist_that_nobody_may_join_is_closed(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 1))
    _, operation = shop.picklists(placed.id)
    shop.holds(placed.id)

    work_off(shop.services)

    assert shop.problems(operation) == ["on_hold"]
    assert _statuses(shop) == ["completed"]
    assert shop.statuses(placed.id) == ["released"]
    assert one(shop.services, "SELECT count(*) FROM shipment WHERE picklist_id IS NOT NULL") == 0
    assert broken(shop.services) == {}


def test_a_refused_shipment_does_not_close_the_picklist_that_others_are_about_to_join(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    held, late = shop.up_to("released", ("MUG", 1)), shop.up_to("released", ("MUG", 1))
    shop.picklists(held.id, late.id)
    shop.holds(held.id)
    _put_off(shop, late.id, 5)
    work_off(shop.services)
    assert _statuses(shop) == ["open"]

    _put_off(shop, late.id, 0)
    work_off(shop.services)

    assert (shop.statuses(held.id), shop.statuses(late.id)) == (["released"], ["packing"])
    assert _statuses(shop) == ["open"]
    assert broken(shop.services) == {}
