"""Sourcing: the rules of a market choose the warehouse and say why; what no warehouse fills is shared as the market wants it."""

from typing import Any

from builders import ADDRESS, ANA, Shop, broken, one, rows, work_off
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.carts.reserve import reserve_cart
from fulfillment.catalog.markets import change_market
from fulfillment.catalog.warehouses import change_warehouse
from fulfillment.checkout.checkout import Destination
from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import Edit, NewLine
from fulfillment.inventory.shelves import Shelves
from fulfillment.inventory.sourcing import shared_out
from fulfillment.shipments.picklist import request_picklist

LEITH = {"country": "GB", "region": "Midlothian", "postal_code": "EH6 6AB"}
HULL = {"country": "GB", "region": "Yorkshire", "postal_code": "HU1 1AA"}


def _market(shop: Shop, **columns: Any) -> None:
    with shop.services.transaction() as session:
        change_market(session, "DE", columns)


def _sited(shop: Shop, **sites: dict[str, str]) -> None:
    with shop.services.transaction() as session:
        for code, site in sites.items():
            change_warehouse(session, code, site)


def _from(shop: Shop, order_id: int) -> list[tuple[str | None, str, int]]:
    """(warehouse, status, pieces) of each shipment of an order."""
    query = """SELECT w.code, s.status, CAST(sum(l.quantity) AS int) FROM shipment s JOIN line_item l ON l.shipment_id = s.id
                 LEFT JOIN warehouse w ON w.id = s.warehouse_id WHERE s.order_id = :id GROUP BY s.id, w.code
                ORDER BY char_length(s.number), s.number"""
    return rows(shop.services, query, id=order_id)


def _told(shop: Shop, order_id: int) -> dict[str, Any]:
    query = "SELECT detail FROM timeline WHERE order_id = :id AND verb = 'assign_inventory'"
    return one(shop.services, query, id=order_id)


def test_the_rules_of_a_market_choose_the_warehouse_and_the_timeline_says_why(shop: Shop) -> None:
    shop.sells("MUG", A=3, B=9)
    _sited(shop, A=LEITH, B=HULL)
    to_hull = {**ADDRESS, **HULL}
    found = {}
    for name, rules in {
        "none": [],
        "preferred": [{"by": "preferred", "warehouses": ["B"]}],
        "nearest": [{"by": "nearest"}],
        "stock": [{"by": "fewest_parcels"}, {"by": "most_stock"}],
        "priority": [{"by": "priority"}],
    }.items():
        _market(shop, sourcing=rules)
        placed = shop.up_to("assigned", ("MUG", 1), ship_to=to_hull)
        found[name] = (_from(shop, placed.id)[0][0], _told(shop, placed.id).get("sourced", {}).get("by"))

    assert found == {
        "none": ("A", None),
        "preferred": ("B", "preferred"),
        "nearest": ("B", "nearest"),
        "stock": ("B", "most_stock"),
        "priority": ("A", "priority"),
    }
    _market(shop, sourcing=[{"by": "nearest"}])
    near = shop.up_to("assigned", ("MUG", 2), ship_to={**ADDRESS, **LEITH})
    assert _from(shop, near.id) == [("B", "inventory_assigned", 2)]  # A has one left
    assert _told(shop, near.id)["sourced"]["not"] == [{"warehouse": "A", "why": "1 pieces short"}]
    assert broken(shop.services) == {}


def test_what_no_warehouse_fills_is_shared_over_those_that_have_it_together_or_waits_whole(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=2, B=2)
    shop.sells("CUP", price=100, B=1)
    _market(shop, splits="warehouses")

    shared = shop.up_to("assigned", ("MUG", 3), ("CUP", 1), discount=101, shipping=399)
    short = shop.up_to("assigned", ("MUG", 2))

    assert _from(shop, shared.id) == [("A", "inventory_assigned", 2), ("B", "inventory_assigned", 2)]
    assert _from(shop, short.id) == [(None, "awaiting_inventory", 2)]
    assert (shop.stock("MUG"), shop.stock("MUG", "B"), shop.stock("CUP", "B")) == ((2, 2), (2, 1), (1, 1))
    amounts = rows(shop.services, "SELECT amount FROM shipment WHERE order_id = :id", id=shared.id)
    assert sum(amount for (amount,) in amounts) == shared.total
    assert broken(shop.services) == {}


def test_what_is_there_ships_and_the_rest_waits_in_a_shipment_of_its_own_until_more_comes(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=2)
    _market(shop, splits="available")

    placed = shop.up_to("assigned", ("MUG", 5), shipping=399)
    at_first = _from(shop, placed.id)
    shop.receives("MUG", 1)  # a partial receipt
    work_off(shop.services)
    later = _from(shop, placed.id)
    shop.receives("MUG", 2, at="B")
    work_off(shop.services)

    assert at_first == [("A", "inventory_assigned", 2), (None, "awaiting_inventory", 3)]
    assert later == [("A", "inventory_assigned", 2), ("A", "inventory_assigned", 1), (None, "awaiting_inventory", 2)]
    assert _from(shop, placed.id) == [
        ("A", "inventory_assigned", 2),
        ("A", "inventory_assigned", 1),
        ("B", "inventory_assigned", 2),
    ]
    assert broken(shop.services) == {}
    shop.brings(placed.id, "released")
    for shipment_id in shop.shipments(placed.id):
        with shop.services.transaction() as session:
            request_picklist(session, [shipment_id], client_id=1, cause=ANA, at=shop.now)
    work_off(shop.services)
    for shipment_id in shop.shipments(placed.id):
        shop.asks("completion.requested", placed.id, [shipment_id], confirm_all=True)
        work_off(shop.services)
    assert (shop.order(placed.id), shop.money(placed.id)["captured"]) == (("completed", "paid"), 5 * 333 + 399)
    assert broken(shop.services) == {}


