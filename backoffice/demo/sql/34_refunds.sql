-- What of the order's discount, tax and shipping belongs to each line: largest remainder by its total (MON-6).
CREATE UNLOGGED TABLE demo.share AS
WITH weighed AS (
    SELECT n, line, discount, tax, shipping, unit, l.total * unit AS weight, s.subtotal * unit AS whole
    FROM demo.line AS l JOIN demo.story AS s USING (n),
        LATERAL (SELECT power(10::numeric, currency_exponent(l.currency)) AS unit) AS u
)
SELECT n, line,
    (div(discount * unit * weight, whole) + CASE WHEN row_number() OVER (
        PARTITION BY n ORDER BY mod(discount * unit * weight, whole) DESC, weight DESC, line
    ) <= discount * unit - sum(div(discount * unit * weight, whole)) OVER (PARTITION BY n) THEN 1 ELSE 0 END) / unit AS discount,
    (div(tax * unit * weight, whole) + CASE WHEN row_number() OVER (
        PARTITION BY n ORDER BY mod(tax * unit * weight, whole) DESC, weight DESC, line
    ) <= tax * unit - sum(div(tax * unit * weight, whole)) OVER (PARTITION BY n) THEN 1 ELSE 0 END) / unit AS tax,
    (div(shipping * unit * weight, whole) + CASE WHEN row_number() OVER (
        PARTITION BY n ORDER BY mod(shipping * unit * weight, whole) DESC, weight DESC, line
    ) <= shipping * unit - sum(div(shipping * unit * weight, whole)) OVER (PARTITION BY n) THEN 1 ELSE 0 END) / unit AS shipping
FROM weighed;
CREATE INDEX ON demo.share (n);
ANALYZE demo.share;

-- Refunds that were asked for: whole orders (the lines with their tax; shipping apart once it was sent), single lines,
-- goodwill.
CREATE UNLOGGED TABLE demo.refund AS
SELECT s.n, part, s.id AS order_id, s.v, s.vendor_id, s.customer, s.currency, s.refund AS status, s.asked_at, s.story,
    s.decided_at, s.settled_at + part * interval '60 seconds' AS settled_at, s.dispute, kind, amount, item_amount,
    shipping_amount, demo.id(s.asked_at + part * interval '1 second', 16, s.n * 2 + part) AS id,
    amount >= CASE s.currency WHEN 'JPY' THEN 75000 WHEN 'KWD' THEN 150 ELSE 500 END AS second_person
FROM demo.story AS s
JOIN demo.line AS first ON first.n = s.n AND first.line = 0
JOIN demo.share AS own ON own.n = s.n AND own.line = 0,
    -- The first line whole, or one unit of it, or half its price.
    LATERAL (SELECT CASE WHEN s.lines > 1 THEN first.total WHEN first.quantity > 1 THEN first.price
            WHEN s.currency = 'KWD' THEN greatest(1, floor(first.price / 2)) ELSE demo.money(first.price / 2,
                s.currency) END
            AS part_of_line) AS sums,
    LATERAL (
        SELECT 0 AS part, 'lines' AS kind, s.total AS amount, NULL::numeric AS item_amount,
            s.shipping AS shipping_amount WHERE s.story = 'cancelled'
        UNION ALL SELECT 0, 'lines', s.subtotal + s.tax, NULL, 0 WHERE s.story IN ('refunded', 'returned')
        UNION ALL SELECT 1, 'shipping', s.shipping, NULL, s.shipping
            WHERE s.story IN ('refunded', 'returned') AND s.shipping > 0
        UNION ALL SELECT 0, 'lines', part_of_line + demo.money(own.tax * part_of_line / first.total, s.currency),
            part_of_line, 0 WHERE s.story = 'partial'
        UNION ALL SELECT 0, 'goodwill', CASE s.currency WHEN 'JPY' THEN 500 WHEN 'KWD' THEN 1 ELSE 5 END, NULL, 0
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

-- What of each line went back, with the parts of tax and commission that follow it (REF-2, COM-4). No order with a
-- discount is refunded here.
CREATE UNLOGGED TABLE demo.refund_line AS
SELECT r.n, l.line, r.id AS refund_id, r.status, r.asked_at, given.amount, c.tax, commission,
    given.amount - commission AS vendor,
    CASE WHEN r.item_amount IS NULL OR r.item_amount = l.total THEN l.quantity
        WHEN r.item_amount = l.price THEN 1 ELSE 0 END AS quantity
FROM demo.refund AS r JOIN demo.line AS l ON l.n = r.n AND (r.item_amount IS NULL OR l.line = 0)
JOIN demo.share AS own ON own.n = l.n AND own.line = l.line,
    LATERAL (SELECT coalesce(r.item_amount, l.total) AS amount) AS given,
    LATERAL (SELECT demo.money(own.tax * given.amount / l.total, r.currency) AS tax,
        round(demo.money(l.total * l.rate, l.currency) * given.amount / l.total, currency_exponent(r.currency))
            AS commission) AS c
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
