-- Refunds that were asked for: whole orders in two parts (the lines; tax and shipping), single lines, goodwill.
CREATE UNLOGGED TABLE demo.refund AS
SELECT s.n, part, s.id AS order_id, s.v, s.vendor_id, s.customer, s.currency, s.refund AS status, s.asked_at, s.story,
    s.decided_at, s.settled_at + part * interval '60 seconds' AS settled_at, s.dispute, kind, amount, item_amount,
    demo.id(s.asked_at + part * interval '1 second', 16, s.n * 2 + part) AS id,
    amount >= CASE s.currency WHEN 'JPY' THEN 75000 WHEN 'KWD' THEN 150 ELSE 500 END AS second_person
FROM demo.story AS s
JOIN demo.line AS first ON first.n = s.n AND first.line = 0,
    LATERAL (SELECT s.tax + s.shipping AS extras,
        -- The first line whole, or one unit of it, or half its price.
        CASE WHEN s.lines > 1 THEN first.total WHEN first.quantity > 1 THEN first.price
            WHEN s.currency = 'KWD' THEN greatest(1, floor(first.price / 2)) ELSE demo.money(first.price / 2,
                s.currency) END
            AS share) AS sums,
    LATERAL (
        SELECT 0 AS part, 'overpayment' AS kind, s.total AS amount, NULL::numeric AS item_amount
            WHERE s.story = 'cancelled' AND extras > 0
        UNION ALL SELECT 0, 'lines', s.subtotal, NULL
            WHERE s.story IN ('refunded', 'returned') OR (s.story = 'cancelled' AND extras = 0)
        UNION ALL SELECT 1, 'overpayment', extras, NULL WHERE s.story IN ('refunded', 'returned') AND extras > 0
        UNION ALL SELECT 0, 'lines', share, share WHERE s.story = 'partial'
        UNION ALL SELECT 0, 'goodwill', CASE s.currency WHEN 'JPY' THEN 500 WHEN 'KWD' THEN 1 ELSE 5 END, NULL
            WHERE s.story = 'goodwill'
    ) AS parts
WHERE s.refund IS NOT NULL;
CREATE INDEX ON demo.refund (n);
ANALYZE demo.refund;

-- Refunds of each order by what they do to its payment (REF-1, REF-7).
CREATE UNLOGGED TABLE demo.refunded AS
SELECT n, coalesce(sum(amount) FILTER (WHERE status = 'requested'), 0) AS reserved,
    coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS given_back
FROM demo.refund GROUP BY n;
ANALYZE demo.refunded;

-- What of each line went back, with the part of the commission that follows it (COM-4).
CREATE UNLOGGED TABLE demo.refund_line AS
SELECT r.n, l.line, r.id AS refund_id, r.status, r.asked_at, coalesce(r.item_amount, l.total) AS amount,
    CASE WHEN r.item_amount IS NULL OR r.item_amount = l.total THEN l.quantity
        WHEN r.item_amount = l.price THEN 1 ELSE 0 END AS quantity
FROM demo.refund AS r JOIN demo.line AS l ON l.n = r.n AND (r.item_amount IS NULL OR l.line = 0)
WHERE r.kind = 'lines';
CREATE INDEX ON demo.refund_line (n, line);
ANALYZE demo.refund_line;

-- The final state of each order.
CREATE UNLOGGED TABLE demo.state AS
SELECT s.n, coalesce(r.reserved, 0) AS reserved, coalesce(r.given_back, 0) AS given_back, paid,
    CASE WHEN cancelled_at <= demo.as_of() THEN 'cancelled' WHEN NOT paid THEN 'pending'
        WHEN r.given_back = total THEN 'refunded' ELSE way END AS status, way,
    CASE WHEN paid THEN CASE WHEN r.given_back = total THEN 'refunded' WHEN r.given_back > 0 THEN 'partially_refunded'
            ELSE 'paid' END
        WHEN story IN ('failed', 'retried') AND made + interval '1 minute' <= demo.as_of() THEN 'failed'
        ELSE 'pending' END AS payment_status
FROM demo.story AS s LEFT JOIN demo.refunded AS r USING (n),
    LATERAL (SELECT coalesce(paid_at <= demo.as_of(), false) AS paid,
        CASE WHEN complete_at <= demo.as_of() THEN 'delivered' WHEN digital THEN 'confirmed'
            WHEN picked_at + lag <= demo.as_of() THEN 'shipped' WHEN started_at <= demo.as_of() THEN 'processing'
            ELSE 'confirmed' END AS way) AS w;
CREATE UNIQUE INDEX ON demo.state (n);
ANALYZE demo.state;
