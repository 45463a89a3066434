-- The office itself: notices, reports, what people clicked.
-- In this marketplace the platform remits tax.
UPDATE platform_settings SET value = '"platform"', updated_at = demo.as_of(), version = version + 1
WHERE key = 'tax.remitter';

CREATE UNLOGGED TABLE demo.notice AS
SELECT vendor_id AS user_id, 'payout.sent' AS event, 'A payout is on its way' AS title,
    round(amount, currency_exponent(currency)) || ' ' || currency || ' was sent to your account.' AS message, 'success' AS type, 'payouts' AS subject,
    id, released_at AS at
FROM demo.payout WHERE status = 'completed' AND age < interval '40 days'
UNION ALL
SELECT unnest(team.finance[1:2]), 'payout.failed', 'A payout failed', round(amount, currency_exponent(currency)) || ' ' || currency
    || ' could not be sent.',
    'error', 'payouts', id, released_at + interval '1 minute'
FROM demo.payout, demo.team WHERE status = 'failed' AND n % 20 < 10
UNION ALL
SELECT unnest(team.finance[1:2]), 'refund.requested', 'A refund waits for approval', round(amount, currency_exponent(currency)) || ' ' || currency
    || ' on order MP-'
    || lpad(n::text, 8, '0') || '.', 'info', 'refunds', id, asked_at
FROM demo.refund, demo.team WHERE status = 'requested'
UNION ALL
SELECT unnest(team.admins[1:2]), 'dispute.opened', 'A dispute was opened', 'Order MP-' || lpad(n::text, 8, '0') || '.',
    'warning', 'disputes', id, opened_at
FROM demo.dispute, demo.team WHERE status = 'open'
UNION ALL
SELECT vendor_id, 'product.rejected', 'A product was rejected', name || ' needs changes.', 'warning', 'products', id,
    reviewed_at
FROM demo.product WHERE status = 'rejected' AND reviewed_at > demo.as_of() - interval '30 days';

INSERT INTO notifications (id, created_at, user_id, title, message, type, channel, status, event_key, subject_type,
    subject_id, sent_at, read_at)
SELECT demo.id(at, 33, row_number() OVER (ORDER BY at, id, user_id)), at, user_id, title, message, type, 'in_app',
    'delivered', event, subject, id, at,
    CASE WHEN at < demo.as_of() - interval '6 days' THEN at + interval '5 hours' END
FROM demo.notice ORDER BY 1;

INSERT INTO reports (id, created_at, updated_at, user_id, name, type, filters, data, status, generated_at)
SELECT demo.id(at, 34, n), at, at, CASE n % 2 WHEN 0 THEN team.admins[1] ELSE team.finance[1] END, label, type,
    jsonb_build_object('from', (at - interval '30 days')::date, 'to', at::date),
    CASE WHEN status = 'completed' THEN jsonb_build_object('rows', 12 + demo.pick(n, 161, 400)) END, status,
    CASE WHEN status = 'completed' THEN at + interval '2 minutes' END
FROM demo.team, generate_series(0, 17) AS n,
    LATERAL (SELECT demo.as_of() - n * interval '5 days' - interval '3 hours' AS at,
        (ARRAY['revenue', 'orders', 'products', 'users', 'logistics', 'payouts', 'disputes', 'tax',
            'moderation'])[1 + n % 9]
            AS type, CASE n % 9 WHEN 4 THEN 'failed' ELSE 'completed' END AS status) AS r,
    LATERAL (SELECT initcap(type) || ', ' || to_char(at, 'YYYY-MM-DD') AS label) AS l;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor)
SELECT demo.id(created_at + interval '2 minutes', 190, row_number() OVER (ORDER BY id)),
    created_at + interval '2 minutes',
    'reports', id, 'generating', status, 'S'
FROM reports;

INSERT INTO analytics_events (id, created_at, user_id, event_type, event_name, properties, session_id, ip_address,
    user_agent)
SELECT demo.id(at, 35, series.n), at, h.user_id, k.type, k.name, jsonb_build_object('product', p.sku),
    substr(md5(customer::text || at::date), 1, 16),
    set_masklen(('203.0.113.' || demo.pick(customer, 171, 256))::inet, 24), demo.any_of(demo.user_agents(), customer, 172)
FROM generate_series(1, demo.events()) AS series (n),
    LATERAL (SELECT demo.as_of() - (demo.events() - series.n + demo.frac(series.n,
        173)) * interval '60 days' / demo.events() AS at,
        demo.pick(series.n, 174, demo.customers() * 9 / 10)::bigint AS customer,
        demo.pick(series.n, 175, demo.products() * 9 / 10)::bigint AS wanted, demo.pick(series.n, 176, 10) AS draw
    ) AS e,
    LATERAL (SELECT CASE WHEN draw < 6 THEN 'view' WHEN draw < 9 THEN 'cart' ELSE 'purchase' END AS type,
        CASE WHEN draw < 6 THEN 'product_viewed' WHEN draw < 9 THEN 'added_to_cart' ELSE 'order_placed' END AS name
    ) AS k, demo.home AS h, demo.product AS p
WHERE h.role = 'customer' AND h.i = customer AND p.m = wanted
ORDER BY series.n;

INSERT INTO canned_replies (id, created_at, updated_at, title, text, offered_for, reason)
SELECT demo.id(demo.as_of() - interval '90 days', 305, n), demo.as_of() - interval '90 days',
    demo.as_of() - interval '90 days', title, body, place, reason
FROM (VALUES
    (1, 'Pictures are missing', 'Please add at least two pictures that show the product itself.', 'product', 'incomplete'),
    (2, 'Measurements are missing', 'Please add measurements and weight.', 'product', 'incomplete'),
    (3, 'Certificate does not cover the claim', 'The description promises more than your certificate covers.',
        'product', 'misleading'),
    (4, 'Another category fits better', 'Please choose the closest category.', 'product', 'wrong_category'),
    (5, 'The price looks like a slip', 'Please check the decimal point of the price.', 'product', 'pricing'),
    (6, 'Spam', 'The same text appears under several products.', 'review', 'spam'),
    (7, 'Names a person', 'The text names a person.', 'review', 'personal_data'),
    (8, 'We look into it', 'Thank you. We look into it and answer within two working days.', 'dispute', NULL)
) AS reply (n, title, body, place, reason);
