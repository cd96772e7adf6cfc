"""Place: a checkout becomes an order (ST1, OL1, OL2), in one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from fulfillment.catalog.markets import no_such_payment_method
from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.hold_rules import reasons
from fulfillment.checkout.memory import CatalogMemory
from fulfillment.checkout.open_holds import open_holds
from fulfillment.checkout.parcel_out import parcel_out
from fulfillment.checkout.placed import Placed, PlacedShipment
from fulfillment.checkout.price import Catalog, CatalogProduct, Priced, price, read_catalog, too_large
from fulfillment.checkout.promote import promoted_or_refused, read_offers
from fulfillment.checkout.reserve import reserve
from fulfillment.checkout.rows import form_row, line_row, order_columns, shipment_row, words_row
from fulfillment.db.ids import take_ids
from fulfillment.db.session import Executor
from fulfillment.db.together import Together
from fulfillment.db.write import RowsChangedError, Unchanged
from fulfillment.idempotency.keys import IdempotencyClaim, stored_answer
from fulfillment.inventory.reservations import Held
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import FulfillmentError, Invalid
from fulfillment.kernel.immutable import immutable
from fulfillment.kernel.money import MOST_AMOUNT
from fulfillment.orders.models import LineItem, OrderForm, PurchaseOrder, Shipment
from fulfillment.orders.progress import promise_work
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.orders.search.keep import keep_for_search
from fulfillment.orders.search.models import OrderSearch
from fulfillment.orders.states import ORDER, OrderStatus
from fulfillment.payments.adding.hand_in import refuse_used
from fulfillment.payments.models import Method, Payment
from fulfillment.promotions.use import record_uses
from fulfillment.timeline.changes import Changes


class TransactionNeededError(Exception):
    """The checkout names a product that denies a shortage, or a code: it must be placed in a transaction."""


@immutable
class Answered:
    """The claim of an idempotency key, and how to make up the answer that is stored under it."""

    claim: IdempotencyClaim
    answer: Callable[[Placed], tuple[int, Mapping[str, Any], Mapping[str, str]]]


def place(
    executor: Executor,
    checkout: Checkout,
    *,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
    draft: OrderUnderLock | None = None,
    answered: Answered | None = None,
    in_transaction: bool = True,
    held: Sequence[Held] = (),
    memory: CatalogMemory | None = None,
    together: Together | None = None,
) -> Placed | None:
    """
    Make an order of a checkout: its shipments are pending until it is covered, and its payments are to be authorized.

    A locked `draft` becomes the order, and keeps its number. Units of products that deny a shortage are reserved in the
    same transaction, and codes are used; so are pieces that were `held` for this checkout until now. What `memory` has of the
    catalog is not read; where it turns out to have changed, or to refuse, that is done anew by what is read. `together` writes
    it along with other checkouts of the same moment. Gives None, having changed nothing, where the idempotency key was used before. Raises
    Invalid (`code_refused` for a code that does not count, `total_too_large`), Conflict `out_of_stock` or `promotion_used_up`;
    TransactionNeededError where each statement is a transaction of its own (not `in_transaction`) and one is not enough.
    """
    attempt = partial(_place, executor, checkout, storefront_id, cause, at, draft, answered, held)
    attempt = partial(attempt, in_transaction=in_transaction, together=together)
    if memory is not None and (remembered := memory.recall(checkout)) is not None:
        with suppress(FulfillmentError, RowsChangedError):
            return attempt(remembered)
    try:
        catalog = read_catalog(executor, checkout)
        if memory is not None:
            memory.keep(checkout.market, catalog)
        return attempt(catalog)
    except FulfillmentError:
        # A repeat of the checkout that took the last units, or the last use of a code, must hear what the first was told.
        if answered is not None and stored_answer(executor, answered.claim) is not None:
            return None
        raise


def _place(
    executor: Executor,
    checkout: Checkout,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
    draft: OrderUnderLock | None,
    answered: Answered | None,
    held: Sequence[Held],
    catalog: Catalog,
    *,
    in_transaction: bool,
    together: Together | None,
) -> Placed | None:
    offers = read_offers(executor, checkout, catalog, order_id=draft.id if draft else None)
    checkout, catalog = promoted_or_refused(checkout, offers, at=at), offers.catalog
    if held or any(_is_ahead(each, at) for each in catalog.products.values()):
        catalog = replace(catalog, products=_taken(catalog.products, {each.product_id for each in held}, at))
    priced = price(checkout, catalog)
    if priced.total > MOST_AMOUNT:
        raise too_large(catalog.currency)
    placed = _identified(executor, checkout, catalog, priced, draft)
    if (placed.reservable or checkout.promotions) and not in_transaction:
        raise TransactionNeededError
    changes = Changes(at=at)
    columns = order_columns(checkout, catalog, priced, at)
    entry = (
        _enter(changes, placed, columns, words_row(checkout, placed, at), storefront_id, cause)
        if draft is None
        else _move(changes, placed, draft, columns, cause)
    )
    changes.tell("order.placed", placed.id, cause, order_id=placed.id)  # also of an order that no card pays for
    for form in checkout.forms:
        changes.insert(OrderForm, form_row(checkout, form, priced, placed))
    warehouses = reserve(
        executor, changes, placed.reservable, checkout.priority, cause, held=held, sourcing=catalog.sourcing
    )
    record_uses(executor, changes, placed.id, checkout.customer_email, checkout.promotions or ())
    for shipment in placed.shipments:
        changes.insert(Shipment, shipment_row(placed, shipment, warehouses.get(shipment.id), at))
        for line_id, line in shipment.lines:
            reserved = line.product is not None and line.product.denies_shortage and shipment.needs_shipping
            changes.insert(LineItem, line_row(placed, shipment, line_id, line, reserved=reserved))
    _take_methods_of_the_market(checkout, catalog)
    _add_payments(executor, changes, checkout, placed, cause, because=entry)
    open_holds(executor, changes, placed, checkout.market, cause, because=entry)
    preordered = _promise_preorders(changes, placed, cause, because=entry)
    if placed.total == 0:
        work = [(each.id, each.needs_shipping) for each in placed.shipments if each.id not in preordered]
        promise_work(changes, placed.id, checkout.customer_email, work, cause, because=entry)
    return _written(executor, changes, placed, answered, catalog.unchanged, together, was_draft=draft is not None)


def _taken(products: Mapping[str, CatalogProduct], held: Collection[int], at: datetime) -> dict[str, CatalogProduct]:
    """What is held is allocated in the placing transaction, as what denies a shortage is; what is pre-ordered is not."""
    return {
        sku: replace(each, denies_shortage=(each.denies_shortage or each.id in held) and not _is_ahead(each, at))
        for sku, each in products.items()
    }


def _is_ahead(product: CatalogProduct, at: datetime) -> bool:
    """Tell whether it is not sold from stock yet."""
    return product.available_from is not None and product.available_from > at


def _promise_preorders(changes: Changes, placed: Placed, cause: Cause, *, because: int) -> set[int]:
    """Send shipments with something that is pre-ordered to the stock check, paid or not (SH1); give them."""
    found: set[int] = set()
    for shipment in placed.shipments:
        products = [line.product for _, line in shipment.lines if line.product is not None]
        dates = [each.available_from for each in products if each.available_from and _is_ahead(each, changes.at)]
        if dates and shipment.needs_shipping:
            day = {"not_before": max(dates).isoformat()}
            changes.publish(
                "shipment.preordered", shipment.id, cause, order_id=placed.id, because=because, argument=day
            )
            found.add(shipment.id)
    return found


def _enter(
    changes: Changes,
    placed: Placed,
    columns: Mapping[str, Any],
    words: dict[str, Any],
    storefront_id: int | None,
    cause: Cause,
) -> int:
    head = {"id": placed.id, "number": placed.number, "storefront_id": storefront_id, "version": 1}
    head["open_holds"] = len(placed.held_for)
    changes.insert(PurchaseOrder, {**head, "status": OrderStatus.IN_PROGRESS, **columns})
    changes.insert(OrderSearch, words)
    return changes.note("order", placed.id, placed.id, "place", cause, {"total": placed.total})


def _move(changes: Changes, placed: Placed, draft: OrderUnderLock, columns: Mapping[str, Any], cause: Cause) -> int:
    total = {"total": columns["total"]}
    changes.raise_version(PurchaseOrder, draft)
    changes.set(PurchaseOrder, draft.id, open_holds=draft.open_holds + len(placed.held_for))
    return changes.move(ORDER, PurchaseOrder, draft, "place", cause, detail=total, **columns)


def _written(
    executor: Executor,
    changes: Changes,
    placed: Placed,
    answered: Answered | None,
    unchanged: Sequence[Unchanged],
    together: Together | None,
    *,
    was_draft: bool,
) -> Placed | None:
    only_if = answered.claim.insert(*answered.answer(placed)) if answered is not None else None
    if not changes.write(executor, only_if=only_if, unchanged=unchanged, together=together):
        return None
    if was_draft:  # it was found by its customer before; now it has lines
        keep_for_search(executor, [placed.id])
    return placed


def _identified(
    executor: Executor, checkout: Checkout, catalog: Catalog, priced: Priced, draft: OrderUnderLock | None
) -> Placed:
    """Give everything its id before anything is written, so that the answer is known and one statement is enough."""
    parts = parcel_out(checkout, priced)
    ids = iter(take_ids(executor, 1 + len(checkout.forms) + len(parts) + len(priced.lines)))
    fresh = next(ids)
    order_id, number = (fresh, order_number(fresh)) if draft is None else (draft.id, draft.number)
    form_ids = {form.key: next(ids) for form in checkout.forms}
    shipments = []
    for n, part in enumerate(parts, start=1):
        numbered = [(next(ids), line) for line in part.lines]
        shipments.append(PlacedShipment(next(ids), f"{number}-{n}", part, numbered))
    held_for = reasons(catalog.hold_rules, checkout, priced)
    return Placed(order_id, form_ids, number, catalog.currency, priced.total, shipments, held_for)


def order_number(order_id: int) -> str:
    """Give the number by which people know an order."""
    return f"PO{order_id}"


def _take_methods_of_the_market(checkout: Checkout, catalog: Catalog) -> None:
    """Refuse cards where the market takes none (PY1)."""
    if checkout.payments and Method.CARD not in catalog.payment_methods:
        raise no_such_payment_method(checkout.market, Method.CARD, catalog.payment_methods)


def _add_payments(
    executor: Executor, changes: Changes, checkout: Checkout, placed: Placed, cause: Cause, *, because: int
) -> None:
    """Add the payments, each to be authorized. They may stay below the total (the rest is paid by telephone), not above."""
    amounts = [placed.total if each.amount is None else each.amount for each in checkout.payments]
    if sum(amounts) > placed.total:
        raise Invalid(
            "the payments add up to more than the order costs",
            code="payments_too_high",
            members={"total": placed.total, "payments": sum(amounts)},
        )
    handed_in = [each.reference for each in checkout.payments if each.reference is not None]
    refuse_used(executor, handed_in)
    ids = take_ids(executor, len(amounts))
    for position, (payment, amount) in enumerate(zip(checkout.payments, amounts, strict=True), start=1):
        if amount == 0:
            continue
        payment_id = ids[position - 1]
        changes.insert(
            Payment,
            {
                "id": payment_id,
                "order_id": placed.id,
                "position": position,
                "method": Method.CARD,
                "token": payment.token,
                "amount": amount,
                "currency": placed.currency,
                "created_at": changes.at,
                **({"adopts": payment.reference} if handed_in else {}),
            },
        )
        changes.publish("order.placed", payment_id, cause, order_id=placed.id, because=because)
