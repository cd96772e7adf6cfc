"""Reconciliations: what was repaired is told, and what was to be looked at was; a trace of a mail is one of a mail."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant, known
from fulfillment.notifications.context import MailKind

RECONCILIATIONS: Final = (
    Invariant(
        "repairs_are_on_the_timeline",
        "Every repair of something of an order is told by the order's timeline.",
        """
        SELECT o.number, o.id, i.id AS item_id, i.drift
          FROM drift_item i JOIN purchase_order o ON o.id = i.order_id
         WHERE i.status = 'repaired'
           AND NOT EXISTS (SELECT FROM timeline t WHERE t.order_id = i.order_id AND t.at = i.repaired_at
                              AND (t.verb = 'reconcile' AND (t.detail ->> 'item_id')::bigint = i.id
                                   OR t.verb = 'sync_payments' AND i.drift = 'gateway_difference'))""",
    ),
    Invariant(
        "reconciliations_look_at_all_they_should",
        "A reconciliation that is finished has looked at each of its classes.",
        """
        SELECT id AS reconciliation_id, classes AS expected, looked_at AS found
          FROM reconciliation WHERE finished_at IS NOT NULL AND NOT looked_at @> classes""",
    ),
    Invariant(
        "traces_are_of_mails",
        "Every trace of a mail is of a kind that there is.",
        f"SELECT id, kind AS found FROM mail_sent WHERE kind NOT IN ({known(MailKind)})",  # noqa: S608 - our own names only
    ),
)
