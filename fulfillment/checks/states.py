"""States and moves: the tables of the machines against what is stored and what the timeline tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fulfillment.checks.invariant import Invariant, known, listed
from fulfillment.counts.states import CountStatus
from fulfillment.exchanges.states import EXCHANGE, ExchangeStatus
from fulfillment.inbound.states import InboundStatus
from fulfillment.kernel.cause import CauseKind
from fulfillment.kernel.machine import Machine
from fulfillment.labels.states import LABEL, LabelStatus
from fulfillment.manifests.states import ManifestStatus
from fulfillment.orders.states import (
    HOLD,
    ORDER,
    SHIPMENT,
    HoldStatus,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)
from fulfillment.payments.states import ATTEMPT, CHARGEBACK, AttemptStatus, ChargebackStatus
from fulfillment.returns.states import RETURN, ReturnStatus
from fulfillment.shipments.states import DELIVERY, PARCEL, DeliveryState, PicklistStatus
from fulfillment.subscriptions.states import SUBSCRIPTION, SubscriptionStatus
from fulfillment.tracking.states import PROBLEM, ProblemStatus
from fulfillment.transfers.states import TransferStatus

# A subject is stored in its first state without a move: an order is placed at once, and an attempt that a step makes
# for itself is about to be sent.
_STARTS: Final = {
    ORDER: (OrderStatus.DRAFT, OrderStatus.IN_PROGRESS),
    SHIPMENT: (ShipmentStatus.PENDING,),
    HOLD: (HoldStatus.OPEN,),
    ATTEMPT: (AttemptStatus.NEW, AttemptStatus.SENDING),
    CHARGEBACK: (ChargebackStatus.OPEN,),
    SUBSCRIPTION: (SubscriptionStatus.ACTIVE,),
    DELIVERY: (DeliveryState.NONE,),
    LABEL: (LabelStatus.NEW,),
    RETURN: (ReturnStatus.AUTHORIZED,),
    EXCHANGE: (ExchangeStatus.OPEN,),
    PARCEL: (DeliveryState.NONE,),
    PROBLEM: (ProblemStatus.OPEN,),
}
_TABLES: Final = {
    ORDER: "purchase_order",
    SHIPMENT: "shipment",
    HOLD: "hold",
    ATTEMPT: "payment_attempt",
    CHARGEBACK: "chargeback",
    SUBSCRIPTION: "subscription",
    DELIVERY: "item_delivery",
    LABEL: "label",
    RETURN: "return_order",
    EXCHANGE: "exchange",
    PARCEL: "parcel_delivery",
    PROBLEM: "parcel_problem",
}


def _moves(machines: Iterable[Machine]) -> Iterator[tuple[str, ...]]:
    for machine in machines:
        for entry in machine.rows:
            for source in sorted(entry.sources):
                yield machine.name, entry.verb, source, entry.target


def _values(rows: Iterable[tuple[str, ...]]) -> str:
    return "VALUES " + ", ".join(f"({listed(row)})" for row in rows)


_ALLOWED: Final = _values(_moves(_STARTS))
_FIRST: Final = _values((machine.name, str(state)) for machine, states in _STARTS.items() for state in states)
_ORDER_OF: Final = {ORDER: "id", SUBSCRIPTION: "repeats_order_id"}
"""The column that names the order, where it is not `order_id`."""
_STORED: Final = " UNION ALL ".join(
    f"SELECT '{machine.name}' AS subject, id AS subject_id, {_ORDER_OF.get(machine, 'order_id')} AS order_id, status"  # noqa: S608 - our own names only
    f" FROM {table}"
    for machine, table in _TABLES.items()
)

STATES: Final = (
    Invariant(
        "states_are_known",
        "Every state column holds a state of its machine.",
        " UNION ALL ".join(
            f"SELECT '{table}.{column}' AS place, id, {column} AS found FROM {table} WHERE {column} NOT IN ({known(states)})"  # noqa: S608 - our own names only
            for table, column, states in (
                ("purchase_order", "status", OrderStatus),
                ("purchase_order", "payment_status", PaymentStatus),
                ("shipment", "status", ShipmentStatus),
                ("hold", "status", HoldStatus),
                ("payment_attempt", "status", AttemptStatus),
                ("chargeback", "status", ChargebackStatus),
                ("picklist", "status", PicklistStatus),
                ("label", "status", LabelStatus),
                ("subscription", "status", SubscriptionStatus),
                ("item_delivery", "status", DeliveryState),
                ("return_order", "status", ReturnStatus),
                ("exchange", "status", ExchangeStatus),
                ("parcel_delivery", "status", DeliveryState),
                ("parcel_problem", "status", ProblemStatus),
                ("manifest", "status", ManifestStatus),
                ("inbound_delivery", "status", InboundStatus),
                ("transfer", "status", TransferStatus),
                ("stock_count", "status", CountStatus),
            )
        ),
    ),
    Invariant(
        "moves_are_legal",
        "Every move on a timeline is a row of its machine's table.",
        f"""
        SELECT o.number, t.id AS entry, t.subject, t.subject_id, t.verb, t.before || ' -> ' || t.after AS found
          FROM timeline t JOIN purchase_order o ON o.id = t.order_id
         WHERE (t.before IS NOT NULL OR t.after IS NOT NULL)
           AND NOT EXISTS (SELECT FROM ({_ALLOWED}) AS allowed (subject, verb, before, after)
                            WHERE (allowed.subject, allowed.verb, allowed.before, allowed.after)
                                = (t.subject, t.verb, t.before, t.after))""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "moves_follow_one_another",
        "Every move on a timeline begins in the state where the one before it ended.",
        f"""
        WITH moves AS (
          SELECT id, order_id, subject, subject_id, before,
                 lag(after) OVER (PARTITION BY subject, subject_id ORDER BY id) AS was
            FROM timeline WHERE after IS NOT NULL)
        SELECT o.number, m.id AS entry, m.subject, m.subject_id, coalesce(m.was, 'a first state') AS expected,
               m.before AS found
          FROM moves m JOIN purchase_order o ON o.id = m.order_id
         WHERE CASE WHEN m.was IS NULL THEN (m.subject, m.before) NOT IN ({_FIRST}) ELSE m.before <> m.was END""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "timeline_ends_in_the_stored_state",
        "The last move of every subject's timeline led to the state that is stored.",
        f"""
        WITH stored AS ({_STORED}),
        last AS (SELECT DISTINCT ON (subject, subject_id) subject, subject_id, after FROM timeline
                  WHERE after IS NOT NULL ORDER BY subject, subject_id, id DESC)
        SELECT o.number, s.subject, s.subject_id, coalesce(l.after, 'a first state') AS expected, s.status AS found
          FROM stored s JOIN purchase_order o ON o.id = s.order_id LEFT JOIN last l USING (subject, subject_id)
         WHERE CASE WHEN l.after IS NULL THEN (s.subject, s.status) NOT IN ({_FIRST}) ELSE s.status <> l.after END""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "timeline_tells_of_its_order",
        "Every timeline entry is about its own order, or a part of it that exists.",
        f"""
        SELECT o.number, t.id AS entry, t.subject, t.subject_id, s.order_id AS found, t.order_id AS expected
          FROM timeline t JOIN purchase_order o ON o.id = t.order_id LEFT JOIN ({_STORED}) s USING (subject, subject_id)
         WHERE s.order_id IS DISTINCT FROM t.order_id""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "changes_have_a_cause",
        "Every timeline entry names a request, a schedule or a person, and an earlier entry of its order as its parent.",
        f"""
        SELECT o.number, t.id AS entry, t.cause_kind, t.cause_id, t.actor, t.step, t.parent_id
          FROM timeline t JOIN purchase_order o ON o.id = t.order_id LEFT JOIN timeline p ON p.id = t.parent_id
         WHERE t.cause_kind NOT IN ({known(CauseKind)}) OR t.cause_id = '' OR t.actor = ''
            OR (t.step IS NULL) <> (t.dispatch_id IS NULL)
            OR t.parent_id IS NOT NULL AND (p.order_id IS DISTINCT FROM t.order_id OR p.id >= t.id)""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "times_fit_states",
        "An order, shipment, hold, attempt or picklist bears the time of its end exactly when it has ended.",
        """
        SELECT 'order' AS subject, id, status, concat_ws(' ', 'completed', completed_at, 'canceled', canceled_at) AS found
          FROM purchase_order
         WHERE (status = 'completed') <> (completed_at IS NOT NULL) OR (status = 'canceled') <> (canceled_at IS NOT NULL)
         UNION ALL
        SELECT 'shipment', id, status, 'shipped ' || coalesce(shipped_at::text, '-') FROM shipment
         WHERE (status = 'shipped') <> (shipped_at IS NOT NULL)
         UNION ALL
        SELECT 'hold', id, status, 'released ' || coalesce(released_at::text, '-') FROM hold
         WHERE (status = 'released') <> (released_at IS NOT NULL)
         UNION ALL
        SELECT 'payment attempt', id, status, 'decided ' || coalesce(decided_at::text, '-') FROM payment_attempt
         WHERE (status IN ('succeeded', 'failed')) <> (decided_at IS NOT NULL)
         UNION ALL
        SELECT 'picklist', id, status, 'completed ' || coalesce(completed_at::text, '-') FROM picklist
         WHERE (status = 'completed') <> (completed_at IS NOT NULL)""",
    ),
)
