"""Receive of a delivery: all of it or a part, and what else came only where somebody says that it is to be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.inbound.models import InboundDelivery, InboundLine
from fulfillment.inbound.queries import lines_of_delivery, lock_delivery
from fulfillment.inbound.states import INBOUND
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes


class DiffersFromDeliveryError(Conflict):
    """More came than was announced, or something else."""

    code = "differs_from_delivery"


def receive_delivery(
    session: Session,
    delivery_id: int,
    counts: Sequence[Count],
    *,
    accept_differences: bool,
    cause: Cause,
    at: datetime,
) -> None:
    """
    Put what came on hand, in its bins; the delivery is received once all that was expected has come.

    Raises NotFound, Conflict where nothing more is expected, DiffersFromDeliveryError where more or other pieces came than
    announced and the caller does not accept that.
    """
    delivery = lock_delivery(session, delivery_id)
    _, refused = INBOUND.admit("receive_part", [delivery])
    if refused:
        raise refused[0].as_error()
    expected = lines_of_delivery(session, delivery_id)
    received = {product: got for product, (_, got) in expected.items()}
    for each in counts:
        received[each.product_id] = received.get(each.product_id, 0) + each.quantity
    if not accept_differences:
        _refuse_differences(counts, expected, received)
    changes = Changes(at=at)
    for each in counts:
        if each.product_id in expected:
            key = {"delivery_id": delivery_id, "product_id": each.product_id}
            changes.add(InboundLine, key, received=each.quantity)
    for product_id in sorted({each.product_id for each in counts} - expected.keys()):
        columns = {"delivery_id": delivery_id, "product_id": product_id, "expected": 0}
        changes.insert(InboundLine, {**columns, "received": received[product_id]})
    all_there = all(received[product] >= wanted for product, (wanted, _) in expected.items())
    changes.move(
        INBOUND,
        InboundDelivery,
        delivery,
        "receive_all" if all_there else "receive_part",
        cause,
        ended_at=at if all_there else None,
    )
    why = Why(delivery.reference, document_id=delivery_id)
    change_on_hand(session, changes, MovementKind.RECEIVED, delivery.warehouse_id, counts, cause, why)
    changes.write(session)


def _refuse_differences(
    counts: Sequence[Count], expected: Mapping[int, tuple[int, int]], received: Mapping[int, int]
) -> None:
    skus = {each.product_id: each.sku for each in counts}
    other = sorted(sku for product, sku in skus.items() if product not in expected)
    over = [
        {"sku": sku, "expected": expected[product][0], "received": received[product]}
        for product, sku in sorted(skus.items(), key=lambda item: item[1])
        if product in expected and received[product] > expected[product][0]
    ]
    if other or over:
        what = [*(f"{each['sku']}: {each['received']} of {each['expected']} expected" for each in over)]
        raise DiffersFromDeliveryError(
            "; ".join([*what, *(f"{sku} is not expected" for sku in other)][:10]),
            guard="as_announced",
            remedy="count again, or send accept_differences: true to take what came",
            members={"over": over, "not_expected": other},
        )
