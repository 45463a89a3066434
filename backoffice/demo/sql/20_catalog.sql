-- Category tree and products. Product number m belongs to seller m % sellers, its k-th: k = m / sellers. One in ten
-- of a
-- seller's products, never the same k as its neighbour's, does not sell; orders skip it by arithmetic.
CREATE UNLOGGED TABLE demo.category AS
SELECT level, ord, name, parent, demo.id(demo.as_of() - interval '1200 days', 12, level * 1000 + ord) AS id
FROM (
    SELECT 1 AS level, department AS ord, department_name AS name, NULL AS parent FROM demo.leaf GROUP BY 2, 3
    UNION ALL SELECT 2, min(n), branch, department_name FROM demo.leaf GROUP BY branch, department_name
    UNION ALL SELECT 3, n, name, branch FROM demo.leaf
) AS tree;
ANALYZE demo.category;

INSERT INTO categories (id, created_at, updated_at, name, slug, description, parent_id, sort_order)
SELECT c.id, demo.as_of() - interval '1200 days', demo.as_of() - interval '1200 days', c.name,
    replace(lower(c.name), ' ', '-'), CASE c.level WHEN 1 THEN 'Everything in ' || lower(c.name) || '.' END, up.id,
        c.ord
FROM demo.category AS c LEFT JOIN demo.category AS up ON up.name = c.parent AND up.level = c.level - 1
ORDER BY c.level, c.ord;

CREATE UNLOGGED TABLE demo.product AS
WITH numbered AS (
    SELECT m, m % demo.sellers() AS v, m / demo.sellers() AS k,
        demo.curve((m + 0.5) / demo.products(), 1100) AS made
    FROM generate_series(0, demo.products() - 1) AS m OFFSET 0
), placed AS (
    SELECT p.*, s.id AS vendor_id, s.currency, s.department * 9 + demo.pick(m, 41, 9) AS leaf,
        p.made + demo.wait(m, 42, 300, 3600) AS submitted_at,
        demo.pick(m, 43, 100) AS draw, demo.wait(m, 44, 7200, 172800) AS review_takes
    FROM numbered AS p JOIN demo.seller AS s USING (v) OFFSET 0
), fated AS (
    SELECT *, submitted_at + review_takes AS reviewed_at, submitted_at + review_takes + interval '1 hour' AS listed_at,
        CASE
            WHEN made > demo.as_of() - interval '30 days' THEN CASE WHEN draw < 48 THEN 'pending'
                WHEN draw < 58 THEN 'draft'
                WHEN draw < 64 THEN 'rejected' WHEN draw < 70 THEN 'approved' ELSE 'active' END
            WHEN (k + v) % 10 = 9 THEN CASE WHEN draw < 45 THEN 'rejected' WHEN draw < 70 THEN 'draft'
                WHEN draw < 85 THEN 'approved' ELSE 'inactive' END
            ELSE CASE WHEN draw < 96 THEN 'active' ELSE 'inactive' END
        END AS fate
    FROM placed OFFSET 0
)
SELECT f.m, f.v, f.k, f.made, f.vendor_id, f.currency, f.leaf, f.submitted_at, f.reviewed_at, f.listed_at,
    CASE
        WHEN fate = 'draft' OR submitted_at > demo.as_of() THEN 'draft'
        WHEN fate = 'pending' OR reviewed_at > demo.as_of() THEN 'pending'
        WHEN fate IN ('active', 'inactive') AND listed_at > demo.as_of() THEN 'approved'
        ELSE fate
    END AS status, demo.id(f.made, 13, m) AS id, l.department, l.weight, l.weight = 0 AS is_digital,
    CASE WHEN demo.pick(m, 45, 10) = 0 THEN demo.common_word() || ' ' ELSE '' END
        || CASE WHEN demo.pick(m, 46, 1000) = 0 OR m = 4 THEN demo.rare_word() || ' ' ELSE '' END
        || demo.any_of(demo.adjectives(), m, 47) || ' ' || demo.one_of(l.kinds, m, 48)
        || ' ' || demo.any_of(demo.product_lines(), m, 49) || ' ' || (10 + demo.pick(m, 50, 90)) AS name,
    upper(left(replace(l.name, '-', ''), 3)) || '-' || lpad((m + 1)::text, 7, '0') AS sku,
    demo.any_of(demo.colors(), m, 51) AS color, demo.one_of((demo.materials())[l.department + 1], m, 52) AS material,
    -- Dearer things are rarer; most prices end in .99, yen and dinars are whole.
    CASE f.currency WHEN 'JPY' THEN usd * 150 WHEN 'KWD' THEN greatest(1, usd / 3)
        ELSE usd - (ARRAY[0.01, 0.01, 0.01, 0.05, 0.5, 0])[1 + demo.pick(m, 53, 6)] END::numeric(19, 4) AS price,
    CASE demo.pick(m, 54, 40) WHEN 0 THEN 0 WHEN 1 THEN 0.05 WHEN 2 THEN 0.15 END::numeric(7, 6) AS rate
