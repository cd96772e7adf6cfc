"""The ledger: every minor unit moves by a row between two accounts of a payment, and no row is ever changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.payments.ledger.models import Account, MoneyTransfer
from fulfillment.timeline.changes import Changes


class TransferKind(StrEnum):
    """Why money moved."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    EXPIRE = "expire"
    MANUAL = "manual"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSED = "chargeback_reversed"
    EXCHANGE_OUT = "exchange_out"
    EXCHANGE_BACK = "exchange_back"
    CREDIT = "credit"
    CREDIT_BACK = "credit_back"


# (debit, credit): what is entered moves from the second to the first.
_ACCOUNTS: Final = {
    TransferKind.AUTHORIZE: (Account.OPEN, Account.CUSTOMER),
    TransferKind.CAPTURE: (Account.TAKEN, Account.OPEN),
    TransferKind.VOID: (Account.CUSTOMER, Account.OPEN),
    TransferKind.EXPIRE: (Account.CUSTOMER, Account.OPEN),
    TransferKind.MANUAL: (Account.TAKEN, Account.CUSTOMER),
    TransferKind.REFUND: (Account.CUSTOMER, Account.TAKEN),
    TransferKind.CHARGEBACK: (Account.CUSTOMER, Account.TAKEN),
    TransferKind.CHARGEBACK_REVERSED: (Account.TAKEN, Account.CUSTOMER),
    TransferKind.EXCHANGE_OUT: (Account.EXCHANGE, Account.TAKEN),
    TransferKind.EXCHANGE_BACK: (Account.TAKEN, Account.EXCHANGE),
    TransferKind.CREDIT: (Account.TAKEN, Account.EXCHANGE),
    TransferKind.CREDIT_BACK: (Account.EXCHANGE, Account.TAKEN),
}


def enter_transfer(
    changes: Changes,
    kind: TransferKind,
    *,
    order_id: int,
    payment_id: int,
    amount: int,
    currency: str,
    attempt_id: int | None = None,
    to: Account | None = None,
) -> None:
    """Enter that `amount` minor units moved on a payment, by an attempt where one asked for it, and `to` another account where said."""
    debit, credit = _ACCOUNTS[kind]
    changes.insert(
        MoneyTransfer,
        {
            "order_id": order_id,
            "payment_id": payment_id,
            "attempt_id": attempt_id,
            "kind": kind,
            "debit": to or debit,
            "credit": credit,
            "amount": amount,
            "currency": currency,
            "at": changes.at,
        },
    )
