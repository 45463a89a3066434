-- Orders with their lines, decided in scratch tables first: what was bought, what became of it, when.
INSERT INTO shipping_methods (id, created_at, updated_at, name, carrier, service_type, base_rate, per_kg_rate,
    per_item_rate, currency, estimated_days_min, estimated_days_max, is_active, coverage_areas)
SELECT demo.id(demo.as_of() - interval '1190 days', 14, n), demo.as_of() - interval '1190 days',
    demo.as_of() - interval '1190 days', carrier || ' ' || service, carrier, service, base, kg, item, currency, low,
    high, active, jsonb_build_object('countries', string_to_array(areas, ' '))
FROM (VALUES
    (0, 'UPS', 'Ground', 5.90, 0.60, 1.00, 'USD', 2, 5, 'US', true),
    (1, 'FedEx', '2Day', 12.50, 1.20, 1.50, 'USD', 1, 2, 'US', true),
    (2, 'USPS', 'Priority Mail', 7.40, 0.80, 0.90, 'USD', 2, 4, 'US', true),
    (3, 'DHL', 'Paket', 4.90, 0.50, 0.80, 'EUR', 1, 3, 'DE FR NL AT', true),
    (4, 'DPD', 'Home', 5.40, 0.40, 0.70, 'EUR', 1, 4, 'DE FR NL ES IT', true),
    (5, 'Yamato', 'Takkyubin', 900, 100, 150, 'JPY', 1, 2, 'JP', true),
    (6, 'Japan Post', 'Yu-Pack', 810, 90, 120, 'JPY', 1, 3, 'JP', true),
    (7, 'Aramex', 'Domestic', 2, 1, 1, 'KWD', 1, 3, 'KW', true),
    (8, 'USPS', 'Media Mail', 3.90, 0.40, 0.50, 'USD', 4, 9, 'US', false))
    AS methods (n, carrier, service, base, kg, item, currency, low, high, areas, active);

CREATE UNLOGGED TABLE demo.method AS
SELECT currency, array_agg(id ORDER BY id) AS ids, array_agg(base_rate ORDER BY id) AS bases,
    array_agg(per_item_rate ORDER BY id) AS items, array_agg(carrier ORDER BY id) AS carriers,
    array_agg(service_type ORDER BY id) AS services
FROM shipping_methods WHERE is_active GROUP BY currency;

-- Customers buy again: the earlier they came, the more often. Nobody buys before having an account.
CREATE UNLOGGED TABLE demo.basket AS
WITH numbered AS (
    SELECT n, demo.curve((n - demo.frac(n, 71)) / demo.orders(), demo.order_days()::integer) AS made
    FROM generate_series(1, demo.orders()) AS n OFFSET 0
), chosen AS (
    SELECT n, made, demo.pick(n, 72, 100) AS draw,
        floor(demo.sellers() * power(demo.frac(n, 73), 1.6))::bigint AS wanted,
        greatest(0, floor(demo.customers() * demo.share(made, 1100) * power(demo.frac(n, 74), 1.3))::bigint - 1)
            AS customer,
        -- Each seller's products that were listed a month ago, in tens.
        greatest(1, floor((demo.products() * demo.share(made - interval '30 days',
            1100) / demo.sellers() - 1) / 10))::bigint
            AS tens
    FROM numbered OFFSET 0
)
SELECT n, made, customer, tens,
    -- A suspended vendor takes no new orders (VEN-1).
    CASE WHEN demo.trouble(wanted) = 'suspended' AND made > demo.as_of() - interval '4 days' THEN wanted + 1
        ELSE wanted END
    AS v, CASE WHEN draw < 66 THEN 1 WHEN draw < 90 THEN 2 WHEN draw < 98 THEN 3 ELSE 4 END AS lines, n AS opener
FROM chosen;

-- Now and then somebody buys from two vendors at once: an order and the one after it, `opener` being the first of them.
UPDATE demo.basket AS b SET made = a.made, customer = a.customer, opener = a.n
FROM demo.basket AS a, demo.seller AS s, demo.seller AS t
WHERE b.n % 20 = 0 AND a.n = b.n - 1 AND s.v = a.v AND t.v = b.v AND a.v <> b.v AND s.currency = t.currency;
ANALYZE demo.basket;

CREATE UNLOGGED TABLE demo.line AS
SELECT b.n, line, p.m, b.v, p.id AS product_id, p.name, p.sku, p.price, p.currency, p.is_digital, q.quantity,
    p.price * q.quantity AS total, commission.rate, commission.source, commission.source_id
FROM demo.basket AS b, generate_series(0, lines - 1) AS line,
    LATERAL (SELECT (floor(9 * tens * power(demo.frac(b.n, 75), 1.5))::bigint + line * (1 + b.n % 2)) % (9 * tens) AS j)
        AS slot,
    LATERAL (SELECT b.v + demo.sellers() * ((j / 9) * 10 + (j % 9 + 20 - b.v % 10) % 10) AS wanted) AS choice
JOIN demo.product AS p ON p.m = wanted
JOIN demo.seller AS s ON s.v = p.v
LEFT JOIN demo.subscription AS plan ON plan.v = s.v,
    LATERAL (SELECT CASE WHEN demo.pick(b.n * 4 + line, 76, 100) < 84 OR p.price > 300 THEN 1
        ELSE 2 + demo.pick(b.n * 4 + line, 77, 3) END AS quantity) AS q,
    -- COM-1: the first that is set wins, and 0 is a value. A cancelled plan counts until it ends (SUB-4).
    LATERAL (SELECT coalesce(b.made >= plan.made AND (plan.status = 'cancelled'
        OR b.made < coalesce(plan.stopped_at, 'infinity')), false) AS covered) AS c,
    LATERAL (SELECT coalesce(p.rate, s.contract_rate, CASE WHEN covered THEN plan.rate END, 0.1)::numeric(7, 6) AS rate,
        CASE WHEN p.rate IS NOT NULL THEN 'product' WHEN s.contract_rate IS NOT NULL THEN 'vendor'
            WHEN covered THEN 'plan' ELSE 'default' END AS source,
        CASE WHEN p.rate IS NOT NULL THEN p.id WHEN s.contract_rate IS NOT NULL THEN demo.id(s.made, 5, s.v)
            WHEN covered THEN demo.id(plan.made, 9, plan.v) END AS source_id) AS commission;
CREATE INDEX ON demo.line (n);
ANALYZE demo.line;

CREATE UNLOGGED TABLE demo.bill AS
SELECT n, count(*) AS lines, sum(total) AS subtotal, sum(quantity) AS units, min(currency) AS currency,
    bool_or(is_digital) AS digital
FROM demo.line GROUP BY n;
CREATE UNIQUE INDEX ON demo.bill (n);
ANALYZE demo.bill;
