"""Money: the double-entry ledger against every counter that repeats it. Amounts are minor units. (PY*)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import DUE, EDITS, GIVEN_UP, KEPT, PAID, Invariant, listed

MONEY: Final = (
    Invariant(
        "payment_counters_are_its_transfers",
        "What a payment says was authorized, captured, credited, voided, expired, refunded, charged back and exchanged is what its"
        " transfers add up to.",
        """
        WITH moved AS (
          SELECT payment_id, sum(amount) FILTER (WHERE kind = 'authorize') AS authorized,
                 sum(CASE WHEN kind IN ('capture', 'manual', 'credit') THEN amount WHEN kind = 'credit_back' THEN -amount END) AS captured,
                 sum(amount) FILTER (WHERE kind = 'void') AS voided,
                 sum(amount) FILTER (WHERE kind = 'expire') AS expired,
                 sum(amount) FILTER (WHERE kind = 'refund') AS refunded,
                 sum(CASE kind WHEN 'chargeback' THEN amount WHEN 'chargeback_reversed' THEN -amount END) AS charged_back,
                 sum(CASE kind WHEN 'exchange_out' THEN amount WHEN 'exchange_back' THEN -amount END) AS exchanged
            FROM money_transfer GROUP BY payment_id),
        compared AS (
          SELECT p.id, p.order_id, ARRAY[p.authorized, p.captured, p.voided, p.expired, p.refunded, p.charged_back, p.exchanged] AS found,
                 ARRAY[coalesce(m.authorized, 0), coalesce(m.captured, 0), coalesce(m.voided, 0), coalesce(m.expired, 0),
                       coalesce(m.refunded, 0), coalesce(m.charged_back, 0),
                       coalesce(m.exchanged, 0)]::bigint[] AS expected
            FROM payment p LEFT JOIN moved m ON m.payment_id = p.id)
        SELECT o.number, c.id AS payment_id, c.expected, c.found
          FROM compared c JOIN purchase_order o ON o.id = c.order_id WHERE c.expected <> c.found""",
    ),
    Invariant(
        "ledger_balances",
        "Authorized is captured, voided, expired or open; taken is refunded, charged back, exchanged or kept; no account is overdrawn; debits equal credits.",
        """
        WITH balances AS (
          SELECT payment_id,
                 sum(amount * ((debit = 'open')::int - (credit = 'open')::int)) AS open,
                 sum(amount * ((debit = 'taken')::int - (credit = 'taken')::int)) AS taken,
                 sum(amount * ((debit IN ('customer', 'exchange'))::int - (credit IN ('customer', 'exchange'))::int)) AS customer,
                 sum(CASE WHEN kind = 'authorize' THEN amount WHEN kind IN ('capture', 'void', 'expire') THEN -amount
                          ELSE 0 END) AS authorized
            FROM money_transfer GROUP BY payment_id)
        SELECT o.number, p.id AS payment_id, b.open, b.taken, b.customer
          FROM balances b JOIN payment p ON p.id = b.payment_id JOIN purchase_order o ON o.id = p.order_id
         WHERE b.open < 0 OR b.taken < 0 OR b.open + b.taken + b.customer <> 0 OR b.open <> b.authorized""",
    ),
    Invariant(
        "order_money_is_its_payments",
        "What an order says was authorized, captured, received by hand, credited, refunded and charged back is the sum over its payments,"
        " and what an edit or a return gave back that of the refunds which bear this reason.",
        """
        WITH sums AS (
          SELECT order_id, sum(authorized - captured - voided - expired) FILTER (WHERE method = 'card') AS open,
                 sum(captured) FILTER (WHERE method = 'card') AS captured,
                 sum(captured) FILTER (WHERE method = 'manual') AS manual,
                 sum(captured) FILTER (WHERE method = 'credit') AS credited, sum(refunded) AS refunded,
                 sum(charged_back) AS charged_back
            FROM payment GROUP BY order_id),
        reduced AS (
          SELECT order_id, sum(amount) FILTER (WHERE reason = 'reduced') AS given_back,
                 sum(amount) FILTER (WHERE reason IN ('returned_goods', 'exchanged')) AS returned
            FROM payment_attempt
           WHERE kind = 'refund' AND reason IN ('reduced', 'returned_goods', 'exchanged') AND status = 'succeeded' GROUP BY order_id),
        compared AS (
          SELECT o.id, o.number,
                 ARRAY[o.open_authorized, o.captured, o.manual, o.credited, o.refunded, o.charged_back, o.given_back,
                       o.returned] AS found,
                 ARRAY[coalesce(s.open, 0), coalesce(s.captured, 0), coalesce(s.manual, 0), coalesce(s.credited, 0),
                       coalesce(s.refunded, 0), coalesce(s.charged_back, 0), coalesce(r.given_back, 0),
                       coalesce(r.returned, 0)]::bigint[] AS expected
            FROM purchase_order o LEFT JOIN sums s ON s.order_id = o.id LEFT JOIN reduced r ON r.order_id = o.id)
        SELECT number, id, expected, found FROM compared WHERE expected <> found""",
    ),
    Invariant(
        "pending_is_its_undecided_attempts",
        "What a payment counts as on its way is what its attempts without an outcome ask for.",
        """
        WITH undecided AS (
          SELECT payment_id, sum(amount) FILTER (WHERE kind = 'capture') AS capture,
                 sum(amount) FILTER (WHERE kind = 'void') AS void, sum(amount) FILTER (WHERE kind = 'refund') AS refund
            FROM payment_attempt WHERE status IN ('new', 'sending', 'unknown', 'by_hand') GROUP BY payment_id),
        compared AS (
          SELECT p.id, p.order_id, ARRAY[p.capture_pending, p.void_pending, p.refund_pending] AS found,
                 ARRAY[coalesce(u.capture, 0), coalesce(u.void, 0), coalesce(u.refund, 0)]::bigint[] AS expected
            FROM payment p LEFT JOIN undecided u ON u.payment_id = p.id)
        SELECT o.number, c.id AS payment_id, c.expected, c.found
          FROM compared c JOIN purchase_order o ON o.id = c.order_id WHERE c.expected <> c.found""",
    ),
    Invariant(
        "payment_status_follows_from_money",
        "The payment status of an order is what its money amounts to.",
        f"""
        WITH derived AS (
          SELECT o.id, o.number, o.payment_status AS found,
                 CASE WHEN o.total = 0 THEN 'paid'
                      WHEN o.charged_back > 0 AND ({KEPT} < {DUE} OR {KEPT} = 0) THEN 'charged_back'
                      WHEN o.refunded > 0
                      THEN CASE WHEN o.refunded = {PAID} THEN 'refunded' ELSE 'partially_refunded' END
                      WHEN {PAID} > 0 THEN CASE WHEN {PAID} >= {DUE} THEN 'paid' ELSE 'partially_paid' END
                      WHEN o.open_authorized > 0 THEN 'authorized'
                      WHEN EXISTS (SELECT FROM payment p WHERE p.order_id = o.id AND p.declined IS NOT NULL)
                      THEN 'declined' ELSE 'unpaid' END AS expected
            FROM purchase_order o WHERE o.status <> 'draft')
        SELECT number, id, expected, found FROM derived WHERE expected <> found""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "succeeded_attempts_moved_money_once",
        "An attempt that succeeded has one transfer, of its kind, payment and amount; any other has none.",
        """
        SELECT o.number, a.id AS attempt_id, a.kind, a.amount, a.status, count(t.id) AS transfers
          FROM payment_attempt a JOIN purchase_order o ON o.id = a.order_id
          LEFT JOIN money_transfer t ON t.attempt_id = a.id
         GROUP BY o.number, a.id
        HAVING count(t.id) <> CASE a.status WHEN 'succeeded' THEN 1 ELSE 0 END
            OR bool_or((t.kind, t.amount, t.payment_id, t.order_id) <> (a.kind, a.amount, a.payment_id, a.order_id))""",
    ),
    Invariant(
        "one_currency_per_order",
        "Payments and transfers are in the currency of their order.",
        """
        SELECT o.number, 'payment ' || p.id AS place, o.currency AS expected, p.currency AS found
          FROM payment p JOIN purchase_order o ON o.id = p.order_id WHERE p.currency <> o.currency
         UNION ALL
        SELECT o.number, 'transfer ' || t.id, o.currency, t.currency
          FROM money_transfer t JOIN purchase_order o ON o.id = t.order_id WHERE t.currency <> o.currency""",
    ),
    Invariant(
        "no_more_taken_than_it_costs",
        "What is set aside and kept for an order never exceeds its total. Where an edit lowered that, another authorization"
        " has taken the place of one, or other money has paid for goods that left, what is wholly too much is about to go back: by a step, or by hand, unless a person gave that up.",
        f"""
        WITH replaced AS (
          SELECT p.order_id, sum(p.authorized - p.captured - p.voided - p.expired) AS open
            FROM payment r JOIN payment p ON p.id = r.renews_payment_id
           WHERE (r.authorized > 0 OR r.declined IS NOT NULL)
             AND EXISTS (SELECT FROM dispatch d WHERE d.order_id = p.order_id AND d.step LIKE 'payments.%') GROUP BY 1),
        stands AS (
          SELECT o.number, o.id, o.status, o.total, {KEPT} AS kept, o.open_authorized - coalesce(r.open, 0) AS open_authorized,
                 (SELECT sum(p.refund_pending) FROM payment p WHERE p.order_id = o.id) AS going
            FROM purchase_order o LEFT JOIN replaced r ON r.order_id = o.id
           WHERE o.open_authorized + {KEPT} > o.total),
        too_much AS (SELECT * FROM stands WHERE open_authorized + kept > total)
        SELECT m.number, m.id, m.total AS expected, m.open_authorized + m.kept AS found
          FROM too_much m
         WHERE NOT EXISTS (SELECT FROM timeline t WHERE t.order_id = m.id AND t.verb IN ({listed((*EDITS, "win"))}))
           AND NOT EXISTS (SELECT FROM payment r WHERE r.order_id = m.id AND r.renews_payment_id IS NOT NULL)
           AND NOT (m.status = 'completed'
                    AND (EXISTS (SELECT FROM dispatch d WHERE d.order_id = m.id AND d.step LIKE 'payments.%')
                         OR m.open_authorized + m.kept - m.going <= m.total
                         OR EXISTS (SELECT FROM purchase_order o WHERE o.id = m.id AND {GIVEN_UP})))
            OR NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = m.id AND d.step LIKE 'payments.%')
               AND NOT EXISTS (SELECT FROM purchase_order o WHERE o.id = m.id AND {GIVEN_UP})
               AND EXISTS (SELECT FROM payment p WHERE p.order_id = m.id
                              AND (m.kept - m.going > m.total AND p.captured > p.refunded + p.charged_back + p.exchanged + p.refund_pending
                                   OR p.captured = 0 AND p.voided = 0 AND p.authorized > 0
                                      AND p.authorized <= m.open_authorized + m.kept - m.total))""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "payment_answers_are_kept",
        "A card payment is declined, or has a reference, exactly as its authorization was answered.",
        """
        WITH answers AS (
          SELECT payment_id, bool_or(status = 'failed') AS failed, bool_or(status = 'succeeded') AS succeeded
            FROM payment_attempt WHERE kind = 'authorize' GROUP BY payment_id)
        SELECT o.number, p.id AS payment_id, p.declined, p.reference, a.failed, a.succeeded
          FROM payment p JOIN purchase_order o ON o.id = p.order_id LEFT JOIN answers a ON a.payment_id = p.id
         WHERE p.method = 'card'
           AND ((p.declined IS NOT NULL) <> coalesce(a.failed, false)
                OR (p.reference IS NOT NULL) <> coalesce(a.succeeded, false))""",
    ),
    Invariant(
        "pay_outs_are_refunds_of_manual_payments",
        "What is a person's task is a refund of money that was received by hand; such a refund was never sent anywhere (PY7).",
        """
        SELECT o.number, a.id AS attempt_id, a.kind, a.status, a.sends, p.method
          FROM payment_attempt a JOIN payment p ON p.id = a.payment_id JOIN purchase_order o ON o.id = a.order_id
         WHERE a.status = 'by_hand' AND p.method <> 'manual'
            OR p.method = 'manual' AND (a.kind <> 'refund' OR a.sends > 0 OR a.status NOT IN ('by_hand', 'succeeded', 'failed'))""",
    ),
    Invariant(
        "credits_are_exchanged_elsewhere",
        "What a payment has moved on to exchanges is what its credits hold of it; a credit names its order, and a payment of another one (EX2).",
        """
        WITH held AS (
          SELECT c.source_payment_id, sum(p.captured - p.refunded) AS amount
            FROM exchange_credit c JOIN payment p ON p.id = c.id GROUP BY 1)
        SELECT p.id AS payment_id, coalesce(h.amount, 0) AS expected, p.exchanged AS found
          FROM payment p LEFT JOIN held h ON h.source_payment_id = p.id WHERE p.exchanged <> coalesce(h.amount, 0)
         UNION ALL
        SELECT coalesce(p.id, c.id), p.order_id, c.order_id
          FROM (SELECT * FROM payment WHERE method = 'credit') p FULL JOIN exchange_credit c ON c.id = p.id
          LEFT JOIN payment s ON s.id = c.source_payment_id AND s.order_id = c.source_order_id AND s.currency = p.currency
         WHERE p.order_id IS DISTINCT FROM c.order_id OR s.id IS NULL""",
    ),
    Invariant(
        "waiting_credit_was_given_back",
        "What waits with its source for goods to be accepted was given back of that credit (EX4).",
        """
        SELECT c.id AS payment_id, p.refunded AS expected, c.waiting AS found
          FROM exchange_credit c JOIN payment p ON p.id = c.id WHERE c.waiting > p.refunded""",
    ),
    Invariant(
        "written_off_is_on_the_timeline",
        "What was given up of an order is what its timeline tells, and it is completed.",
        """
        WITH told AS (
          SELECT order_id, sum(CAST(detail ->> 'amount' AS bigint)) AS amount FROM timeline
           WHERE subject = 'order' AND verb = 'write_off' GROUP BY 1)
        SELECT o.number, o.id, o.status, coalesce(t.amount, 0) AS expected, o.written_off AS found
          FROM purchase_order o LEFT JOIN told t ON t.order_id = o.id
         WHERE o.written_off <> coalesce(t.amount, 0) OR o.written_off > 0 AND o.status <> 'completed'""",
    ),
    Invariant(
        "chargebacks_are_in_the_ledger",
        "What chargebacks took is in the ledger of their payment, and of those that were won that it came back.",
        """
        WITH told AS (
          SELECT order_id, payment_id, currency, sum(amount) AS taken,
                 coalesce(sum(amount) FILTER (WHERE status = 'won'), 0) AS returned FROM chargeback GROUP BY 1, 2, 3),
        moved AS (
          SELECT order_id, payment_id, currency, coalesce(sum(amount) FILTER (WHERE kind = 'chargeback'), 0) AS taken,
                 coalesce(sum(amount) FILTER (WHERE kind = 'chargeback_reversed'), 0) AS returned
            FROM money_transfer WHERE kind LIKE 'chargeback%' GROUP BY 1, 2, 3)
        SELECT payment_id, ARRAY[coalesce(m.taken, 0), coalesce(m.returned, 0)]::bigint[] AS expected,
               ARRAY[coalesce(t.taken, 0), coalesce(t.returned, 0)]::bigint[] AS found
          FROM told t FULL JOIN moved m USING (order_id, payment_id, currency)
         WHERE (m.taken, m.returned) IS DISTINCT FROM (t.taken, t.returned)""",
    ),
    Invariant(
        "actions_are_of_authorizations",
        "What a customer has to do belongs to the authorization of that payment and order.",
        """
        SELECT x.payment_id, x.order_id, x.attempt_id, a.id AS found
          FROM payment_action x
          LEFT JOIN payment_attempt a ON a.id = x.attempt_id AND a.payment_id = x.payment_id AND a.order_id = x.order_id
                                     AND a.kind = 'authorize'
         WHERE a.id IS NULL""",
    ),
    Invariant(
        "handed_in_authorizations_are_taken_as_they_are",
        "A payment that took over an authorization has that one's reference, and no token.",
        """
        SELECT p.id AS payment_id, p.adopts AS expected, p.reference AS found, p.token FROM payment p
         WHERE p.adopts IS NOT NULL AND (p.token IS NOT NULL OR p.authorized > 0 AND p.reference IS DISTINCT FROM p.adopts)""",
    ),
    Invariant(
        "differences_are_of_payments",
        "What is kept as different at the gateway is about a card payment of its order, which the gateway knows (PY3).",
        """
        SELECT d.id, d.payment_id, d.kind, p.order_id AS expected, d.order_id AS found
          FROM payment_difference d LEFT JOIN payment p ON p.id = d.payment_id AND p.reference IS NOT NULL
         WHERE p.order_id IS DISTINCT FROM d.order_id""",
    ),
    Invariant(
        "renewals_take_the_place_of_cards",
        "A payment that takes the place of another one is a card added later to the same order, for no more than that one held.",
        """
        SELECT o.number, r.id AS payment_id, r.amount, p.id AS renews, p.authorized AS held
          FROM payment r JOIN purchase_order o ON o.id = r.order_id LEFT JOIN payment p ON p.id = r.renews_payment_id
         WHERE r.renews_payment_id IS NOT NULL
           AND (p.id IS NULL OR p.order_id <> r.order_id OR r.position <= p.position OR r.method <> 'card' OR p.method <> 'card'
                OR r.amount > p.authorized)""",
    ),
    Invariant(
        "refunded_pieces_are_counted",
        "A line counts as refunded the pieces that refunds name, but for those that failed, and those of returns for which nothing, or"
        " another order, was given.",
        """
        WITH named AS (
          SELECT (v ->> 'line_id')::bigint AS line_id, sum((v ->> 'quantity')::bigint) AS quantity
            FROM payment_attempt a CROSS JOIN jsonb_array_elements(a.lines) v
           WHERE jsonb_typeof(a.lines) = 'array' AND a.status <> 'failed' GROUP BY 1
           UNION ALL
          SELECT l.line_id, sum(l.refunded) FROM return_line l JOIN return_order r ON r.id = l.return_id
           WHERE r.status = 'completed' AND (r.settles_by = 'exchange' OR r.attempts IS NULL) GROUP BY 1),
        counted AS (SELECT line_id, sum(quantity) AS quantity FROM named GROUP BY 1)
        SELECT o.number, l.id AS line_id, l.sku, coalesce(n.quantity, 0) AS expected, l.refunded_quantity AS found
          FROM line_item l JOIN purchase_order o ON o.id = l.order_id LEFT JOIN counted n ON n.line_id = l.id
         WHERE l.refunded_quantity <> coalesce(n.quantity, 0)""",
    ),
)
