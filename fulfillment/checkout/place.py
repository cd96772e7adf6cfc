"""Place: a checkout becomes an order (ST1, OL1, OL2), in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fulfillment.checkout.checkout import Checkout, CheckoutForm
from fulfillment.checkout.parcel_out import ShipmentToBe, parcel_out
from fulfillment.checkout.price import Catalog, Priced, PricedLine, price, read_catalog
from fulfillment.checkout.reserve import ToReserve, reserve
from fulfillment.db.ids import take_ids
from fulfillment.db.session import Executor
from fulfillment.idempotency.keys import IdempotencyClaim, stored_answer
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.models import LineItem, OrderForm, PurchaseOrder, Shipment
from fulfillment.orders.progress import promise_work
from fulfillment.orders.states import OrderStatus, PaymentStatus, ShipmentStatus
from fulfillment.payments.models import Method, Payment
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class PlacedShipment:
    """A shipment of an order that was just placed."""

    id: int
    number: str
    content: ShipmentToBe
    lines: Sequence[tuple[int, PricedLine]]
    """(id, line)"""

    @property
    def needs_shipping(self) -> bool:
        """Whether anything in it goes to a carrier."""
        return self.content.needs_shipping


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was just placed. `total` is minor units of `currency`."""

    id: int
    form_ids: Mapping[str, int]
    number: str
    currency: str
    total: int
    shipments: Sequence[PlacedShipment]

    @property
    def reservable(self) -> list[ToReserve]:
        """The lines whose units must be there now, by shipment."""
        return [
            ToReserve(shipment.id, line_id, line.product.id, line.product.sku, line.part.quantity)
            for shipment in self.shipments
            if shipment.needs_shipping
            for line_id, line in shipment.lines
            if line.product is not None and line.product.denies_shortage
        ]


class ReservationNeededError(Exception):
    """The checkout names a product that denies a shortage: it must be placed in a transaction."""


@dataclass(frozen=True, slots=True)
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
    answered: Answered | None = None,
    in_transaction: bool = True,
) -> Placed | None:
    """
    Make an order of a checkout: its shipments are pending until it is covered, and its payments are to be authorized.

    Units of products that deny a shortage are reserved in the same transaction. Gives None, having changed nothing,
    where the idempotency key was used before. Raises Invalid, or Conflict `out_of_stock`; ReservationNeededError where
    each statement is a transaction of its own (not `in_transaction`) and there is something to reserve.
    """
    catalog = read_catalog(executor, checkout)
    priced = price(checkout, catalog)
    placed = _identified(executor, checkout, catalog, priced)
    if placed.reservable and not in_transaction:
        raise ReservationNeededError
    changes = Changes(at=at)
    entry = changes.note("order", placed.id, placed.id, "place", cause, {"total": placed.total})
    changes.insert(PurchaseOrder, _order_row(checkout, catalog, priced, placed, storefront_id, at))
    for form in checkout.forms:
        changes.insert(OrderForm, _form_row(checkout, form, priced, placed))
    try:
        warehouses = reserve(executor, changes, placed.reservable, checkout.priority, cause)
    except Conflict:
        # A repeat of the checkout that took the last units must hear what the first was told.
        if answered is not None and stored_answer(executor, answered.claim) is not None:
            return None
        raise
    for shipment in placed.shipments:
        changes.insert(Shipment, _shipment_row(placed, shipment, warehouses.get(shipment.id), at))
        for line_id, line in shipment.lines:
            reserved = line.product is not None and line.product.denies_shortage and shipment.needs_shipping
            changes.insert(LineItem, _line_row(placed, shipment, line_id, line, reserved=reserved))
    _add_payments(executor, changes, checkout, placed, cause, because=entry)
    if placed.total == 0:
        work = [(shipment.id, shipment.needs_shipping) for shipment in placed.shipments]
        promise_work(changes, placed.id, checkout.customer_email, work, cause, because=entry)
    only_if = answered.claim.insert(*answered.answer(placed)) if answered is not None else None
    return placed if changes.write(executor, only_if=only_if) else None


