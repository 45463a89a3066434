-- Staff, vendors and customers, with profiles and addresses. Numbers: staff first, then vendors, then customers.
CREATE UNLOGGED TABLE demo.person AS
SELECT n, role, i, made, demo.id(made, 1, n) AS id,
    demo.any_of(demo.first_names(), n, 11) AS first_name, demo.any_of(demo.last_names(), n, 12) AS last_name,
    1 + demo.pick(n, 13, cardinality(demo.cities())) AS place
FROM (
    SELECT n, role, i, CASE
        -- An hour back, because the newest is active already.
        WHEN role = 'customer' THEN demo.curve((i + 0.5) / demo.customers(), 1100) - interval '1 hour'
        WHEN role = 'vendor' AND i >= demo.sellers()
            THEN demo.as_of() - demo.wait(n, 14, 86400, 86400 * 12)
        ELSE demo.as_of() - interval '1150 days' + (n * interval '7 minutes')
    END AS made
    FROM (
        SELECT n, CASE
            WHEN n < f0 THEN 'admin' WHEN n < l0 THEN 'finance' WHEN n < v0 THEN 'logistics' WHEN n < c0 THEN 'vendor'
            ELSE 'customer' END AS role,
            n - CASE WHEN n < f0 THEN 0 WHEN n < l0 THEN f0 WHEN n < v0 THEN l0 WHEN n < c0 THEN v0 ELSE c0 END AS i
        FROM (SELECT demo.admins() AS f0, demo.admins() + demo.finance() AS l0,
                demo.admins() + demo.finance() + demo.logistics() AS v0,
                demo.admins() + demo.finance() + demo.logistics() + demo.sellers() + demo.newcomers() AS c0) AS border,
            generate_series(0, c0 + demo.customers() - 1) AS n
    ) AS numbered
) AS dated;
CREATE UNIQUE INDEX ON demo.person (role, i);
ANALYZE demo.person;

-- Whose decisions the histories show; the first two of each can sign in.
CREATE UNLOGGED TABLE demo.team AS
SELECT array_agg(id ORDER BY i) FILTER (WHERE role = 'admin') AS admins,
    array_agg(id ORDER BY i) FILTER (WHERE role = 'finance') AS finance,
    array_agg(id ORDER BY i) FILTER (WHERE role = 'logistics') AS logistics
FROM demo.person WHERE role IN ('admin', 'finance', 'logistics');

-- i >= sellers: newcomers, who have no products yet. The first two sellers can sign in.
CREATE UNLOGGED TABLE demo.seller AS
SELECT i AS v, id, made, first_name, last_name, place, i < demo.sellers() AS trades, -- Every fifth sells digital goods.
    CASE WHEN i % 5 = 4 THEN 7 ELSE i % 7 END AS department,
    demo.any_of(demo.shop_starts(), n, 21) || ' ' || demo.any_of(demo.shop_ends(), n, 22) AS shop,
    CASE i % 20 WHEN 6 THEN 'EUR' WHEN 13 THEN 'EUR' WHEN 10 THEN 'JPY' WHEN 17 THEN 'KWD' ELSE 'USD' END AS currency,
    CASE WHEN i < demo.sellers() THEN demo.trouble(i) END AS trouble,
    CASE WHEN i < demo.sellers() AND (demo.trouble(i) IN ('no_account', 'by_hand')) IS NOT TRUE
        THEN 'acct_demo_' || (1000 + i) END AS account,
    CASE WHEN i % 7 = 2 THEN 0.07 WHEN i % 31 = 8 THEN 0 END::numeric(7, 6) AS contract_rate,
    -- What a newcomer's vetting has come to.
    CASE WHEN i < demo.sellers() THEN 'approved'
        ELSE (ARRAY['pending', 'under_review', 'under_review', 'rejected'])[1 + i % 4] END AS verification
FROM demo.person WHERE role = 'vendor';
CREATE UNIQUE INDEX ON demo.seller (v);
ANALYZE demo.seller;

INSERT INTO users (id, created_at, updated_at, email, password_hash, first_name, last_name, phone, role, status,
    last_login, email_verified)
