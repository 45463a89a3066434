-- Payments: part 1 is the one that counts, part 0 the card that was declined first. Orders that are paid together have
-- one payment; each has a row here, with the number of the first of them in `opener`.
CREATE UNLOGGED TABLE demo.payment AS
SELECT s.n, part, coalesce(c.opener, s.n) AS opener, c.id AS group_id, s.id AS order_id, s.vendor_id, s.customer, s.total,
    s.currency, begun_at, demo.id(begun_at, 18, coalesce(c.opener, s.n) * 2 + part) AS id,
    CASE WHEN c.id IS NOT NULL THEN demo.id(begun_at, 38, s.n) END AS share_id,
    CASE WHEN (part = 0 OR story = 'failed') AND begun_at + interval '1 minute' <= demo.as_of() THEN 'failed'
        WHEN paid THEN CASE t.payment_status WHEN 'refunded' THEN 'refunded' ELSE 'succeeded' END
        WHEN story = 'unpaid' AND t.status = 'cancelled' THEN 'cancelled' ELSE 'pending' END AS status,
    CASE WHEN paid AND part = 1 THEN paid_at END AS paid_at, t.reserved, t.given_back,
    demo.any_of(ARRAY['card', 'card', 'card', 'card', 'wallet', 'bank_transfer'], s.customer, 111) AS method,
    s.cancelled_at, s.settled_at
FROM demo.story AS s JOIN demo.state AS t USING (n) LEFT JOIN demo.checkout AS c ON c.n = s.n,
    LATERAL (SELECT 1 AS part, CASE story WHEN 'retried' THEN made + interval '20 minutes' ELSE made END AS begun_at
        UNION ALL SELECT 0, made WHERE story = 'retried') AS tries
WHERE begun_at <= demo.as_of();
CREATE UNIQUE INDEX ON demo.payment (n, part);
CREATE INDEX ON demo.payment (opener) WHERE group_id IS NOT NULL;
ANALYZE demo.payment;

INSERT INTO payments (id, created_at, updated_at, order_id, stripe_payment_intent_id, amount, currency, status,
    provider_status, payment_method, payment_method_details, processed_at, available_on, captured_amount,
    refund_reserved, refunded_amount)
SELECT id, begun_at, coalesce(paid_at, begun_at), order_id, 'pi_demo_' || lpad((n * 2 + part)::text, 10, '0'), total,
    currency, status,
    CASE status WHEN 'failed' THEN 'requires_payment_method' WHEN 'cancelled' THEN 'canceled'
        WHEN 'pending' THEN 'processing'
        ELSE 'succeeded' END, method,
    CASE method WHEN 'card' THEN demo.any_of(ARRAY['Visa', 'Mastercard', 'Amex'], customer, 112) || ' ending in '
        || lpad(demo.pick(customer, 113, 10000)::text, 4, '0') END,
    paid_at, paid_at + interval '2 days', CASE WHEN paid_at IS NULL THEN 0 ELSE total END,
    CASE WHEN paid_at IS NULL THEN 0 ELSE reserved END, CASE WHEN paid_at IS NULL THEN 0 ELSE given_back END
FROM demo.payment WHERE group_id IS NULL ORDER BY begun_at, n;

CREATE UNLOGGED TABLE demo.shared_payment AS
SELECT opener, id, group_id, currency, begun_at, paid_at, method, min(customer) AS customer, sum(total) AS total,
    sum(reserved) AS reserved, sum(given_back) AS given_back, max(settled_at) AS settled_at,
    CASE WHEN paid_at IS NULL THEN 'pending' WHEN bool_and(status = 'refunded') THEN 'refunded' ELSE 'succeeded' END
        AS status
FROM demo.payment WHERE group_id IS NOT NULL GROUP BY opener, id, group_id, currency, begun_at, paid_at, method;

INSERT INTO payments (id, created_at, updated_at, order_group_id, stripe_payment_intent_id, amount, currency, status,
    provider_status, payment_method, processed_at, available_on, captured_amount, refund_reserved, refunded_amount)
SELECT id, begun_at, coalesce(paid_at, begun_at), group_id, 'pi_demo_' || lpad((opener * 2 + 1)::text, 10, '0'), total,
    currency, status, CASE status WHEN 'pending' THEN 'processing' ELSE 'succeeded' END, method, paid_at,
    paid_at + interval '2 days', CASE WHEN paid_at IS NULL THEN 0 ELSE total END, coalesce(reserved, 0),
    coalesce(given_back, 0)
FROM demo.shared_payment ORDER BY begun_at, opener;

INSERT INTO payment_allocations (id, created_at, updated_at, payment_id, order_id, authorized_amount, currency,
    captured_amount, refund_reserved, refunded_amount)
