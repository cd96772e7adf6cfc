"""The whole history of payments: ledger, chargebacks, syncs."""

from __future__ import annotations

from web.schemas.base import Answer, MoneyOut
from web.schemas.chargebacks import ChargebackOut
from web.schemas.payments import PaymentOut


class BooksOut(Answer):
    """
    What the money of an order amounts to, over all its payments.

    authorized = captured + voided + expired + open; captured + manual + credited = refunded + charged_back + exchanged + kept.
    """

    authorized: MoneyOut
    captured: MoneyOut
    voided: MoneyOut
    expired: MoneyOut
    open: MoneyOut
    manual: MoneyOut
    credited: MoneyOut
    refunded: MoneyOut
    charged_back: MoneyOut
    exchanged: MoneyOut
    kept: MoneyOut


class PaymentsOut(Answer):
    """The payments of an order, in the order in which they were added, and what they amount to together."""

    payment_status: str
    books: BooksOut
    payments: list[PaymentOut]


class TransferOut(Answer):
    """One row of the ledger: money moved from `credit` to `debit`. It is never changed."""

    id: int
    kind: str
    debit: str
    credit: str
    amount: MoneyOut
    attempt_id: int | None
    at: str


class FoundOut(Answer):
    """Something that a sync found otherwise at the gateway."""

    kind: str
    what: str
    reference: str
    attempt_id: int | None
    amount: MoneyOut


class SyncedOut(Answer):
    """A comparison with the gateway that found something: what was taken over, and what was left to a person."""

    at: str
    actor: str
    cause: str
    applied: list[FoundOut]
    left: list[FoundOut]


class PaymentHistoryOut(PaymentOut):
    """A payment with all that happened to it: attempts, ledger, chargebacks, what syncs found, and what differs now."""

    ledger: list[TransferOut]
    chargebacks: list[ChargebackOut]
    syncs: list[SyncedOut]
    differences: list[FoundOut]
