"""
Foresee: what a command would do, found by doing it, together with the steps that it promises, and taking that back.

No rule is written twice: the plan is what the verbs write. Of what lies outside it is assumed that it goes well: a
gateway agrees to everything. Steps that belong to no one order (others that wait for freed stock) are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import Claim, ClaimedJob
from fulfillment.inventory.models import StockMovement
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.job import Job, Refusal
from fulfillment.orders.read import read_order
from fulfillment.payments.attempts.plan import plan as plan_attempts
from fulfillment.payments.attempts.settle import Answered, settle
from fulfillment.payments.gateway.port import Answer, Result
from fulfillment.payments.ledger.models import MoneyTransfer
from fulfillment.payments.models import Payment
from fulfillment.payments.queries import open_attempts
from fulfillment.payments.states import ATTEMPT
from fulfillment.payments.sync.differences import left_to_a_person
from fulfillment.payments.sync.models import PaymentDifference
from fulfillment.returns.states import RETURN, Settlement
from fulfillment.timeline.record import Record, recording
from fulfillment.wiring import Services
from fulfillment.workflow.plan import Plan, Portrait, differences, portrayed
from fulfillment.workflow.run import VERBS

Answer_ = TypeVar("Answer_")

_MOST_STEPS: Final = 500
_AGREED: Final = Answer(Result.SUCCEEDED, "foreseen", None, None)
_NUMBERS = text("""
SELECT o.number, coalesce((SELECT max(t.id) FROM timeline t WHERE t.order_id = o.id), 0) AS last_entry
  FROM purchase_order o WHERE o.id = ANY (CAST(:ids AS bigint[])) ORDER BY o.id
""")
_SKUS = text("SELECT id, sku FROM product WHERE id = ANY (CAST(:ids AS bigint[]))")
_WAREHOUSES = text("SELECT id, code FROM warehouse")


def foresee(services: Services, session: Session, act: Callable[[], Answer_], *, at: datetime) -> tuple[Answer_, Plan]:
    """
    Act, and give beside the answer the plan of everything that follows: stock, money, e-mails, changes of the order.

    What the act itself wrote stays in the transaction; what was found out about its steps does not.
    """
    with recording(session) as record:
        answer = act()
        with _taken_back(session):
            refused = _carry_out(session, record, at=at)
            after = _portraits(session, record)
            emails, stock = _emails(session, record), _stock(session, record)
            money = _money(record) + _pay_outs(session, record) + _expected_refunds(session, record)
    with services.autocommit() as other:  # Another connection still sees what was there before.
        before = _portraits(other, record)
        last_entry = _last_entry(other, record)
    return answer, Plan(
        changes=[each for number in before for each in differences(before[number], after[number])],
        stock=stock,
        money=money,
        emails=emails,
        refused=[_shown_refusal(each) for each in refused] + _differences(record),
        versions={number: portrait.version for number, portrait in before.items()},
        last_entry=last_entry,
    )


@contextmanager
def _taken_back(session: Session) -> Iterator[None]:
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def _carry_out(session: Session, record: Record, *, at: datetime) -> list[Refusal]:
    """Do the steps that were promised, and those that these promise; give what would be refused."""
    refused: list[Refusal] = []
    stand_ins = count(-1, -1)  # Rows that were never written have no id.
    for promise in record.promises:  # It grows meanwhile.
        if (row_id := next(stand_ins)) < -_MOST_STEPS:
            break
        if promise["order_id"] is not None:
            each = _claimed(promise, row_id)
            if each.step in VERBS:
                refused += VERBS[each.step](session, [each.job], at=at).refused
            elif each.step.startswith("payments.") and each.step != "payments.sync":
                refused += _move_money(session, each, at=at)
    return refused


def _move_money(session: Session, each: ClaimedJob, *, at: datetime) -> list[Refusal]:
    refused = plan_attempts(session, each.step, [each], at=at)
    attempts = open_attempts(session, [each.claim.id])
    settle(session, [Answered(attempt, _AGREED, each.job.cause) for attempt in attempts], at=at)
    return list(refused.values())


def _claimed(promise: Mapping[str, Any], row_id: int) -> ClaimedJob:
    cause = Cause(CauseKind(promise["cause_kind"]), promise["cause_id"], promise["actor"], promise["step"])
    job = Job(promise["subject_id"], cause, promise["order_id"], promise["argument"] or {})
    return ClaimedJob(Claim(row_id, 0), promise["step"], job)


def _portraits(session: Session, record: Record) -> dict[str, Portrait]:
    """Give each order that is changed, as it is in this session."""
    numbers = [row.number for row in session.execute(_NUMBERS, {"ids": record.order_ids})]
    return {number: portrayed(read_order(session, number)) for number in numbers}


def _last_entry(session: Session, record: Record) -> int:
    return max((row.last_entry for row in session.execute(_NUMBERS, {"ids": record.order_ids})), default=0)


def _stock(session: Session, record: Record) -> list[dict[str, Any]]:
    moved = record.rows_of(StockMovement)
    skus = {row.id: row.sku for row in session.execute(_SKUS, {"ids": [row["product_id"] for row in moved]})}
    warehouses = {row.id: row.code for row in session.execute(_WAREHOUSES)} if moved else {}
    return [
        {
            "kind": str(row["kind"]),
            "sku": skus[row["product_id"]],
            "warehouse": warehouses[row["warehouse_id"]],
            "on_hand": row["on_hand_change"],
            "allocated": row["allocated_change"],
        }
        for row in moved
    ]


def _money(record: Record) -> list[dict[str, Any]]:
    """Give what would be moved; a payment that does not exist yet has no id, as any other row that would be added."""
    new = {row["id"] for row in record.rows_of(Payment)}
    return [
        {
            "kind": str(row["kind"]),
            "payment_id": None if row["payment_id"] in new else row["payment_id"],
            "amount": {"amount": row["amount"], "currency": row["currency"]},
        }
        for row in record.rows_of(MoneyTransfer)
    ]


def _pay_outs(session: Session, record: Record) -> list[dict[str, Any]]:
    """Give what would become somebody's task to pay back by hand."""
    tasks = [
        entry["detail"] for entry in record.entries if (entry["subject"], entry["verb"]) == (ATTEMPT.name, "hand_over")
    ]
    rows = session.execute(_CURRENCIES, {"ids": [task["payment_id"] for task in tasks]}) if tasks else ()
    currencies = {row.id: row.currency for row in rows}
    return [
        {
            "kind": "pay_out",
            "payment_id": task["payment_id"],
            "amount": {"amount": task["amount"], "currency": currencies[task["payment_id"]]},
        }
        for task in tasks
    ]


