"""Every state that something may be stuck in, and how long it may stand there. docs/operations.md has a section for each."""

from __future__ import annotations

from typing import Final

from fulfillment.alarms.limit import Limit, Severity
from fulfillment.process import SWEEPS

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400

# A row that waits for one before it is that one's alarm, not another.
_NOT_BEHIND: Final = """
NOT EXISTS (SELECT FROM dispatch e WHERE e.order_id = d.order_id AND e.lane = d.lane AND e.id < d.id)"""
_OF_ORDER: Final = "coalesce(' of ' || (SELECT o.number FROM purchase_order o WHERE o.id = d.order_id), '')"
_SWEEPS: Final = ", ".join(f"('{name}', {seconds})" for name, seconds in SWEEPS.items())


def _shipments(status: str, further: str) -> str:
    # Both conditions on the status are there for the index of what is at work.
    return f"""
SELECT s.status_since AS since, o.number || ' ' || s.number AS what
  FROM shipment s JOIN purchase_order o ON o.id = s.order_id
 WHERE s.status = '{status}' AND s.status NOT IN ('shipped', 'canceled') AND o.open_holds = 0
   AND s.status_since < CAST(:at AS timestamptz) - make_interval(secs => {{seconds}}){further}"""  # noqa: S608 - our own names only


LIMITS: Final = (
    Limit(
        "step_due",
        "steps that are due and are not handed out",
        5 * _MINUTE,
        Severity.PAGE,
        "see that a relay runs and reaches the broker, and that workers take from this queue",
        f"""
SELECT d.due_at AS since, d.step || {_OF_ORDER} AS what FROM dispatch d
 WHERE NOT d.dead AND d.due_at < now() - make_interval(secs => {{seconds}}) AND {_NOT_BEHIND}""",  # noqa: S608 - our own names only
    ),
    Limit(
        "step_open",
        "steps that are tried and do not get through",
        _HOUR,
        Severity.TICKET,
        "read what went wrong in the explanation of the order: GET /v1/orders/{number}/explanation",
        f"""
SELECT d.created_at AS since, d.step || {_OF_ORDER} || coalesce(': ' || left(d.last_error, 100), '') AS what FROM dispatch d
 WHERE NOT d.dead AND d.fence > 0 AND d.created_at < now() - make_interval(secs => {{seconds}}) AND {_NOT_BEHIND}
   AND NOT EXISTS (SELECT FROM payment_attempt a WHERE a.dispatch_id = d.id AND a.status IN ('new', 'sending', 'unknown')
                      AND a.code = 'requires_action')""",  # noqa: S608 - our own names only
    ),
    Limit(
        "dead_letter",
        "steps that failed for good",
        0,
        Severity.PAGE,
        "read the error at GET /v1/dead-letters, mend its cause, and replay it: POST /v1/dead-letters/{id}/replay",
        f"""
SELECT d.created_at AS since, d.step || {_OF_ORDER} AS what FROM dispatch d
 WHERE d.dead AND d.created_at <= now() - make_interval(secs => {{seconds}})""",  # noqa: S608 - our own names only
    ),
    Limit(
        "operation_open",
        "operations whose caller still waits for an outcome",
        _HOUR,
        Severity.TICKET,
        "see what its steps wait for: GET /v1/operations/{id}, and the alarms of steps",
        """
SELECT min(d.created_at) AS since, 'operation ' || d.operation_id AS what FROM dispatch d
 WHERE d.operation_id IS NOT NULL AND d.created_at < now() - make_interval(secs => {seconds}) GROUP BY d.operation_id""",
    ),
    Limit(
        "sweep_late",
        "scheduled work that is not done",
        5 * _MINUTE,
        Severity.PAGE,
        "see that a beat runs, and that a worker takes from the queue `sweeps`",
        f"""
SELECT v.since, v.name AS what
  FROM (SELECT s.name, s.seconds, coalesce((SELECT max(r.at) FROM sweep_run r WHERE r.name = s.name),
                                           (SELECT min(o.placed_at) FROM purchase_order o)) AS since
          FROM (VALUES {_SWEEPS}) AS s (name, seconds)) v
 WHERE v.since < now() - make_interval(secs => v.seconds + {{seconds}})""",  # noqa: S608 - our own names only
    ),
    Limit(
        "payment_undecided",
        "movements of money whose outcome is not known",
        15 * _MINUTE,
        Severity.PAGE,
        "compare with the gateway: POST /v1/orders/{number}/payments/sync; if it is down, its row asks again by itself",
        """
SELECT a.created_at AS since, a.kind || ' ' || a.id || ' of ' || o.number AS what
  FROM payment_attempt a JOIN purchase_order o ON o.id = a.order_id
 WHERE a.status IN ('new', 'sending', 'unknown') AND a.code IS DISTINCT FROM 'requires_action'
   AND a.created_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "payment_differs",
        "money that is otherwise at the gateway than in our books",
        0,
        Severity.TICKET,
        "see what to do about each: POST /v1/orders/{number}/payments/sync",
        """
SELECT f.found_at AS since, f.kind || ' of ' || o.number AS what
  FROM payment_difference f JOIN purchase_order o ON o.id = f.order_id
 WHERE f.found_at <= CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "authorization_ended",
        "authorizations that have ended and are still counted on",
        _HOUR,
        Severity.TICKET,
        "add another payment, or void this one: GET /v1/orders/{number}/explanation",
        """
SELECT p.expires_at AS since, 'payment ' || p.id || ' of ' || o.number AS what
  FROM purchase_order o JOIN payment p ON p.order_id = o.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND o.open_authorized > 0
   AND p.authorized > p.captured + p.voided + p.expired
   AND p.expires_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "pay_out_open",
        "money that a person is to pay out",
        3 * _DAY,
        Severity.TICKET,
        "pay it out and say so: POST /v1/payment-attempts/{id}/outcome",
        """
SELECT a.created_at AS since, 'refund ' || a.id || ' of ' || o.number AS what
  FROM payment_attempt a JOIN purchase_order o ON o.id = a.order_id
 WHERE a.status = 'by_hand' AND a.created_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "order_on_hold",
        "orders that are held",
        3 * _DAY,
        Severity.TICKET,
        "decide: POST /v1/orders/{number}/holds/{id}/release, with `then: cancel` where it is not to go on",
        """
SELECT h.opened_at AS since, o.number || ': ' || h.reason AS what
  FROM purchase_order o JOIN hold h ON h.order_id = o.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND (o.open_holds > 0)
   AND h.status = 'open' AND h.opened_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "shipment_awaiting_inventory",
        "shipments that wait for goods",
        14 * _DAY,
        Severity.TICKET,
        "order the goods, split the shipment, or cancel: GET /v1/orders/{number}/explanation",
        _shipments(
            "awaiting_inventory",
            """
   AND NOT EXISTS (SELECT FROM waiting_line w WHERE w.shipment_id = s.id AND w.not_before > CAST(:at AS timestamptz))""",
        ),
    ),
    Limit(
        "shipment_inventory_assigned",
        "shipments that are paid and assigned, and that nobody releases",
        _DAY,
        Severity.TICKET,
        "release: POST /v1/shipments/{id}/release",
        _shipments("inventory_assigned", " AND o.covered_at IS NOT NULL"),
    ),
    Limit(
        "shipment_released",
        "shipments that are released and on no picklist",
        _DAY,
        Severity.TICKET,
        "pick: POST /v1/picklists, or POST /v1/waves for many",
        _shipments("released", ""),
    ),
    Limit(
        "shipment_packing",
        "shipments that are on a picklist and do not leave",
        _DAY,
        Severity.TICKET,
        "finish the picklist, or take the shipment off it: GET /v1/picklists/{id}",
        _shipments("packing", ""),
    ),
    Limit(
        "picklist_open",
        "picklists that are not finished",
        2 * _DAY,
        Severity.TICKET,
        "finish it: GET /v1/picklists/{id} names what is open",
        """
SELECT p.created_at AS since, 'picklist ' || p.id AS what FROM picklist p
 WHERE p.created_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})
   AND p.id IN (SELECT s.picklist_id FROM shipment s WHERE s.status = 'packing')""",
    ),
    Limit(
        "put_back_open",
        "picked pieces that nobody has put back",
        _DAY,
        Severity.TICKET,
        "put them on the shelf and say where: GET /v1/put-backs",
        """
