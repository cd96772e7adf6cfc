"""Deliveries that suppliers announced: written down, received, ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.products import product_ids
from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.inbound.announce import Announcement, Expected, announce, end, reschedule
from fulfillment.inbound.read import DeliveryFilter, find_delivery, list_deliveries
from fulfillment.inbound.receive import receive_delivery
from web.access import ADMIN, CSR, WAREHOUSE
from web.call import Call, Reply
from web.counts import counts_of
from web.paging import after_day, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.inbound_deliveries import (
    DeliveryEndIn,
    DeliveryReceiptIn,
    InboundDeliveriesOut,
    InboundDeliveriesQuery,
    InboundDeliveryChangeIn,
    InboundDeliveryIn,
    InboundDeliveryOut,
)

_FLOOR = (WAREHOUSE, ADMIN)
_PATH = "/v1/inbound-deliveries/<id:delivery_id>"

noun = Noun("inbound_deliveries", "What suppliers are to bring, and what of it came.")


@noun.reads("/v1/inbound-deliveries", roles=(CSR, *_FLOOR), answer=InboundDeliveriesOut, query=InboundDeliveriesQuery)
def list_inbound_deliveries(session: Session, call: Call, query: InboundDeliveriesQuery) -> Reply:
    """List deliveries by the day they are expected on; of one `status`, or those with a product."""
    wanted = DeliveryFilter(query.status, query.sku, call.key.warehouses)
    after = after_day(query.cursor) or (date.min, 0)
    rows = list_deliveries(session, wanted, after=after, limit=query.limit + 1)
    return Reply(page("inbound_deliveries", rows, query.limit, _place_of, [_listed(row) for row in rows]))


@noun.commands(
    "/v1/inbound-deliveries",
    roles=_FLOOR,
    body=InboundDeliveryIn,
    answer=InboundDeliveryOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def create_inbound_delivery(session: Session, call: Call, body: InboundDeliveryIn) -> Reply:
    """Write down what a supplier is to bring, and when."""
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    place = warehouse_id(session, body.warehouse)
    ids = product_ids(session, (line.sku for line in body.lines))
    lines = [Expected(ids[line.sku], line.sku, line.quantity) for line in body.lines]
    announcement = Announcement(place, body.supplier, body.reference, body.expected_on, lines)
    delivery_id = announce(session, announcement, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, delivery_id), 201)


@noun.reads(_PATH, roles=(CSR, *_FLOOR), answer=InboundDeliveryOut)
def show_inbound_delivery(session: Session, call: Call, delivery_id: int) -> Reply:
    """Read a delivery: what is still to come, and what came beyond what was announced."""
    return Reply(_shown(session, call, delivery_id))


@noun.changes("PATCH", _PATH, roles=_FLOOR, body=InboundDeliveryChangeIn, answer=InboundDeliveryOut)
def change_inbound_delivery(session: Session, call: Call, body: InboundDeliveryChangeIn, delivery_id: int) -> Reply:
    """Change the day, the supplier or the reference of a delivery that is still expected."""
    _shown(session, call, delivery_id)
    reschedule(session, delivery_id, body.changes(), at=call.at)
    return Reply(_shown(session, call, delivery_id))


@noun.commands(
    f"{_PATH}/receipts",
    roles=_FLOOR,
    body=DeliveryReceiptIn,
    answer=InboundDeliveryOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def receive_inbound_delivery(session: Session, call: Call, body: DeliveryReceiptIn, delivery_id: int) -> Reply:
    """Take in what came of a delivery, all or a part. Shipments that wait for it are tried in their order."""
    _shown(session, call, delivery_id)
    counts = counts_of(session, body.lines)
    receive_delivery(
        session, delivery_id, counts, accept_differences=body.accept_differences, cause=call.cause, at=call.at
    )
    return Reply(_shown(session, call, delivery_id), 201)


@noun.commands(f"{_PATH}/end", roles=_FLOOR, body=DeliveryEndIn, answer=InboundDeliveryOut)
def end_inbound_delivery(session: Session, call: Call, body: DeliveryEndIn, delivery_id: int) -> Reply:  # noqa: ARG001 - it says nothing
    """Say that nothing more comes: canceled where nothing came, closed where a part did."""
    _shown(session, call, delivery_id)
    end(session, delivery_id, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, delivery_id))


def _place_of(row: RowMapping) -> str:
    return f"{row['expected_on'].isoformat()} {row['id']}"


def _shown(session: Session, call: Call, delivery_id: int) -> dict[str, Any]:
    row, lines = find_delivery(session, delivery_id)
    call.enter_warehouse(row["warehouse"], f"inbound delivery {delivery_id}")
    return {**_listed(row), "lines": [_line(line) for line in lines]}


def _listed(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "warehouse", "supplier", "reference", "status", "created_by")
    return {
        **{name: row[name] for name in as_it_is},
        "expected_on": row["expected_on"].isoformat(),
        "progress": {"expected": row["expected"], "received": row["received"]},
        "created_at": moment(row["created_at"]),
        "ended_at": moment(row["ended_at"]),
    }


def _line(line: RowMapping) -> dict[str, Any]:
    difference = line["expected"] - line["received"]
    return {**line, "open": max(0, difference), "over": max(0, -difference)}