def _expected_refunds(session: Session, record: Record) -> list[dict[str, Any]]:
    """Give what would be paid back once goods have come back."""
    asked = [entry for entry in record.entries if _expects_refund(entry)]
    rows = session.execute(_ORDER_CURRENCIES, {"ids": [entry["order_id"] for entry in asked]}) if asked else ()
    currencies = {row.id: row.currency for row in rows}
    return [
        {
            "kind": "refund_expected",
            "payment_id": None,
            "amount": {
                "amount": entry["detail"].get("to_pay_back", entry["detail"]["worth"]),
                "currency": currencies[entry["order_id"]],
            },
        }
        for entry in asked
    ]


def _expects_refund(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry says that goods are to come back for money; of an exchange for what is left of it."""
    if (entry["subject"], entry["verb"]) == (RETURN.name, "authorize_return"):
        return bool(entry["detail"]["settles_by"] == Settlement.REFUND)
    return bool(entry["verb"] == "begin_exchange" and entry["detail"]["to_pay_back"])


_ORDER_CURRENCIES = text("SELECT id, currency FROM purchase_order WHERE id = ANY (CAST(:ids AS bigint[]))")
_CURRENCIES = text("SELECT id, currency FROM payment WHERE id = ANY (CAST(:ids AS bigint[]))")


def _emails(session: Session, record: Record) -> list[dict[str, Any]]:
    mails = [promise for promise in record.promises if promise["lane"] == "mail"]
    found = session.execute(_ADDRESSES, {"ids": sorted({promise["order_id"] for promise in mails})})
    addresses = {row.id: row.customer_email for row in found}
    return [
        {"kind": promise["step"].removeprefix("notifications."), "to": addresses[promise["order_id"]]}
        for promise in mails
    ]


_ADDRESSES = text("SELECT id, customer_email FROM purchase_order WHERE id = ANY (CAST(:ids AS bigint[]))")


def _differences(record: Record) -> list[dict[str, Any]]:
    """Give what a gateway says and no sync may take over."""
    return [_shown_refusal(left_to_a_person(row)) for row in record.rows_of(PaymentDifference)]


def _shown_refusal(refusal: Refusal) -> dict[str, Any]:
    return {"guard": refusal.guard, "reason": refusal.reason, "remedy": refusal.remedy}