def _identified(executor: Executor, checkout: Checkout, catalog: Catalog, priced: Priced) -> Placed:
    """Give everything its id before anything is written, so that the answer is known and one statement is enough."""
    parts = parcel_out(checkout, priced)
    ids = iter(take_ids(executor, 1 + len(checkout.forms) + len(parts) + len(priced.lines)))
    order_id = next(ids)
    number = f"PO{order_id}"
    form_ids = {form.key: next(ids) for form in checkout.forms}
    shipments = []
    for n, part in enumerate(parts, start=1):
        numbered = [(next(ids), line) for line in part.lines]
        shipments.append(PlacedShipment(next(ids), f"{number}-{n}", part, numbered))
    return Placed(order_id, form_ids, number, catalog.currency, priced.total, shipments)


def _order_row(
    checkout: Checkout, catalog: Catalog, priced: Priced, placed: Placed, storefront_id: int | None, at: datetime
) -> dict[str, Any]:
    return {
        "id": placed.id,
        "number": placed.number,
        "storefront_id": storefront_id,
        "market_id": catalog.market_id,
        "customer_id": checkout.customer_id,
        "customer_name": checkout.customer_name,
        "customer_email": checkout.customer_email,
        "reference": checkout.reference,
        "status": OrderStatus.IN_PROGRESS,
        "payment_status": PaymentStatus.UNPAID if priced.total else PaymentStatus.PAID,
        "open_holds": 0,
        "priority": checkout.priority,
        "version": 1,
        "currency": placed.currency,
        "items_amount": priced.items,
        "discount_amount": priced.discount,
        "shipping_amount": priced.shipping,
        "tax_amount": priced.tax,
        "total": priced.total,
        "placed_at": at,
        "covered_at": None if priced.total else at,
    }


def _form_row(checkout: Checkout, form: CheckoutForm, priced: Priced, placed: Placed) -> dict[str, Any]:
    return {
        "id": placed.form_ids[form.key],
        "order_id": placed.id,
        "name": form.name or checkout.customer_name,
        "contact": form.contact,
        "bill_to": form.bill_to,
        "reference": form.reference,
        "discount": form.discount,
        "subtotal": priced.subtotals[form.key],
    }


def _shipment_row(placed: Placed, shipment: PlacedShipment, warehouse_id: int | None, at: datetime) -> dict[str, Any]:
    content = shipment.content
    return {
        "id": shipment.id,
        "order_id": placed.id,
        "form_id": placed.form_ids[content.form],
        "number": shipment.number,
        "status": ShipmentStatus.PENDING,
        "needs_shipping": content.needs_shipping,
        "ship_to": content.destination.ship_to,
        "shipping_method": content.destination.shipping_method,
        "shipping_amount": content.shipping,
        "amount": content.amount,
        "warehouse_id": warehouse_id,
        "status_since": at,
    }


def _line_row(
    placed: Placed, shipment: PlacedShipment, line_id: int, line: PricedLine, *, reserved: bool
) -> dict[str, Any]:
    return {
        "id": line_id,
        "order_id": placed.id,
        "shipment_id": shipment.id,
        "position": line.position,
        "product_id": line.product.id if line.product is not None else None,
        "sku": line.line.sku,
        "name": line.name,
        "options": line.line.options,
        "quantity": line.part.quantity,
        "list_price": line.list_price,
        "price": line.price,
        "price_by": line.line.price_by,
        "discount": line.discount,
        "tax": line.tax,
        "amount": line.amount,
        "own_discount": line.own_discount,
        "own_tax": line.own_tax,
        "gift": line.part.gift,
        "gift_message": line.part.gift_message,
        "allocated": line.part.quantity if reserved else 0,
    }


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
            },
        )
        changes.publish("order.placed", payment_id, cause, order_id=placed.id, because=because)