SELECT p.id, p.made, p.made,
    coalesce(
        CASE p.role WHEN 'admin' THEN (demo.admins_emails())[i + 1] WHEN 'finance' THEN (demo.finance_emails())[i + 1]
            WHEN 'logistics' THEN (demo.logistics_emails())[i + 1]
                WHEN 'vendor' THEN (demo.vendors_emails())[i + 1] END,
        lower(p.first_name || '.' || p.last_name || p.n) || CASE p.role WHEN 'customer' THEN '@mail.example'
            WHEN 'vendor' THEN '@shops.example' ELSE '@staff.example' END),
    CASE WHEN p.role <> 'customer' THEN demo.password_hash() END, p.first_name, p.last_name,
    '+1-555-' || lpad((p.n % 10000000)::text, 7, '0'), p.role,
    CASE WHEN s.trouble = 'suspended' THEN 'suspended' WHEN s.verification IN ('pending', 'under_review') THEN 'pending'
        WHEN s.verification = 'rejected' THEN 'inactive' ELSE 'active' END,
    CASE WHEN p.role <> 'customer' AND s.verification IS NOT DISTINCT FROM
        CASE WHEN p.role = 'vendor' THEN 'approved' END THEN demo.as_of() - demo.wait(p.n, 16, 3600, 86400 * 4) - interval '4 days' END,
    s.verification IS DISTINCT FROM 'pending'
FROM demo.person AS p LEFT JOIN demo.seller AS s ON p.role = 'vendor' AND s.v = p.i
ORDER BY p.made, p.n;

CREATE UNLOGGED TABLE demo.home AS
SELECT n, i, role, id AS user_id, made, demo.id(made + interval '1 minute', 2, n) AS id, first_name, last_name,
    first_name || ' ' || last_name AS name,
    (10 + demo.pick(n, 23, 980)) || ' ' || demo.any_of(demo.streets(), n, 24) || ' '
        || demo.any_of(demo.street_kinds(), n, 25) AS line1,
    (demo.cities())[place] AS city, (demo.states())[place] AS state,
    (demo.postals())[place] || lpad(demo.pick(n, 26, 100)::text, 2, '0') AS postal_code,
    (demo.countries())[place] AS country
FROM demo.person;
CREATE UNIQUE INDEX ON demo.home (role, i);
ANALYZE demo.home;

INSERT INTO user_profiles (id, created_at, updated_at, user_id, bio, company_name, website, address_line1, city, state,
    postal_code, country, tax_id, business_license)
SELECT demo.id(h.made, 3, h.n), h.made, h.made, h.user_id,
    CASE WHEN s.trades THEN s.shop || ' sells from ' || h.city || ' and ships within two working days.' END,
    s.shop, CASE WHEN s.trades THEN 'https://' || lower(replace(s.shop, ' ', '-')) || '-' || s.v || '.example' END,
    h.line1, h.city, h.state, h.postal_code, h.country,
    CASE WHEN h.role = 'vendor' THEN h.country || lpad(demo.pick(h.n, 27, 1000000000)::text, 9, '0') END,
    CASE WHEN h.role = 'vendor' THEN 'TR-' || lpad(demo.pick(h.n, 28, 1000000)::text, 6, '0') END
FROM demo.home AS h LEFT JOIN demo.seller AS s ON h.role = 'vendor' AND s.v = h.i
ORDER BY h.made, h.n;

INSERT INTO shipping_addresses (id, created_at, updated_at, user_id, kind, name, address_line1, city, state,
    postal_code, country, phone, is_default)
SELECT id, made, made, user_id, 'shipping', name, line1, city, state, postal_code, country,
    '+1-555-' || lpad((n % 10000000)::text, 7, '0'), true
FROM demo.home WHERE role = 'customer' ORDER BY made, n;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor, reason)
SELECT demo.id(p.made + interval '10 minutes', 4, p.n), p.made + interval '10 minutes', 'users', p.id, 'pending',
    'active', NULL::uuid, 'S', NULL
FROM demo.person AS p LEFT JOIN demo.seller AS s ON p.role = 'vendor' AND s.v = p.i
WHERE p.role <> 'vendor' OR s.verification = 'approved'
UNION ALL
SELECT demo.id(demo.as_of() - interval '3 days', 4, s.v), demo.as_of() - interval '3 days', 'users', s.id, 'active',
    'suspended', admins[1], 'A', 'Repeated sale of items the vendor did not have.'
FROM demo.seller AS s, demo.team WHERE s.trouble = 'suspended'
UNION ALL
SELECT demo.id(s.made + interval '20 hours', 4, s.v), s.made + interval '20 hours', 'users', s.id, 'pending',
    'inactive', admins[1], 'A', 'Vetting failed.'
FROM demo.seller AS s, demo.team WHERE s.verification = 'rejected'
ORDER BY 2, 1;