SELECT b.created_at AS since, o.number || ': ' || b.quantity || ' pieces' AS what
  FROM put_back b JOIN purchase_order o ON o.id = b.order_id
 WHERE b.confirmed_at IS NULL AND b.created_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "label_open",
        "labels that are asked for, or to be given back, and are not",
        15 * _MINUTE,
        Severity.TICKET,
        "read what the carrier said: GET /v1/labels; settle by hand what it does not know any more",
        """
SELECT l.status_since AS since, 'label ' || l.id || ' of ' || o.number AS what
  FROM label l JOIN purchase_order o ON o.id = l.order_id
 WHERE l.status IN ('new', 'sending', 'unknown', 'voiding')
   AND l.status_since < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "parcel_problem_open",
        "parcels in trouble of which nobody said what becomes of them",
        2 * _DAY,
        Severity.TICKET,
        "decide: GET /v1/parcel-problems",
        """
SELECT b.opened_at AS since, b.kind || ' of ' || o.number AS what
  FROM parcel_problem b JOIN purchase_order o ON o.id = b.order_id
 WHERE b.status = 'open' AND b.opened_at < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "return_undecided",
        "returns that came and of which nobody said what becomes of them",
        5 * _DAY,
        Severity.TICKET,
        "decide on its pieces and complete it: GET /v1/returns/{id}",
        """
SELECT v.since, v.number AS what
  FROM (SELECT r.number, (SELECT max(t.at) FROM timeline t WHERE t.order_id = r.order_id AND t.subject = 'return'
                             AND t.subject_id = r.id) AS since
          FROM return_order r WHERE r.status = 'receiving' AND r.status IN ('authorized', 'receiving')) v
 WHERE v.since < CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "webhook_endpoint_disabled",
        "subscribers that are told nothing any more, because they answered 410 or took nothing for days",
        0,
        Severity.TICKET,
        "have its receiver mended and enable it: PATCH /v1/webhook-endpoints/{id}, or remove it: DELETE /v1/webhook-endpoints/{id}",
        """
SELECT e.status_since AS since, 'endpoint ' || e.id || ' (' || e.disabled_because || '): ' || left(split_part(e.url, '?', 1), 100) AS what
  FROM webhook_endpoint e
 WHERE e.status = 'disabled' AND e.disabled_because IN ('gone', 'failing')
   AND e.status_since <= CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
    Limit(
        "drift_found",
        "things that have drifted and that nobody has repaired",
        0,
        Severity.TICKET,
        "see what a repair would do, and do it: GET /v1/reconciliations, or `fulfillment reconcile`",
        """
SELECT i.found_at AS since, 'item ' || i.id || ': ' || i.drift || coalesce(' of ' || o.number, '') AS what
  FROM drift_item i LEFT JOIN purchase_order o ON o.id = i.order_id
 WHERE i.status = 'open' AND i.found_at <= CAST(:at AS timestamptz) - make_interval(secs => {seconds})""",
    ),
)