FROM fated AS f JOIN demo.leaf AS l ON l.n = f.leaf,
    LATERAL (SELECT l.low + floor((l.high - l.low) * power(demo.frac(m, 55), 2.5))::integer AS usd) AS priced;
CREATE UNIQUE INDEX ON demo.product (m);
ANALYZE demo.product;

INSERT INTO products (id, created_at, updated_at, vendor_id, category_id, name, slug, description, short_description,
    price,
    compare_price, currency, sku, stock_quantity, min_stock_level, status, visibility, specifications, weight, length,
    width, height, is_digital, requires_shipping, published_at, commission_rate_override, reviewed_by, reviewed_at,
    reviewed_version, rejection_reason, rejection_message)
SELECT p.id, p.made, CASE p.status WHEN 'draft' THEN p.made WHEN 'pending' THEN submitted_at
        WHEN 'active' THEN listed_at ELSE reviewed_at END,
    p.vendor_id, c.id, p.name, replace(lower(p.name), ' ', '-') || '-' || (m + 1),
    p.name || CASE WHEN is_digital THEN ', ' ELSE ' in ' || lower(color) || ', made of ' END || material || '. '
        || demo.one_of((demo.features())[department + 1], m, 56),
    c.name || ' in ' || lower(color) || CASE WHEN is_digital THEN '' ELSE ', ' || material END,
    price, CASE WHEN demo.pick(m, 58, 8) = 0 THEN demo.money(price * 1.25, currency) END, currency, sku,
    CASE WHEN is_digital THEN 0 WHEN demo.pick(m, 59, 25) = 0 THEN 0 ELSE demo.pick(m, 60, 180) END,
    CASE WHEN is_digital THEN 0 ELSE 5 + demo.pick(m, 61, 10) END, p.status,
    CASE demo.pick(m, 62, 60) WHEN 0 THEN 'private' WHEN 1 THEN 'unlisted' ELSE 'public' END,
    jsonb_build_object('color', color, 'material', material), NULLIF(weight, 0),
    CASE WHEN NOT is_digital THEN 8 + demo.pick(m, 63, 60) END,
    CASE WHEN NOT is_digital THEN 5 + demo.pick(m, 64, 40) END,
    CASE WHEN NOT is_digital THEN 3 + demo.pick(m, 65, 30) END, is_digital, NOT is_digital,
    CASE WHEN p.status IN ('active', 'inactive') THEN listed_at END, rate,
    CASE WHEN reviewed THEN team.admins[1 + demo.pick(m, 66, 2)] END, CASE WHEN reviewed THEN reviewed_at END,
    CASE WHEN reviewed THEN 1 END, CASE WHEN p.status = 'rejected' THEN why END,
    CASE WHEN p.status = 'rejected' THEN CASE why
        WHEN 'incomplete' THEN 'Please add measurements and at least two pictures.'
        WHEN 'misleading' THEN 'The description promises more than the certificate you sent us covers.'
        WHEN 'wrong_category' THEN 'This belongs to another category; please choose the closest one.'
        ELSE 'The price is far from that of comparable products. Please check the decimal point.' END END
FROM demo.product AS p JOIN demo.category AS c ON c.level = 3 AND c.ord = p.leaf, demo.team,
    LATERAL (SELECT p.status IN ('approved', 'rejected', 'active', 'inactive') AS reviewed,
        (ARRAY['incomplete', 'misleading', 'wrong_category', 'pricing'])[1 + demo.pick(m, 67, 4)] AS why) AS verdict
ORDER BY m;
