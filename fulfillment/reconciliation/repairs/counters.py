"""Counters that repeat a ledger, or rows, follow them again. The row of the rule says what they are to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fulfillment.db.base import Base
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import LineItem, PurchaseOrder
from fulfillment.payments.models import Payment
from fulfillment.reconciliation.drift import Repair

_FINISH = text("""
UPDATE operation SET done = total - :left,
       problems = problems || jsonb_build_array(jsonb_build_object(
         'subject_id', NULL, 'guard', 'step_lost', 'reason', :lost || ' of its steps were lost', 'remedy', 'ask for it again')),
       finished_at = CASE WHEN :left = 0 THEN CAST(:at AS timestamptz) END
 WHERE id = :id RETURNING done
""")


def follow(model: type[Base], of: str, *columns: str) -> Callable[[Repair], Mapping[str, Any]]:
    """Make the repair that sets these columns of the row which `of` names to what the rule expects of them."""

    def set_expected(repair: Repair) -> Mapping[str, Any]:
        expected = repair.row["expected"]
        wanted = dict(zip(columns, expected if isinstance(expected, list) else [expected], strict=True))
        names = ", ".join(f"{name} = :{name}" for name in wanted)
        statement = text(f"UPDATE {model.__tablename__} SET {names} WHERE id = :id")  # noqa: S608 - our own names only
        try:
            with repair.session.begin_nested():
                repair.session.execute(statement, {**wanted, "id": repair.row[of]})
        except IntegrityError as impossible:
            raise Conflict(
                f"the ledger adds up to what cannot be: {impossible.orig}".splitlines()[0],
                code="ledger_contradicts_itself",
                guard="ledger",
                remedy="compare with the gateway: POST /v1/orders/{number}/payments/sync",
            ) from impossible
        return wanted

    return set_expected


follow_transfers = follow(
    Payment,
    "payment_id",
    *("authorized", "captured", "voided", "expired", "refunded", "charged_back", "exchanged"),
)
follow_attempts = follow(Payment, "payment_id", "capture_pending", "void_pending", "refund_pending")
follow_payments = follow(
    PurchaseOrder,
    "id",
    *("open_authorized", "captured", "manual", "credited", "refunded", "charged_back", "given_back", "returned"),
)
follow_money = follow(PurchaseOrder, "id", "payment_status")
follow_holds = follow(PurchaseOrder, "id", "open_holds")
follow_canceled = follow(PurchaseOrder, "id", "canceled_amount")
follow_refunds = follow(LineItem, "line_id", "refunded_quantity")


def finish_operation(repair: Repair) -> Mapping[str, Any]:
    """Count the steps of an operation that were lost as done, with a problem: whoever waits for it gets an answer."""
    row = repair.row
    lost = row["total"] - row["done"] - row["rows"]
    parameters = {"id": row["operation_id"], "left": row["rows"], "lost": lost, "at": repair.at}
    return {"done": repair.session.execute(_FINISH, parameters).scalar_one(), "lost": lost}
