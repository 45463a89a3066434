"""What must be true of the demo marketplace's money; each statement counts the rows that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MONEY: Final[Mapping[str, str]] = {
    "orders whose subtotal is not the sum of their lines": """
        SELECT count(*) FROM orders AS o LEFT JOIN (
            SELECT order_id, sum(total_price) AS total, count(DISTINCT currency) AS currencies,
                min(currency) AS currency
            FROM order_items GROUP BY order_id
        ) AS l ON l.order_id = o.id
        WHERE (l.total, l.currencies, l.currency::text) IS DISTINCT FROM (o.subtotal, 1::bigint, o.currency::text)""",
    "lines of another vendor than their order's (C3.26)": """
        SELECT count(*) FROM order_items AS l JOIN orders AS o ON o.id = l.order_id
        JOIN products AS p ON p.id = l.product_id
        WHERE l.vendor_id <> o.vendor_id OR p.vendor_id <> o.vendor_id""",
    "lines whose commission is not their rounded share (MON-5)": """
        SELECT count(*) FROM order_items
        WHERE commission_amount <> round(total_price * commission_rate, currency_exponent(currency))""",
    "lines whose shares do not add up to their order (MON-6)": """
        SELECT count(*) FROM orders AS o JOIN (
            SELECT order_id, sum(discount_amount) AS discount, sum(tax_amount) AS tax, sum(shipping_amount) AS shipping,
                sum(vendor_amount + commission_amount + commission_tax + tax_amount + shipping_amount
                    - CASE WHEN discount_funded_by = 'platform' THEN discount_amount ELSE 0 END) AS total
            FROM order_items GROUP BY order_id
        ) AS l ON l.order_id = o.id
        WHERE (l.discount, l.tax, l.shipping, l.total)
            IS DISTINCT FROM (o.discount_amount, o.tax_amount, o.shipping_amount, o.total_amount)""",
    "lines whose rate is not that of its source (COM-1)": """
        SELECT count(*) FROM order_items AS l JOIN orders AS o ON o.id = l.order_id
        JOIN products AS p ON p.id = l.product_id JOIN vendor_profiles AS v ON v.vendor_id = l.vendor_id
        LEFT JOIN subscriptions AS s ON s.vendor_id = l.vendor_id
        LEFT JOIN (SELECT entity_id, min(created_at) AS at FROM status_history WHERE entity = 'subscriptions'
            AND to_status <> 'cancelled' GROUP BY entity_id) AS stop ON stop.entity_id = s.id,
        LATERAL (SELECT CASE WHEN s.start_date <= o.created_at AND o.created_at < coalesce(stop.at, 'infinity')
            THEN s.commission_rate END AS rate) AS c
        WHERE l.commission_rate <> coalesce(p.commission_rate_override, v.commission_rate, c.rate, 0.1)
            OR l.commission_source <> CASE WHEN p.commission_rate_override IS NOT NULL THEN 'product'
                WHEN v.commission_rate IS NOT NULL THEN 'vendor' WHEN c.rate IS NOT NULL THEN 'plan'
                ELSE 'default' END
            OR l.commission_source_id IS DISTINCT FROM CASE l.commission_source WHEN 'product' THEN p.id
                WHEN 'vendor' THEN v.id WHEN 'plan' THEN s.id END""",
    "subscriptions with a period that has no invoice, or more than one (SUB-2)": """
        SELECT count(*) FROM subscriptions AS s LEFT JOIN (
            SELECT subscription_id, count(*) AS n, min(period_start) AS first, max(period_end) AS last,
                count(DISTINCT period_start) AS starts, count(*) FILTER (WHERE period_start = follows) AS joined
            FROM (SELECT *, lag(period_end) OVER (PARTITION BY subscription_id ORDER BY period_start) AS follows
                FROM subscription_invoices) AS i GROUP BY subscription_id
        ) AS i ON i.subscription_id = s.id
        WHERE (i.n, i.joined, i.first, i.last)
            IS DISTINCT FROM (i.starts, i.n - 1, s.start_date, coalesce(s.next_billing_date, s.end_date))""",
    "subscriptions that are suspended or in dunning for nothing (SUB-5)": """
        SELECT count(*) FROM subscriptions AS s WHERE (s.unpaid_since IS NOT NULL) <> EXISTS (
            SELECT FROM subscription_invoices AS i WHERE i.subscription_id = s.id AND i.status = 'open')""",
    "orders whose captured payments are not their total": """
        SELECT count(*) FROM orders AS o LEFT JOIN (
            SELECT order_id, sum(captured_amount) AS captured, count(*) AS n, min(currency) AS currency
            FROM (
                SELECT id, order_id, currency, captured_amount, refunded_amount FROM payments WHERE order_id IS NOT NULL
                UNION ALL
                SELECT payment_id, order_id, currency, captured_amount, refunded_amount FROM payment_allocations
            ) AS parts WHERE captured_amount > 0 GROUP BY order_id
        ) AS p ON p.order_id = o.id
        WHERE CASE WHEN o.payment_status IN ('pending', 'failed') THEN p.order_id IS NOT NULL
            ELSE (p.captured, p.n, p.currency::text) IS DISTINCT FROM
                (o.total_amount, 1::bigint, o.currency::text) END""",
    "shares that are not those of their payment and of its group's orders (MON-6)": """
        SELECT count(*) FROM payments AS p LEFT JOIN (
            SELECT part.payment_id, count(DISTINCT o.order_group_id) AS groups, sum(part.authorized_amount) AS amount,
                sum(part.captured_amount) AS captured, sum(part.refund_reserved) AS reserved,
                sum(part.refunded_amount) AS refunded, min(o.order_group_id::text)::uuid AS order_group_id
            FROM payment_allocations AS part JOIN orders AS o ON o.id = part.order_id GROUP BY part.payment_id
        ) AS s ON s.payment_id = p.id
        WHERE CASE WHEN p.order_group_id IS NULL THEN s.payment_id IS NOT NULL ELSE
            (s.groups, s.amount, s.captured, s.reserved, s.refunded, s.order_group_id) IS DISTINCT FROM
            (1::bigint, p.amount, p.captured_amount, p.refund_reserved, p.refunded_amount, p.order_group_id) END""",
    "shares whose refund sums are not those of their order's refunds (REF-1)": """
        SELECT count(*) FROM payment_allocations AS p LEFT JOIN (
            SELECT payment_id, order_id,
                sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')) AS reserved,
                sum(amount) FILTER (WHERE status = 'succeeded') AS refunded
            FROM refunds GROUP BY payment_id, order_id
        ) AS r USING (payment_id, order_id)
        WHERE (p.refund_reserved, p.refunded_amount) <> (coalesce(r.reserved, 0), coalesce(r.refunded, 0))""",
    "payments whose refund sums are not those of their refunds (REF-1)": """
        SELECT count(*) FROM payments AS p LEFT JOIN (
            SELECT payment_id, sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')) AS reserved,
                sum(amount) FILTER (WHERE status = 'succeeded') AS refunded
            FROM refunds GROUP BY payment_id
        ) AS r ON r.payment_id = p.id
        WHERE (p.refund_reserved, p.refunded_amount) <> (coalesce(r.reserved, 0), coalesce(r.refunded, 0))
            OR (p.status = 'refunded') <> (p.captured_amount > 0 AND p.refunded_amount = p.captured_amount)""",
    "refunds that are not the sum of their lines, tax and shipping (REF-2)": """
        SELECT count(*) FROM refunds AS r LEFT JOIN (
            SELECT refund_id, sum(amount + tax_amount) AS amount FROM refund_items GROUP BY refund_id
        ) AS i ON i.refund_id = r.id
        WHERE CASE r.kind WHEN 'lines' THEN i.amount IS DISTINCT FROM r.amount - r.shipping_amount
            ELSE i.amount IS NOT NULL END""",
    "lines of which more is refunded than was bought (REF-2)": """
        SELECT count(*) FROM (
            SELECT i.order_item_id, sum(i.quantity) AS units, sum(i.amount) AS amount, sum(i.tax_amount) AS tax
            FROM refund_items AS i JOIN refunds AS r ON r.id = i.refund_id
            WHERE r.status NOT IN ('rejected', 'failed') GROUP BY i.order_item_id
        ) AS given JOIN order_items AS l ON l.id = given.order_item_id
        WHERE given.units > l.quantity OR given.amount > l.total_price - l.discount_amount
            OR given.tax > l.tax_amount""",
    "refund items of another order than the refund's": """
        SELECT count(*) FROM refund_items AS i JOIN refunds AS r ON r.id = i.refund_id
        JOIN order_items AS l ON l.id = i.order_item_id JOIN payments AS p ON p.id = r.payment_id
        WHERE l.order_id <> r.order_id OR i.currency <> r.currency
            OR coalesce(p.order_id <> r.order_id, NOT EXISTS (SELECT FROM payment_allocations AS part
                WHERE part.payment_id = r.payment_id AND part.order_id = r.order_id))
            OR p.currency <> r.currency""",
    "refunds above the threshold approved by their requester (REF-5)": """
        SELECT count(*) FROM refunds WHERE second_person_required AND approved_by = requested_by
            OR second_person_required <> (amount >= CASE currency WHEN 'JPY' THEN 75000
                WHEN 'KWD' THEN 150 ELSE 500 END)""",
    "orders whose payment status does not follow from the money (REF-7)": """
        SELECT count(*) FROM orders AS o JOIN (
            SELECT id, order_id, currency, captured_amount, refunded_amount FROM payments WHERE order_id IS NOT NULL
            UNION ALL SELECT payment_id, order_id, currency, captured_amount, refunded_amount FROM payment_allocations
        ) AS p ON p.order_id = o.id AND p.captured_amount > 0
        WHERE o.payment_status <> CASE WHEN p.refunded_amount = 0 THEN 'paid'
                WHEN p.refunded_amount < p.captured_amount THEN 'partially_refunded' ELSE 'refunded' END""",
    "payouts that are not the sum of their items (PAY-4, PAY-5)": """
        SELECT count(*) FROM payouts AS p LEFT JOIN (
            SELECT payout_id, sum(amount) AS amount, bool_and(released_at IS NULL) AS held,
                bool_or(released_at IS NULL) AS any_held,
                encode(sha256(convert_to(
                    string_agg(journal_id || ':' || amount, E'\\n' ORDER BY journal_id), 'UTF8')), 'hex') AS hash
            FROM payout_items GROUP BY payout_id
        ) AS i ON i.payout_id = p.id
        WHERE (i.amount, i.hash) IS DISTINCT FROM (p.amount, p.items_hash::text)
            OR CASE p.status WHEN 'cancelled' THEN any_held ELSE NOT held END""",
    "payout items of another vendor, or of more than the line earned": """
        SELECT count(*) FROM payout_items AS i JOIN payouts AS p ON p.id = i.payout_id
        JOIN order_items AS l ON l.id = i.order_item_id LEFT JOIN (
            SELECT order_item_id, max(s.delivered_at) AS at FROM shipment_items
            JOIN shipments AS s ON s.id = shipment_id
            GROUP BY order_item_id
        ) AS sent ON sent.order_item_id = l.id
        WHERE l.vendor_id <> p.vendor_id OR i.currency <> p.currency OR l.currency <> p.currency
            OR i.amount > l.vendor_amount OR coalesce(l.fulfilled_at, sent.at) + interval '7 days' > p.created_at
            OR coalesce(l.fulfilled_at, sent.at) IS NULL""",
    "lines that should have been paid out and are not (PAY-1, PAY-3)": """
        SELECT count(*) FROM order_items AS l JOIN orders AS o ON o.id = l.order_id
        JOIN vendor_profiles AS v ON v.vendor_id = l.vendor_id,
            (SELECT max(created_at) AS now_ FROM audit_log WHERE action = 'load') AS loaded
        WHERE o.status = 'delivered' AND v.payouts_enabled AND l.vendor_amount > 0
            AND o.delivered_at + coalesce(v.hold_days, 7) * interval '1 day' < now_ - interval '7 days'
            AND NOT EXISTS (SELECT FROM refunds AS r WHERE r.order_id = o.id)
            AND NOT EXISTS (SELECT FROM disputes AS d WHERE d.order_id = o.id)
            AND NOT EXISTS (SELECT FROM payout_items AS i WHERE i.order_item_id = l.id)""",
    "payout items that do not take refunds off the earning (REC-4, COM-4)": """
        SELECT count(*) FROM payout_items AS i JOIN order_items AS l ON l.id = i.order_item_id LEFT JOIN (
            SELECT order_item_id, sum(item.vendor_amount) AS amount FROM refund_items AS item
            JOIN refunds AS r ON r.id = refund_id WHERE r.status = 'succeeded' GROUP BY order_item_id
        ) AS back ON back.order_item_id = l.id
        WHERE i.amount <> l.vendor_amount - coalesce(back.amount, 0)""",
    "refunded lines whose commission did not follow (COM-4)": """
        SELECT count(*) FROM refund_items AS i JOIN refunds AS r ON r.id = i.refund_id
        JOIN order_items AS l ON l.id = i.order_item_id
        WHERE (i.commission_amount, i.vendor_amount) <> CASE r.status WHEN 'succeeded' THEN
            (round(l.commission_amount * i.amount / l.total_price, currency_exponent(l.currency)),
            i.amount - round(l.commission_amount * i.amount / l.total_price, currency_exponent(l.currency)))
            ELSE (0::numeric, 0::numeric) END""",
    "amounts of payouts and refunds that Stripe cannot carry (MON-3)": """
        SELECT (SELECT count(*) FROM payouts WHERE currency = 'KWD' AND amount <> round(amount, 2))
            + (SELECT count(*) FROM refunds WHERE currency = 'KWD' AND amount <> round(amount, 2))
            + (SELECT count(*) FROM payments WHERE currency = 'KWD' AND amount <> round(amount, 2))""",
    "captured payments, settled refunds, payouts or plan fees without their transaction (LED-8)": """
        SELECT count(*) FROM (
            SELECT p.id, p.amount AS expected, t.amount FROM payments AS p LEFT JOIN (
                SELECT payment_id, sum(amount) AS amount FROM transactions WHERE type = 'payment' GROUP BY payment_id
            ) AS t ON t.payment_id = p.id WHERE p.captured_amount > 0
            UNION ALL
            SELECT r.id, -r.amount, t.amount FROM refunds AS r
            LEFT JOIN transactions AS t ON t.event_key = 'refund:' || r.id || ':1'
            WHERE r.status IN ('succeeded', 'failed')
            UNION ALL
            SELECT p.id, -p.amount, t.amount FROM payouts AS p
            LEFT JOIN transactions AS t ON t.event_key = 'payout:' || p.id || ':1'
            WHERE p.status IN ('completed', 'failed')
            UNION ALL
            SELECT i.id, i.amount, t.amount FROM subscription_invoices AS i
            LEFT JOIN transactions AS t ON t.event_key = 'invoice:' || i.id || ':paid'
                AND EXISTS (SELECT FROM journals AS j WHERE j.id = t.journal_id AND j.source_id = i.id)
            WHERE i.paid_by IS NOT NULL
            UNION ALL
            SELECT p.id, i.kept, coalesce(t.amount, 0) FROM payouts AS p
            JOIN (SELECT i.payout_id, sum(l.total_price - coalesce(back.amount, 0) - i.amount) AS kept
                FROM payout_items AS i
                JOIN order_items AS l ON l.id = i.order_item_id LEFT JOIN (
                    SELECT order_item_id, sum(item.amount) AS amount FROM refund_items AS item
                    JOIN refunds AS r ON r.id = refund_id WHERE r.status = 'succeeded' GROUP BY order_item_id
                ) AS back ON back.order_item_id = l.id WHERE i.payout_id IS NOT NULL GROUP BY i.payout_id) AS i
                ON i.payout_id = p.id
            LEFT JOIN transactions AS t ON t.event_key = 'commission:' || p.id || ':1' WHERE p.status = 'completed'
        ) AS events WHERE expected IS DISTINCT FROM amount""",
}
