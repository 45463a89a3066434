-- Disputes and what was said in them.
CREATE UNLOGGED TABLE demo.dispute AS
SELECT s.n, demo.id(s.opened_at, 24, s.n) AS id, s.id AS order_id, s.customer, s.vendor_id, s.currency, s.total,
    s.story, s.dispute, s.opened_at, s.review_at, s.resolved_at, s.settled_at, s.outcome,
    CASE WHEN review_at > demo.as_of() THEN 'open'
        WHEN outcome = 'withdrawn' THEN 'closed'
        WHEN resolved_at > demo.as_of() THEN 'in_review'
        WHEN s.dispute = 'refund' THEN CASE s.refund WHEN 'requested' THEN 'resolved' ELSE 'closed' END
        WHEN resolved_at + interval '14 days' > demo.as_of() THEN 'resolved' ELSE 'closed' END AS status,
    CASE WHEN s.story = 'undeliverable' THEN 'shipping_issue' WHEN s.dispute = 'refund'
        THEN demo.any_of(ARRAY['refund', 'quality_issue', 'quality_issue', 'shipping_issue'], s.n, 131)
        ELSE demo.any_of(ARRAY['quality_issue', 'shipping_issue', 'fraud', 'other', 'refund'], s.n, 132) END AS type,
    (SELECT sum(amount) FROM demo.refund AS r WHERE r.n = s.n) AS approved
FROM demo.story AS s
WHERE s.dispute IS NOT NULL AND opened_at <= demo.as_of();
CREATE UNIQUE INDEX ON demo.dispute (n);
ANALYZE demo.dispute;

INSERT INTO disputes (id, created_at, updated_at, order_id, customer_id, vendor_id, type, status, priority, description,
    resolution_notes, requested_refund_amount, approved_refund_amount, currency, assigned_to, outcome, opened_by,
    resolved_at)
SELECT d.id, d.opened_at, CASE d.status WHEN 'open' THEN opened_at WHEN 'in_review' THEN review_at ELSE resolved_at END,
    d.order_id, h.user_id, d.vendor_id, d.type, d.status,
    CASE WHEN d.type = 'fraud' THEN 'urgent'
        WHEN d.total >= CASE d.currency WHEN 'JPY' THEN 75000 WHEN 'KWD' THEN 150 ELSE 500 END THEN 'high'
            ELSE (ARRAY['medium', 'medium', 'low'])[1 + demo.pick(d.n, 135, 3)] END,
    demo.one_of((demo.dispute_texts())[array_position(
        ARRAY['refund', 'quality_issue', 'shipping_issue', 'fraud', 'other'], d.type)], d.n, 136),
    CASE WHEN over THEN CASE d.outcome WHEN 'reject' THEN 'Delivery is proven; the customer was told why.'
        WHEN 'replace' THEN 'The vendor sends a replacement.' WHEN 'withdrawn' THEN 'The customer withdrew the case.'
        ELSE 'The complaint is justified; the money goes back.' END END,
    CASE WHEN d.dispute = 'refund' THEN coalesce(d.approved, d.total) WHEN d.type <> 'other' THEN d.total END,
    CASE WHEN over AND d.dispute = 'refund' THEN d.approved WHEN over THEN 0 END, d.currency,
    CASE WHEN d.status IN ('in_review', 'resolved') OR (over AND d.outcome <> 'withdrawn')
        THEN team.admins[1 + demo.pick(d.n, 133, 2)] END,
    CASE WHEN over THEN d.outcome END, h.user_id,
    CASE WHEN over THEN CASE outcome WHEN 'withdrawn' THEN review_at ELSE resolved_at END END
FROM demo.dispute AS d JOIN demo.home AS h ON h.role = 'customer' AND h.i = d.customer, demo.team,
    LATERAL (SELECT d.status IN ('resolved', 'closed') AS over) AS o
ORDER BY d.opened_at, d.n;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at, 160 + step, n), at, 'disputes', id, before, after, CASE actor WHEN 'A' THEN clerk END, actor
FROM demo.dispute AS d, demo.team, LATERAL (SELECT team.admins[1 + demo.pick(n, 133, 2)] AS clerk) AS c,
    LATERAL (
        SELECT 1 AS step, 'open' AS before, 'in_review' AS after, 'A' AS actor, review_at AS at
            WHERE status IN ('in_review', 'resolved', 'closed') AND outcome <> 'withdrawn'
        UNION ALL SELECT 2, 'open', 'closed', 'S', review_at WHERE status = 'closed' AND outcome = 'withdrawn'
        UNION ALL SELECT 3, 'in_review', 'resolved', 'A', resolved_at
            WHERE status IN ('resolved', 'closed') AND outcome <> 'withdrawn'
        UNION ALL SELECT 4, 'resolved', 'closed', 'S',
            CASE d.dispute WHEN 'refund' THEN settled_at + interval '60 seconds'
                ELSE resolved_at + interval '14 days' END
            WHERE status = 'closed' AND outcome <> 'withdrawn'
    ) AS steps
ORDER BY at, n;

INSERT INTO dispute_messages (id, created_at, dispute_id, user_id, message, is_internal)
SELECT demo.id(at, 27, d.n * 4 + step), at, d.id, who, said, internal
FROM demo.dispute AS d JOIN demo.home AS h ON h.role = 'customer' AND h.i = d.customer, demo.team,
    LATERAL (SELECT team.admins[1 + demo.pick(d.n, 133, 2)] AS clerk) AS c,
    LATERAL (
        SELECT 0 AS step, opened_at + interval '1 minute' AS at, h.user_id AS who, false AS internal,
            'Hello, I need your help with this order. Please get in touch.' AS said
        UNION ALL SELECT 1, opened_at + interval '25 minutes', d.vendor_id, false,
            demo.any_of(demo.dispute_replies(), d.n, 137)
        UNION ALL SELECT 2, review_at + interval '10 minutes', clerk, true, demo.any_of(demo.dispute_notes(), d.n, 138)
            WHERE status <> 'open'
        UNION ALL SELECT 3, review_at + interval '15 minutes', clerk, false,
            'Thank you for your message. We are looking into it and will decide within three days.'
            WHERE status <> 'open' AND outcome <> 'withdrawn'
    ) AS messages
WHERE at <= demo.as_of() ORDER BY at, d.n;