SELECT share_id, begun_at, coalesce(paid_at, begun_at), id, order_id, total, currency,
    CASE WHEN paid_at IS NULL THEN 0 ELSE total END, coalesce(reserved, 0), coalesce(given_back, 0)
FROM demo.payment WHERE group_id IS NOT NULL ORDER BY begun_at, n;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor)
SELECT demo.id(at, 130 + step, n * 2 + part), at, 'payments', id, before, after, actor
FROM (
    SELECT n, part, id, paid_at, begun_at, cancelled_at, settled_at, status FROM demo.payment WHERE group_id IS NULL
    UNION ALL SELECT opener, 1, id, paid_at, begun_at, NULL, settled_at, status FROM demo.shared_payment
) AS payment, LATERAL (
    SELECT 1 AS step, 'pending' AS before, 'succeeded' AS after, 'P' AS actor, paid_at AS at WHERE paid_at IS NOT NULL
    UNION ALL SELECT 2, 'pending', 'failed', 'P', begun_at + interval '1 minute' WHERE status = 'failed'
    UNION ALL SELECT 3, 'pending', 'cancelled', 'P', cancelled_at WHERE status = 'cancelled'
    UNION ALL SELECT 4, 'succeeded', 'refunded', 'S', settled_at + interval '60 seconds' WHERE status = 'refunded'
) AS steps;

-- The accounts of the ledger (B6), those of each vendor beside the platform's.
INSERT INTO ledger_accounts (id, created_at, kind, vendor_id, currency)
SELECT demo.id(made, 40, v * 2 + slot), made, kind, id, currency
FROM demo.seller, (VALUES (0, 'vendor_pending'), (1, 'vendor_available')) AS kinds (slot, kind) ORDER BY made, v;
-- Some payouts are paid from the platform's own bank.
INSERT INTO ledger_accounts (id, created_at, kind, currency)
SELECT demo.id(first, 55, row_number() OVER (ORDER BY currency)), first, 'bank_clearing', currency
FROM (SELECT currency, min(made) AS first FROM demo.seller GROUP BY currency) AS c;
CREATE UNLOGGED TABLE demo.account AS
SELECT kind, currency, vendor_id, id FROM ledger_accounts;
CREATE INDEX ON demo.account (kind, currency, vendor_id);
ANALYZE demo.account;

-- E1b: the platform remits the tax, keeps the shipping and pays for its discounts.
INSERT INTO journals (id, created_at, event, source_type, source_id, currency, posted_at, provider_id, written_in)
SELECT demo.id(paid_at, 41, n), paid_at, 'payment_captured',
    CASE WHEN share_id IS NULL THEN 'payments' ELSE 'payment_allocations' END, coalesce(share_id, id), currency, paid_at,
    'pi_demo_' || lpad((opener * 2 + part)::text, 10, '0'), 'demo'
FROM demo.payment WHERE paid_at IS NOT NULL ORDER BY paid_at, n;

INSERT INTO journal_lines (id, created_at, journal_id, account_id, amount, currency)
SELECT demo.id(p.paid_at, 42, p.n * 8 + slot), p.paid_at, demo.id(p.paid_at, 41, p.n), a.id, entry.amount, p.currency
FROM demo.payment AS p JOIN demo.story AS s USING (n)
JOIN (SELECT n, sum(demo.money(total * rate, currency)) AS commission FROM demo.line GROUP BY n) AS c USING (n)
CROSS JOIN LATERAL (VALUES (0, 'psp_clearing', NULL::uuid, p.total), (1, 'commission_revenue', NULL, -commission),
        (2, 'tax_payable', NULL, -s.tax), (3, 'shipping_revenue', NULL, -s.shipping),
        (4, 'promotion_expense', NULL, s.discount),
        (5, 'vendor_pending', p.vendor_id, commission - s.subtotal)) AS entry (slot, kind, vendor_id, amount)
JOIN demo.account AS a ON a.kind = entry.kind AND a.currency = p.currency
    AND a.vendor_id IS NOT DISTINCT FROM entry.vendor_id
WHERE p.paid_at IS NOT NULL AND entry.amount <> 0 ORDER BY p.paid_at, p.n, slot;

-- Money that came in.
INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, order_id, payment_id, type, direction, amount,
    currency, status, journal_id, description)
SELECT demo.id(paid_at, 19, p.n), paid_at, paid_at, h.user_id, p.vendor_id, p.order_id, p.id, 'payment', 'in', p.total,
    p.currency, 'completed', demo.id(paid_at, 41, p.n), 'Order MP-' || lpad(p.n::text, 8, '0')
FROM demo.payment AS p JOIN demo.home AS h ON h.role = 'customer' AND h.i = p.customer
WHERE paid_at IS NOT NULL ORDER BY paid_at;