def test_a_later_shipment_takes_no_piece_that_the_waiting_rest_of_a_split_one_needs(shop: Shop) -> None:
    shop.sells("MUG")
    _market(shop, splits="available")
    first = shop.up_to("assigned", ("MUG", 3))
    shop.clock.forward(minutes=1)
    second = shop.up_to("assigned", ("MUG", 1))

    shop.receives("MUG", 2)
    work_off(shop.services)

    assert _from(shop, first.id) == [("A", "inventory_assigned", 2), (None, "awaiting_inventory", 1)]
    assert _from(shop, second.id) == [(None, "awaiting_inventory", 1)]
    assert broken(shop.services) == {}


def test_what_was_reserved_in_one_warehouse_ships_from_there_and_the_rest_from_another(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=1)
    shop.sells("MUG", B=2)
    _market(shop, splits="warehouses")

    placed = shop.up_to("assigned", ("LAMP", 1), ("MUG", 2))

    assert _from(shop, placed.id) == [("A", "inventory_assigned", 1), ("B", "inventory_assigned", 2)]
    assert broken(shop.services) == {}


def test_what_is_reserved_at_placement_is_sourced_by_the_same_rules(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=2, B=1)
    _sited(shop, A=LEITH, B=HULL)
    _market(shop, sourcing=[{"by": "nearest"}])

    placed = [shop.up_to("assigned", ("LAMP", 1), ship_to={**ADDRESS, **HULL}) for _ in range(2)]

    assert [_from(shop, each.id)[0][0] for each in placed] == ["B", "A"]  # the second: B has no more
    assert broken(shop.services) == {}


def test_an_edit_and_the_reservation_of_a_cart_are_sourced_by_the_same_rules(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=2, B=2)
    shop.sells("MUG", A=5, B=5)
    _sited(shop, A=LEITH, B=HULL)
    _market(shop, sourcing=[{"by": "nearest"}])
    hull = {**ADDRESS, **HULL}
    order = shop.places(("MUG", 1), tokens=(), ship_to=hull).id
    cart = shop.collects(("MUG", 2), destinations=[Destination(hull)])

    with shop.services.transaction() as session:
        edit(session, order, Edit(added=[NewLine("LAMP", 1)]), cause=ANA, at=shop.now)
    with shop.services.transaction() as session:
        reserve_cart(session, cart, storefront_id=None, cause=ANA, at=shop.now)

    reserved = (
        "SELECT w.code, s.allocated FROM stock s JOIN warehouse w ON w.id = s.warehouse_id WHERE s.product_id = :id"
    )
    assert sorted(rows(shop.services, reserved, id=shop.products["LAMP"])) == [("A", 0), ("B", 1)]
    held = "SELECT w.code, r.quantity FROM cart_reservation r JOIN warehouse w ON w.id = r.warehouse_id"
    assert rows(shop.services, held) == [("B", 2)]
    assert broken(shop.services) == {}


def test_greedy_markets_let_later_ones_that_can_be_filled_go_first_and_strict_ones_do_not(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    _market(shop, fills_greedily=True)
    large = shop.up_to("assigned", ("MUG", 3))
    shop.clock.forward(minutes=1)
    small = shop.up_to("assigned", ("MUG", 1))
    greedy = (shop.statuses(large.id), shop.statuses(small.id))
    _market(shop, fills_greedily=False)
    strict = shop.up_to("assigned", ("MUG", 1))

    assert greedy == (["awaiting_inventory"], ["inventory_assigned"])
    assert shop.statuses(strict.id) == ["awaiting_inventory"]
    assert broken(shop.services) == {}


@given(
    stock=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=5),
    needs=st.tuples(st.integers(1, 6), st.integers(0, 6)),
)
def test_parcels_hold_what_is_needed_and_never_more_than_is_there_and_the_fewest_are_no_more(
    stock: list[tuple[int, int]], needs: tuple[int, int]
) -> None:
    available = {(product, n): pieces[product] for n, pieces in enumerate(stock) for product in (0, 1)}
    shelves = Shelves(available, range(len(stock)))
    wanted = {product: pieces for product, pieces in enumerate(needs) if pieces}

    counts = []
    for fewest in (False, True):
        parcels, rest = shared_out(range(len(stock)), shelves, wanted, fewest=fewest)
        for parcel in parcels:
            assert all(
                0 < pieces <= available[product, parcel.warehouse_id] for product, pieces in parcel.pieces.items()
            )
        for product, pieces in wanted.items():
            given_out = sum(parcel.pieces.get(product, 0) for parcel in parcels)
            assert given_out + rest.get(product, 0) == pieces
            assert given_out == min(pieces, sum(each[product] for each in stock))
        counts.append(len(parcels))
    assert counts[1] <= counts[0]
