"""Edit: change a placed order while it is in progress, all that is asked or nothing (OL4); stock and money follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.shipping_methods import find_method
from fulfillment.checkout.checkout import Checkout, CheckoutLine, LinePart
from fulfillment.checkout.price import PricedLine, price, read_catalog
from fulfillment.customers.add import keep_in_book
from fulfillment.db.ids import take_ids
from fulfillment.editing.change_method import change_methods
from fulfillment.editing.content import Content, EditedShipment
from fulfillment.editing.destinations import Destinations
from fulfillment.editing.difference import changed_parts, removed_rows, touched_shipments, write_rows
from fulfillment.editing.edit_address import edit_forms, edit_ship_to, refuse_without_method
from fulfillment.editing.edit_discount import edit_discounts
from fulfillment.editing.edit_lines import add_lines, change_lines, refuse_none_or_too_many, remove_lines
from fulfillment.editing.follow_stock import follow_states, follow_stock
from fulfillment.editing.guards import not_packed, refusal_to_edit
from fulfillment.editing.read import read_content
from fulfillment.editing.reprice import Said, follow_goods, follow_quantities, reprice, reprice_if_changed
from fulfillment.editing.wanted import KEEP, Address, Edit, NewLine
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.progress import cover, go_on
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.search.keep import keep_for_search
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.adding.follow_total import follow_total
from fulfillment.promotions.use import give_back_uses
from fulfillment.timeline.changes import Changes

_REMOVE = text("""
WITH d AS (DELETE FROM item_delivery WHERE id = ANY (CAST(:ids AS bigint[])))
DELETE FROM line_item WHERE id = ANY (CAST(:ids AS bigint[]))
""")
_PROMOTIONS = text("SELECT id FROM promotion WHERE code = ANY (CAST(:codes AS text[]))")
_WAITED_FOR = text("""
SELECT DISTINCT product_id FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY product_id
""")


def edit(session: Session, order_id: int, wanted: Edit, *, cause: Cause, at: datetime) -> bool:
    """
    Change an order; False where it is so already.

    Amounts are shared out again as at the checkout. Less of a product is free at once, more of it is assigned anew; a
    shipment that was released is withdrawn first. A higher total asks the newest card for the difference, a lower one gives
    back what is too much. Raises NotFound, Invalid, or Conflict where a guard forbids it: then nothing has changed.
    """
    order = lock_order(session, order_id)
    if (refusal := refusal_to_edit(order)) is not None:
        raise refusal.as_error()
    before = read_content(session, order)
    after = deepcopy(before)
    _apply(session, order, wanted, before, after, by=cause.actor)
    touched = touched_shipments(before, after)
    if (refusal := not_packed(order, touched)) is not None:
        raise refusal.as_error()
    parts = changed_parts(before, after)
    _fill_address_book(session, wanted, after)
    if not parts:
        return False
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    follow_stock(session, changes, order, before, after, cause)
    entries = [
        changes.note("order", order.id, order.id, verb, cause, {**detail, "total": _of(before, after)})
        for verb, detail in parts.items()
    ]
    moved = follow_states(session, changes, before, after, touched, cause, because=entries[0])
    write_rows(changes, order.id, before, after)
    was_covered = order.covered
    order.total = after.total
    follow_total(session, changes, order, raised=after.total - before.total, cause=cause, because=entries[0])
    _go_on(session, changes, order, after, moved, cause, because=entries[0], was_covered=was_covered)
    give_back_uses(session, changes, order.id, only=_promotions_gone(session, before, after))
    if gone := removed_rows(before, after):
        session.execute(_REMOVE, {"ids": gone})
    changes.write(session)
    keep_for_search(session, [order.id])
    return True


def _promotions_gone(session: Session, before: Content, after: Content) -> list[int]:
    """Give the promotions of which all that they brought was taken out: they are used no more (LI5)."""
    kept = {item.promotion for item in after.items.values()}
    codes = sorted({item.promotion for item in before.items.values() if item.promotion is not None} - kept)
    return list(session.execute(_PROMOTIONS, {"codes": codes}).scalars()) if codes else []


def _apply(session: Session, order: OrderUnderLock, wanted: Edit, before: Content, after: Content, *, by: str) -> None:
    """Change `after` as is wanted, and price it."""

    def fresh_id() -> int:
        return take_ids(session, 1)[0]

    said = _said(before, wanted)
    added = list(_looked_up(session, before, wanted))
    destinations = Destinations(after, wanted.destinations, fresh_id)
    change_lines(after, wanted.lines, destinations, fresh_id, by=by)
    positions = add_lines(after, added, destinations, fresh_id, by=by)
    said.taxes.update(n for n, line in zip(positions, wanted.added, strict=True) if line.tax is not None)
    remove_lines(after, wanted.removed)
    refuse_none_or_too_many(after)
    destinations.refuse_unused()
    edit_ship_to(after, wanted.shipments)
    edit_forms(after, wanted.forms)
    if wanted.reference is not KEEP:
        after.reference = wanted.reference
    edit_discounts(after, wanted.discount, wanted.tax, wanted.forms)
    follow_quantities(before, after, said)
    _ship(session, order, wanted, after, destinations, fresh_id)
    if wanted.tax is None:
        follow_goods(before, after)
    refuse_without_method(before, after)
    reprice_if_changed(before, after)


def _ship(
    session: Session,
    order: OrderUnderLock,
    wanted: Edit,
    after: Content,
    destinations: Destinations,
    fresh_id: Callable[[], int],
) -> None:
    """Let everything go by the method that is wanted, at its price for the goods that go by it."""

    def price_of(method: str, goods: int) -> int:
        return find_method(session, order.market_id, method).price_for(goods)

    if wanted.methods or wanted.destinations:
        reprice(after)
        destinations.price(price_of)
        change_methods(after, wanted.methods, price_of, fresh_id)
    for shipment in after.shipments.values():
        if not after.rows_in(shipment.id) and not shipment.is_done:
            shipment.shipping_amount = 0  # nothing travels, and nothing is paid for it


def _said(before: Content, wanted: Edit) -> Said:
    positions = {edit.id: before.row(edit.id)[0].position for edit in wanted.lines}
    return Said(
        discounts={positions[edit.id] for edit in wanted.lines if edit.discount is not None},
        taxes={positions[edit.id] for edit in wanted.lines if edit.tax is not None},
    )


def _looked_up(session: Session, content: Content, wanted: Edit) -> Iterator[tuple[NewLine, PricedLine]]:
    """Give the lines to add, each with what the catalog says. Raises Invalid for a SKU or a price that there is not."""
    if not wanted.added:
        return
    lines = [
        CheckoutLine(line.sku, line.quantity, line.price, line.name, line.manual, parts=[LinePart(line.quantity)])
        for line in wanted.added
    ]
    checkout = Checkout(market=content.market, lines=lines)
    priced = price(checkout, read_catalog(session, checkout))
    yield from zip(wanted.added, priced.lines, strict=True)


def _go_on(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    after: Content,
    moved: list[EditedShipment],
    cause: Cause,
    *,
    because: int,
    was_covered: bool,
) -> None:
    """Promise what follows now: for all where the order has just been covered, else for what the edit moved."""
    if order.covered and not was_covered:
        cover(changes, order, after.shipments.values(), cause, because=because)
    elif order.covered:
        go_on(changes, order, moved, cause, because=because)
    elif was_covered:
        # Others may try for what was kept for this one.
        waiting = [each.id for each in after.shipments.values() if each.status == ShipmentStatus.AWAITING_INVENTORY]
        for product_id in session.execute(_WAITED_FOR, {"ids": waiting}).scalars():
            changes.publish("stock.gained", product_id, cause)


def _fill_address_book(session: Session, wanted: Edit, after: Content) -> None:
    """Add those addresses to the customer's book for which that was asked, and no others (AD7)."""
    asked: list[Address] = [each.ship_to for each in wanted.destinations if each.add_to_address_book]
    asked += [each.ship_to for each in wanted.shipments if each.add_to_address_book]
    asked += [after.forms[each.id].bill_to or {} for each in wanted.forms if each.add_to_address_book]
    for address in filter(None, asked):
        keep_in_book(session, after.customer_id, address)


def _of(before: Content, after: Content) -> dict[str, int]:
    return {"before": before.total, "after": after.total}
