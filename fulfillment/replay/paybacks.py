"""The office's part: what cancellation invoices take back is refunded, or canceled where it has not shipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from fulfillment.client.api import JSON, Api, RefusedError, eventually
from fulfillment.replay.books import Books, Standing
from fulfillment.replay.checkouts import money
from fulfillment.replay.match import Refund

_WORKED_IN: Final = frozenset({"in_progress"})


class Office:
    """
    Pays back, order by order, in time order.

    What an order has refunded already tells how many of its refunds were made by an earlier run: they are made one
    after the other, each to its end, so it is always the amount of the first so many of them.
    """

    def __init__(self, api: Api, books: Books, *, patience: float) -> None:
        """`patience` is how many seconds one refund may take."""
        self._api = api
        self._books = books
        self._patience = patience
        self._due: dict[str, int] = defaultdict(int)

    def withdraw(self, refunds: Iterable[Refund]) -> None:
        """Cancel the orders that are taken back as a whole on their own day, before the floor sees them."""
        for refund in refunds:
            number = self._books.orders.get(refund.sale.invoice)
            if number is None or not refund.undoes_unshipped:
                continue
            if self._standing(number).status in _WORKED_IN:
                body = {"reason": _reason(refund), "notify_customer": False}
                self._api.post(f"/v1/orders/{number}/cancellation", body, key=_key(refund))
                self._books.canceled += 1

    def pay_back(self, refund: Refund) -> None:
        """Make a refund; those of one order must come in time order. A refusal is kept in the books."""
        number = self._books.orders.get(refund.sale.invoice)
        if number is None:
            return
        try:
            self._refund(number, refund)
        except RefusedError as refused:
            with self._books.lock:
                self._books.refused_refunds.append((refund, str(refused)))

    def _refund(self, number: str, refund: Refund) -> None:
        order = eventually(lambda: self._at_rest(number), what=f"refunds of {number}", patience=self._patience)
        standing = Standing.of(order)
        if standing.status == "canceled" or refund.amount == 0:
            return
        before = self._due[number]
        self._due[number] += refund.amount
        if standing.refunded >= self._due[number]:
            return
        if standing.refunded > before:
            detail = f"{standing.refunded} pence of {number} are refunded, which no {before} and {refund.amount} make"
            raise RefusedError("POST", "refunds", 409, {"detail": detail})
        [payment] = order["payments"]
        self._api.finish(
            f"/v1/payments/{payment['id']}/refunds", _body(order, refund), key=_key(refund), patience=self._patience
        )
        after = self._standing(number).refunded
        if after < self._due[number]:
            raise RefusedError("POST", "refunds", 409, {"detail": f"{after} pence of {number} are refunded after all"})
        with self._books.lock:
            self._books.refunded += 1

    def _at_rest(self, number: str) -> JSON | None:
        """Give the order once no refund of it is on its way: a run that was broken off may have left one."""
        order = self._api.get(f"/v1/orders/{number}")
        return None if any(payment["refund_pending"]["amount"] for payment in order["payments"]) else order

    def _standing(self, number: str) -> Standing:
        return Standing.of(self._api.get(f"/v1/orders/{number}"))


def _body(order: JSON, refund: Refund) -> JSON:
    """Say the amount as well: it is what the cancellation invoice says, which may be less than was paid."""
    lines = {line["position"]: line for shipment in order["shipments"] for line in shipment["lines"]}
    for part in refund.parts:
        if (position := part.line.position) is not None:
            line = lines[position]
            assert (line["sku"], line["quantity"]) == (part.line.row.sku, part.line.row.quantity)
    return {
        "amount": money(refund.amount),
        "lines": [
            {"line_id": lines[position]["id"], "quantity": quantity} for position, quantity in refund.pieces.items()
        ],
        "reason": _reason(refund),
    }


def _reason(refund: Refund) -> str:
    return f"Cancellation invoice {refund.invoice}"


def _key(refund: Refund) -> str:
    return f"replay-{refund.invoice}-of-{refund.sale.invoice}"
