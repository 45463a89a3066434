-- The rows of refunds, and what follows from them.
INSERT INTO refunds (id, created_at, updated_at, order_id, payment_id, dispute_id, kind, amount, shipping_amount, currency, status,
    reason,
    note, bearer, requested_by, approved_by, approved_at, second_person_required, rejection_note, idempotency_key,
    first_sent_at, stripe_refund_id, failure_code, failure_reason, processed_at)
SELECT r.id, r.asked_at, CASE r.status WHEN 'requested' THEN r.asked_at ELSE decided_at END, r.order_id, p.id, d.id,
    r.kind, r.amount, r.shipping_amount, r.currency, r.status,
    CASE r.story WHEN 'goodwill' THEN 'goodwill' WHEN 'partial' THEN 'defective' ELSE 'requested_by_customer' END,
    CASE r.story WHEN 'cancelled' THEN 'The order was cancelled before it was sent.'
        WHEN 'returned' THEN 'The parcel came back.'
        WHEN 'goodwill' THEN 'For the long wait.' WHEN 'partial' THEN 'Damaged, the customer keeps it.' END,
    CASE r.kind WHEN 'goodwill' THEN 'platform' ELSE 'vendor' END, team.admins[1 + demo.pick(r.n, 133, 2)],
    CASE WHEN sent THEN team.finance[1 + demo.pick(r.n, 134, 2)] END, CASE WHEN sent THEN decided_at END, second_person,
    CASE r.status WHEN 'rejected' THEN 'The photos show normal wear; the vendor offers a repair instead.' END,
    CASE WHEN sent THEN 'refund:' || r.id || ':1' END, CASE WHEN sent THEN decided_at + interval '30 seconds' END,
    CASE r.status WHEN 'succeeded' THEN 're_demo_' || lpad((r.n * 2 + r.part)::text, 10, '0') END,
    CASE r.status WHEN 'failed' THEN 'balance_insufficient' END,
    CASE r.status WHEN 'failed' THEN 'The platform''s Stripe balance is too low. Stripe says: Insufficient funds.' END,
    CASE r.status WHEN 'succeeded' THEN r.settled_at END
FROM demo.refund AS r JOIN demo.payment AS p ON p.n = r.n AND p.part = 1 LEFT JOIN demo.dispute AS d ON d.n = r.n,
    demo.team, LATERAL (SELECT r.status IN ('succeeded', 'failed') AS sent) AS w
ORDER BY r.asked_at, r.n, r.part;

INSERT INTO refund_items (id, created_at, refund_id, order_item_id, quantity, amount, tax_amount, commission_amount,
    vendor_amount, currency)
SELECT demo.id(r.asked_at, 25, r.n * 4 + r.line), r.asked_at, r.refund_id, demo.id(s.made, 17, r.n * 4 + r.line),
    r.quantity, r.amount, r.tax, CASE r.status WHEN 'succeeded' THEN commission ELSE 0 END,
    CASE r.status WHEN 'succeeded' THEN vendor ELSE 0 END, s.currency
FROM demo.refund_line AS r JOIN demo.story AS s USING (n) ORDER BY r.asked_at, r.n, r.line;

-- E7 and E8: all of these were paid before the earning was available.
INSERT INTO journals (id, created_at, event, source_type, source_id, currency, posted_at, provider_id, written_in)
SELECT demo.id(settled_at, 43, n * 2 + part), settled_at, 'refund_succeeded', 'refunds', id, currency, settled_at,
    're_demo_' || lpad((n * 2 + part)::text, 10, '0'), 'demo'
FROM demo.refund WHERE status = 'succeeded' ORDER BY settled_at, n, part;

INSERT INTO journal_lines (id, created_at, journal_id, account_id, amount, currency)
SELECT demo.id(settled_at, 44, (r.n * 2 + part) * 8 + slot), settled_at, demo.id(settled_at, 43, r.n * 2 + part), a.id,
    entry.amount, r.currency
FROM demo.refund AS r LEFT JOIN (
    SELECT refund_id, sum(tax) AS tax, sum(commission) AS commission, sum(vendor) AS vendor
    FROM demo.refund_line GROUP BY refund_id
) AS l ON l.refund_id = r.id
CROSS JOIN LATERAL (VALUES (0, 'psp_clearing', NULL::uuid, -r.amount), (1, 'commission_revenue', NULL, l.commission),
        (2, 'tax_payable', NULL, l.tax), (3, 'shipping_revenue', NULL, r.shipping_amount),
        (4, 'goodwill_expense', NULL, CASE r.kind WHEN 'goodwill' THEN r.amount END),
        (5, 'vendor_pending', r.vendor_id, l.vendor)) AS entry (slot, kind, vendor_id, amount)
JOIN demo.account AS a ON a.kind = entry.kind AND a.currency = r.currency
    AND a.vendor_id IS NOT DISTINCT FROM entry.vendor_id
WHERE r.status = 'succeeded' AND entry.amount <> 0 ORDER BY settled_at, r.n, part, slot;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at, 150 + step, n * 2 + part), at, 'refunds', id, before, after, who, actor
FROM demo.refund AS r, demo.team,
    LATERAL (SELECT team.finance[1 + demo.pick(n, 134, 2)] AS clerk, team.admins[1 + demo.pick(n, 133, 2)] AS maker)
        AS w,
    LATERAL (
        SELECT 0 AS step, NULL AS before, 'requested' AS after, asked_at AS at, maker AS who, 'A' AS actor
        UNION ALL SELECT 1, 'requested', 'rejected', decided_at, clerk, 'F' WHERE r.status = 'rejected'
        UNION ALL SELECT 2, 'requested', 'approved', decided_at, clerk, 'F' WHERE r.status IN ('succeeded', 'failed')
        UNION ALL SELECT 3, 'approved', 'processing', decided_at + interval '30 seconds', clerk, 'S'
            WHERE r.status IN ('succeeded', 'failed')
        UNION ALL SELECT 4, 'processing', r.status, settled_at, NULL, 'P' WHERE r.status IN ('succeeded', 'failed')
    ) AS steps
ORDER BY at, n, part, step;

INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, order_id, payment_id, refund_id, type,
    direction, amount, currency, status, journal_id, description, event_key)
SELECT demo.id(r.settled_at, 26, r.n * 2 + r.part), r.settled_at, r.settled_at, h.user_id, r.vendor_id, r.order_id,
    p.id, r.id,
    'refund', 'out', -r.amount, r.currency, CASE r.status WHEN 'succeeded' THEN 'completed' ELSE 'failed' END,
    CASE r.status WHEN 'succeeded' THEN demo.id(r.settled_at, 43, r.n * 2 + r.part) END,
    'Refund on order MP-' || lpad(r.n::text, 8, '0'), 'refund:' || r.id || ':1'
FROM demo.refund AS r JOIN demo.payment AS p ON p.n = r.n AND p.part = 1
JOIN demo.home AS h ON h.role = 'customer' AND h.i = r.customer
WHERE r.status IN ('succeeded', 'failed') ORDER BY r.settled_at, r.n;
