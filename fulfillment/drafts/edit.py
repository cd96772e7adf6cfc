"""Edit: what customer service changes of a draft (OL5, LI2, LI3, AD2 to AD7). Each change is a version of the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination
from fulfillment.checkout.price import price_of, read_catalog
from fulfillment.checkout.revise import (
    HeadChange,
    LineChange,
    add_lines,
    change_head,
    change_line,
    put_destination,
    put_form,
    remove_destination,
    remove_form,
    remove_lines,
)
from fulfillment.customers.add import keep_in_book
from fulfillment.drafts.appraise import appraise
from fulfillment.drafts.contact import with_customer
from fulfillment.drafts.draft import keep, lock_draft
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class DraftChange:
    """
    What may be changed of a draft as a whole; what is left out stays.

    `form` and `destination` are members of the form and of the destination without a key: `bill_to`; `ship_to` and
    `shipping_method`.
    """

    head: HeadChange = field(default_factory=HeadChange)
    customer_id: int | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    destination: Mapping[str, Any] = field(default_factory=dict)
    add_to_address_book: bool = False


def change_draft(session: Session, order_id: int, change: DraftChange, *, cause: Cause, at: datetime) -> None:
    """
    Change a draft as a whole: whose it is, where it goes, its method, discount, codes, reference, priority (AD2).

    Raises Conflict `not_a_draft`, Invalid for a customer that is not there or has no address (AD1).
    """

    def changed(checkout: Checkout) -> Checkout:
        checkout = change_head(checkout, change.head)
        if change.form:
            form = next((each for each in checkout.forms if not each.key), CheckoutForm())
            checkout = put_form(checkout, replace(form, **change.form))
        if change.destination:
            place = next((each for each in checkout.destinations if not each.key), Destination())
            checkout = put_destination(checkout, replace(place, **change.destination))
        if change.customer_id is not None:
            checkout = with_customer(session, checkout, change.customer_id)
        if change.add_to_address_book:
            keep_in_book(session, checkout.customer_id, change.destination["ship_to"])
        return checkout

    said = [*change.head, *change.form, *change.destination, *(["customer_id"] if change.customer_id else [])]
    _revise(session, order_id, changed, "change", {"changed": sorted(said)}, cause=cause, at=at)


def add_draft_lines(
    session: Session, order_id: int, lines: Sequence[CheckoutLine], *, cause: Cause, at: datetime
) -> None:
    """
    Add lines, at the catalog's price or at the one that is given: then it is kept who gave it (LI2).

    Raises Conflict `not_a_draft`, Invalid for a product that does not exist or has no price, and what `revise.add_lines` does.
    """

    def changed(checkout: Checkout) -> Checkout:
        return add_lines(checkout, sellable(session, checkout, lines), by=cause.actor)

    _revise(session, order_id, changed, "add_lines", {"lines": _told(lines)}, cause=cause, at=at)


def change_draft_line(
    session: Session, order_id: int, position: int, change: LineChange, *, cause: Cause, at: datetime
) -> None:
    """Change a line (LI2, LI3). Raises NotFound, Conflict `not_a_draft`, Invalid as `revise.change_line` does."""

    def changed(checkout: Checkout) -> Checkout:
        return change_line(checkout, position, change, by=cause.actor)

    detail = {"position": position, "changed": sorted(change)}
    _revise(session, order_id, changed, "change_line", detail, cause=cause, at=at)


def remove_draft_line(session: Session, order_id: int, position: int, *, cause: Cause, at: datetime) -> None:
    """Remove a line; its position is not given again (LI3). Raises NotFound, Conflict `not_a_draft`."""
    remove = _but_first(remove_lines, [position])
    _revise(session, order_id, remove, "remove_line", {"position": position}, cause=cause, at=at)


def put_draft_destination(
    session: Session, order_id: int, destination: Destination, *, add_to_address_book: bool, cause: Cause, at: datetime
) -> None:
    """
    Add a further address, or set the one that has its key; the address book stays as it is unless asked (AD3, AD7).

    Raises Conflict `not_a_draft`, or `one_item_to_ship` where fewer than two pieces need shipping (AD3).
    """

    def changed(checkout: Checkout) -> Checkout:
        with_it = put_destination(checkout, destination)
        if len(with_it.destinations) > len(checkout.destinations):
            refuse_several_addresses(session, with_it, at=at)
        if add_to_address_book and destination.ship_to is not None:
            keep_in_book(session, checkout.customer_id, destination.ship_to)
        return with_it

    _revise(session, order_id, changed, "put_destination", {"destination": destination.key}, cause=cause, at=at)


def remove_draft_destination(session: Session, order_id: int, key: str, *, cause: Cause, at: datetime) -> None:
    """Remove an address. Raises NotFound, Conflict `not_a_draft`, Invalid where a line goes there."""
    remove = _but_first(remove_destination, key)
    _revise(session, order_id, remove, "remove_destination", {"destination": key}, cause=cause, at=at)


def put_draft_form(session: Session, order_id: int, form: CheckoutForm, *, cause: Cause, at: datetime) -> None:
    """Add a section, or set the one that has its key (ST2). Raises Conflict `not_a_draft`."""
    _revise(session, order_id, _but_first(put_form, form), "put_form", {"form": form.key}, cause=cause, at=at)


def remove_draft_form(session: Session, order_id: int, key: str, *, cause: Cause, at: datetime) -> None:
    """Remove a section. Raises NotFound, Conflict `not_a_draft`, Invalid where a line belongs to it."""
    _revise(session, order_id, _but_first(remove_form, key), "remove_form", {"form": key}, cause=cause, at=at)


def sellable(session: Session, checkout: Checkout, lines: Sequence[CheckoutLine]) -> Sequence[CheckoutLine]:
    """Give these lines, all of products that exist and that have a price. Raises Invalid."""
    catalog = read_catalog(session, replace(checkout, lines=lines))
    for line in lines:
        price_of(line, catalog)
    return lines


def refuse_several_addresses(session: Session, checkout: Checkout, *, at: datetime) -> None:
    """Raise Conflict where several addresses are given and fewer than two pieces need shipping (AD3)."""
    addressed = [each for each in checkout.destinations if each.ship_to is not None and each.key]
    pieces = appraise(session, checkout, at=at).pieces_to_ship
    if addressed and pieces <= 1:
        raise Conflict(
            "several addresses need several items that are shipped",
            code="one_item_to_ship",
            guard="several_items",
            remedy="add the items first, or give the order one address: ship_to",
            members={"pieces_to_ship": pieces},
        )


def _revise(
    session: Session,
    order_id: int,
    revision: Callable[[Checkout], Checkout],
    verb: str,
    detail: Mapping[str, Any],
    *,
    cause: Cause,
    at: datetime,
) -> None:
    draft = lock_draft(session, order_id)
    revised = revision(draft.checkout)
    if revised != draft.checkout:
        keep(session, draft, revised, verb, detail, cause=cause, at=at)


def _but_first(function: Callable[[Checkout, Any], Checkout], argument: object) -> Callable[[Checkout], Checkout]:
    return lambda checkout: function(checkout, argument)


def _told(lines: Sequence[CheckoutLine]) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity} for line in lines[:100]]
