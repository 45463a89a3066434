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

INSERT INTO notifications (id, created_at, updated_at, user_id, title, message, type, channel, status, event_key,
    subject_type, subject_id, sent_at, read_at, run_after, due_since)
SELECT demo.id(at, 33, row_number() OVER (ORDER BY at, id, user_id)), at, at, user_id, title, message, type, 'in_app',
    'delivered', event, subject, id, at,
    CASE WHEN at < demo.as_of() - interval '6 days' THEN at + interval '5 hours' END, at, at
FROM demo.notice ORDER BY 1;

-- Those of payouts that failed went by mail as well; one did not arrive.
INSERT INTO notifications (id, created_at, updated_at, user_id, title, message, type, channel, status, event_key,
    subject_type, subject_id, attempts, last_error, sent_at, run_after, due_since)
SELECT demo.id(at, 320, n), at, at, user_id, title, message, type, 'email', CASE n WHEN 1 THEN 'failed' ELSE 'sent' END,
    event, subject, id, 1, CASE n WHEN 1 THEN '550 5.1.1 <the address> unknown' END,
    CASE WHEN n > 1 THEN at + interval '2 seconds' END, at, at
FROM (SELECT *, row_number() OVER (ORDER BY at, id, user_id) AS n FROM demo.notice WHERE event = 'payout.failed') AS mail
ORDER BY 1;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor, reason)
SELECT demo.id(created_at + interval '2 seconds', 191, row_number() OVER (ORDER BY id)),
    created_at + interval '2 seconds', 'notifications', id, 'pending', status, 'S', last_error
FROM notifications WHERE channel = 'email';

-- Their files are gone: a demo has no store of files, and they are kept for a week only.
INSERT INTO reports (id, created_at, updated_at, user_id, panel, name, type, format, filters, data, status, rows,
    generated_at, expires_at, last_error, run_after, due_since)
SELECT demo.id(at, 34, n), at, at, CASE WHEN for_admin THEN team.admins[1] ELSE team.finance[1] END,
    CASE WHEN for_admin THEN 'admin' ELSE 'finance' END,
    initcap(type) || ', ' || (at - interval '30 days')::date || ' to ' || at::date, type,
    (ARRAY['csv', 'xlsx', 'pdf'])[1 + n % 3],
    jsonb_build_object('from', (at - interval '30 days')::date, 'to', at::date),
    CASE WHEN status = 'expired' THEN jsonb_build_object('columns', jsonb_build_array('Currency')) END, status,
    CASE WHEN status = 'expired' THEN 12 + demo.pick(n, 161, 400) ELSE 0 END,
    CASE WHEN status = 'expired' THEN at + interval '2 minutes' END,
    CASE WHEN status = 'expired' THEN at + interval '7 days' END,
    CASE WHEN status = 'failed' THEN 'Reading the list took too long. Narrow the filter.' END, at, at
FROM demo.team, generate_series(0, 17) AS n,
    LATERAL (SELECT demo.as_of() - interval '8 days' - n * interval '5 days' - interval '3 hours' AS at,
        (ARRAY['revenue', 'orders', 'products', 'users', 'logistics', 'payouts', 'disputes', 'tax',
            'moderation'])[1 + n % 9]
            AS type, CASE n % 9 WHEN 4 THEN 'failed' ELSE 'expired' END AS status) AS r,
    LATERAL (SELECT n % 2 = 0 OR type IN ('users', 'logistics', 'moderation') AS for_admin) AS w;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor)
SELECT demo.id(step.at, 190, row_number() OVER (ORDER BY reports.id, step.at)), step.at, 'reports', reports.id,
    step.before, step.after, 'S'
FROM reports, LATERAL (VALUES
    (created_at + interval '2 minutes', 'generating', CASE status WHEN 'failed' THEN 'failed' ELSE 'completed' END),
    (expires_at, 'completed', 'expired')
) AS step (at, before, after)
WHERE step.at IS NOT NULL;

INSERT INTO report_schedules (id, created_at, updated_at, user_id, panel, type, format, filters, rhythm, next_run_at,
    paused_at)
SELECT demo.id(demo.as_of() - interval '60 days', 306, n), demo.as_of() - interval '60 days',
    demo.as_of() - interval '60 days', who, panel, type, format, filters::jsonb, rhythm,
    date_trunc(CASE rhythm WHEN 'weekly' THEN 'week' ELSE 'month' END, demo.as_of())
        + CASE rhythm WHEN 'weekly' THEN interval '7 days' ELSE interval '1 month' END + interval '6 hours',
    CASE WHEN n = 3 THEN demo.as_of() - interval '20 days' END
FROM demo.team, LATERAL (VALUES
    (1, team.admins[1], 'admin', 'revenue', 'pdf', '{}', 'weekly'),
    (2, team.finance[1], 'finance', 'tax', 'xlsx', '{}', 'monthly'),
    (3, team.finance[1], 'finance', 'payouts', 'csv', '{"currency": "EUR"}', 'weekly')
) AS schedule (n, who, panel, type, format, filters, rhythm);

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
