-- The rows of orders and their lines.
INSERT INTO order_groups (id, created_at, updated_at, group_number, customer_id, currency)
SELECT c.id, c.placed_at, c.placed_at, 'CO-' || lpad(s.n::text, 8, '0'), h.user_id, s.currency
FROM demo.checkout AS c JOIN demo.story AS s USING (n) JOIN demo.home AS h ON h.role = 'customer' AND h.i = s.customer
WHERE s.n = c.opener ORDER BY s.n;

INSERT INTO orders (id, created_at, updated_at, order_number, order_group_id, customer_id, vendor_id, status, payment_status, subtotal,
    tax_amount, shipping_amount, discount_amount, total_amount, currency, shipping_address, notes, shipped_at,
    delivered_at, cancelled_at, tax_remitter, discount_funded_by, coupon_code)
SELECT s.id, s.made, greatest(s.made, coalesce(CASE WHEN t.status = 'cancelled' THEN cancelled_at END,
        CASE way WHEN 'delivered' THEN complete_at WHEN 'shipped' THEN picked_at WHEN 'processing' THEN started_at
            ELSE CASE WHEN paid THEN paid_at END END)),
    'MP-' || lpad(s.n::text, 8, '0'), c.id, h.user_id, s.vendor_id, t.status, t.payment_status, subtotal, tax, shipping,
    discount, total, currency,
    CASE WHEN NOT digital THEN jsonb_build_object('name', h.name, 'address_line1', h.line1, 'city', h.city,
        'state', h.state, 'postal_code', h.postal_code, 'country', h.country) END,
    CASE WHEN demo.pick(s.n, 104, 40) = 0 THEN 'Please leave it with the neighbours.' END,
    CASE WHEN NOT digital AND way IN ('shipped', 'delivered')
        THEN CASE WHEN terse THEN coalesce(failed_at, complete_at) ELSE picked_at + lag END END,
    CASE WHEN way = 'delivered' AND t.status <> 'cancelled' THEN complete_at END,
    CASE WHEN t.status = 'cancelled' THEN cancelled_at END, 'platform', CASE WHEN discount > 0 THEN 'platform' END,
    CASE WHEN discount > 0 THEN 'WELCOME10' END
FROM demo.story AS s JOIN demo.state AS t USING (n) JOIN demo.home AS h ON h.role = 'customer' AND h.i = s.customer
LEFT JOIN demo.checkout AS c ON c.n = s.n
ORDER BY s.n;

-- One side is rounded, the other is the remainder (MON-5).
INSERT INTO order_items (id, created_at, order_id, product_id, vendor_id, product_name, product_sku, unit_price,
    quantity, quantity_cancelled, total_price, currency, discount_amount, discount_funded_by, tax_amount,
    shipping_amount, fulfilled_at, commission_rate, commission_source, commission_source_id, commission_amount,
    vendor_amount)
SELECT demo.id(s.made, 17, l.n * 4 + l.line), s.made, s.id, l.product_id, s.vendor_id, l.name, l.sku, l.price,
    l.quantity, CASE WHEN t.status = 'cancelled' THEN l.quantity ELSE 0 END, l.total, l.currency,
    part.discount, CASE WHEN s.discount > 0 THEN 'platform' END, part.tax, part.shipping,
    CASE WHEN s.digital AND s.complete_at <= demo.as_of() THEN s.complete_at END, l.rate, l.source, l.source_id,
    commission, l.total - commission
FROM demo.line AS l JOIN demo.story AS s USING (n) JOIN demo.state AS t USING (n)
JOIN demo.share AS part USING (n, line),
    LATERAL (SELECT demo.money(l.total * l.rate, l.currency) AS commission) AS c
ORDER BY l.n, l.line;

-- Fulfilment, then money.
INSERT INTO status_history (id, created_at, entity, field, entity_id, from_status, to_status, actor_id, actor, reason)
SELECT demo.id(at, 110 + step, s.n), at, 'orders', 'status', s.id, before, after, CASE actor
    WHEN 'V' THEN vendor_id END,
    actor, CASE after WHEN 'cancelled' THEN CASE WHEN paid THEN 'The customer changed their mind.'
        ELSE 'Not paid in time.'
        END END
FROM demo.story AS s JOIN demo.state AS t USING (n),
    LATERAL (
        SELECT 1 AS step, 'pending' AS before, 'confirmed' AS after, 'S' AS actor, paid_at AS at WHERE paid
        UNION ALL SELECT 2, 'confirmed', 'processing', 'V', started_at
            WHERE way IN ('processing', 'shipped', 'delivered') AND NOT digital AND NOT terse
        UNION ALL SELECT 3, 'processing', 'shipped', 'S', picked_at + lag
            WHERE way IN ('shipped', 'delivered') AND NOT digital AND NOT terse
        UNION ALL SELECT 4, CASE WHEN digital OR terse THEN 'confirmed' ELSE 'shipped' END, 'delivered', 'S',
            complete_at
            WHERE way = 'delivered'
        UNION ALL SELECT 5, way, 'refunded', 'S', settled_at + interval '60 seconds' WHERE t.status = 'refunded'
        UNION ALL SELECT 6, CASE WHEN paid THEN 'confirmed' ELSE 'pending' END, 'cancelled',
            CASE WHEN paid THEN 'V' ELSE 'S' END, cancelled_at WHERE t.status = 'cancelled'
    ) AS steps
WHERE t.status <> 'cancelled' OR step IN (1, 6);

INSERT INTO status_history (id, created_at, entity, field, entity_id, from_status, to_status, actor)
SELECT demo.id(at, 120 + step, s.n), at, 'orders', 'payment_status', s.id, before, after, actor
FROM demo.story AS s JOIN demo.state AS t USING (n)
    LEFT JOIN (SELECT n, count(*) AS parts FROM demo.refund WHERE status = 'succeeded' GROUP BY n) AS r USING (n),
    LATERAL (
        SELECT 1 AS step, 'pending' AS before, 'failed' AS after, 'P' AS actor, made + interval '1 minute' AS at
            WHERE story IN ('failed', 'retried') AND made + interval '1 minute' <= demo.as_of()
        UNION ALL SELECT 2, CASE story WHEN 'retried' THEN 'failed' ELSE 'pending' END, 'paid', 'P', paid_at WHERE paid
        UNION ALL SELECT 3, 'paid', 'partially_refunded', 'S', settled_at
            WHERE t.payment_status = 'partially_refunded' OR (t.payment_status = 'refunded' AND parts = 2)
        UNION ALL SELECT 4, CASE parts WHEN 2 THEN 'partially_refunded' ELSE 'paid' END, 'refunded', 'S',
            settled_at + interval '60 seconds' WHERE t.payment_status = 'refunded'
    ) AS steps;
