"""What the mails of some dispatch rows are to say, read from the database as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import ClaimedJob
from fulfillment.kernel.money import printed
from fulfillment.notifications.context import MailKind, MailLine, MailTotals, OrderMail
from fulfillment.notifications.read_parcels import read_parcels
from fulfillment.notifications.read_returns import ReturnMail, read_return_mails

_ORDERS = text("""
SELECT o.id, o.number, o.placed_at, o.customer_email, o.customer_name, o.currency, o.items_amount, o.discount_amount,
       o.shipping_amount, o.tax_amount, o.total, o.captured, o.manual, o.credited, o.cancel_reason, m.name AS store_name
  FROM purchase_order o JOIN market m ON m.id = o.market_id WHERE o.id = ANY (CAST(:ids AS bigint[]))
""")
_SHIPMENTS = text("""
SELECT id, order_id, number, ship_to, tracking_number, status FROM shipment
 WHERE order_id = ANY (CAST(:ids AS bigint[])) ORDER BY id
""")
_LINES = text("""
SELECT l.order_id, l.shipment_id, l.name, l.sku, l.quantity, l.price * l.quantity AS amount
  FROM shipment s JOIN line_item l ON l.shipment_id = s.id  -- lines are found by their shipment alone
 WHERE s.order_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.order_id, l.position
""")
_REFUNDS = text("SELECT id, amount FROM payment_attempt WHERE id = ANY (CAST(:ids AS bigint[]))")

_LineOfShipment = tuple[int | None, MailLine]

_ADDRESS_PARTS = ("name", "line1", "line2", "city", "region", "postal_code", "country")


def read_mails(session: Session, kind: MailKind, jobs: Sequence[ClaimedJob]) -> dict[int, OrderMail]:
    """Give the content of each job's mail, by dispatch id. A job whose order has no e-mail address has none."""
    order_ids = sorted({each.job.order_id for each in jobs if each.job.order_id is not None})
    orders = {row.id: row for row in session.execute(_ORDERS, {"ids": order_ids}).all()}
    shipments = _grouped(session.execute(_SHIPMENTS, {"ids": order_ids}).all())
    lines = _lines(session.execute(_LINES, {"ids": order_ids}).all())
    refunds: dict[int, int] = {}
    if kind == MailKind.REFUNDED:
        found = session.execute(_REFUNDS, {"ids": [each.job.subject_id for each in jobs]})
        refunds = {row.id: row.amount for row in found}
    returns = read_return_mails(session, kind, [each.job.subject_id for each in jobs]) if kind.is_of_return else {}
    mails: dict[int, OrderMail] = {}
    for each in jobs:
        order = orders.get(each.job.order_id or 0)
        if order is not None and order.customer_email:
            mail = _mail(kind, each.job.subject_id, order, shipments[order.id], lines[order.id], refunds)
            told = returns.get(each.job.subject_id)
            mails[each.claim.id] = mail if told is None else _of_return(mail, told)
    return _about_parcels(session, jobs, mails) if kind.is_of_parcel else mails


def _about_parcels(session: Session, jobs: Sequence[ClaimedJob], mails: dict[int, OrderMail]) -> dict[int, OrderMail]:
    """Let mails tell of a parcel alone; of one that is gone there is none."""
    parcels = read_parcels(session, [each.job.subject_id for each in jobs])
    return {
        each.claim.id: replace(
            mails[each.claim.id],
            lines=parcel.lines,
            ship_to=_address_lines(parcel.ship_to),
            shipment_number=parcel.shipment_number,
            tracking_number=parcel.tracking_number,
        )
        for each in jobs
        if each.claim.id in mails and (parcel := parcels.get(each.job.subject_id)) is not None
    }


def _of_return(mail: OrderMail, told: ReturnMail) -> OrderMail:
    return replace(
        mail,
        lines=told.lines,
        return_number=told.number,
        return_until=told.until,
        refunded=told.refund,
        money_note=told.note,
    )


def _mail(
    kind: MailKind,
    subject_id: int,
    order: Row[Any],
    shipments: Sequence[Row[Any]],
    lines: Sequence[_LineOfShipment],
    refunds: dict[int, int],
) -> OrderMail:
    shipment = next((each for each in shipments if each.id == subject_id), None) if kind == MailKind.SHIPPED else None
    addressed = shipment or next((each for each in shipments if each.ship_to is not None), None)
    return OrderMail(
        number=order.number,
        placed_at=order.placed_at,
        email=order.customer_email,
        currency=order.currency,
        store_name=order.store_name,
        customer_name=order.customer_name or "",
        lines=tuple(line for shipment_id, line in lines if shipment is None or shipment_id == shipment.id),
        totals=MailTotals(
            order.items_amount, order.discount_amount, order.shipping_amount, order.tax_amount, order.total
        ),
        ship_to=_address_lines(addressed.ship_to if addressed is not None else None),
        shipment_number=shipment.number if shipment is not None else None,
        tracking_number=shipment.tracking_number if shipment is not None else None,
        refunded=refunds.get(subject_id) if kind == MailKind.REFUNDED else None,
        cancel_reason=order.cancel_reason if kind == MailKind.CANCELED else None,
        money_note=_money_note(order) if kind == MailKind.CANCELED else None,
    )


def _money_note(order: Row[Any]) -> str:
    """Say what a cancellation does with the money (OL11)."""
    taken = order.captured + order.manual + order.credited
    if taken:
        return (
            f"What was charged for the canceled items is refunded (charged so far: {printed(taken, order.currency)})."
        )
    return "Nothing was charged; what your bank set aside is given back."


def _address_lines(address: dict[str, Any] | None) -> tuple[str, ...]:
    if not address:
        return ()
    return tuple(str(address[part]) for part in _ADDRESS_PARTS if address.get(part))


def _grouped(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.order_id].append(row)
    return grouped


def _lines(rows: Iterable[Sequence[Any]]) -> dict[int, list[_LineOfShipment]]:
    grouped: dict[int, list[_LineOfShipment]] = defaultdict(list)
    for order_id, shipment_id, *line in rows:
        grouped[order_id].append((shipment_id, MailLine(*line)))
    return grouped
