"""What has run out and is still counted on: the verbs that the schedule calls, called for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fulfillment.inventory.reservations import let_go
from fulfillment.kernel.errors import Conflict
from fulfillment.payments.expiry.renew import tend_expiring
from fulfillment.reconciliation.drift import Repair


def tend_authorization(repair: Repair) -> Mapping[str, Any]:
    """Renew an authorization that has ended, or have the gateway let go of it. Raises Conflict where that is on its way."""
    if not tend_expiring(repair.session, repair.row["payment_id"], cause=repair.cause, at=repair.at):
        raise Conflict(
            "the authorization is being seen to already",
            code="on_its_way",
            guard="on_its_way",
            remedy="wait for its step, and reconcile anew",
        )
    return {"steps": ["payments.authorize or payments.send"]}


def end_reservation(repair: Repair) -> Mapping[str, Any]:
    """End what a cart has held for longer than it may."""
    return {"ended": let_go(repair.session, repair.changes, [repair.row["cart_id"]], repair.cause)}
