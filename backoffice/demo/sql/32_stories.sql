-- What became of each order, and when: one row an order, from which orders, parcels, payments, refunds and disputes are
-- written. A time that lies after demo.as_of() has not happened yet.
-- `OFFSET 0` keeps the planner from merging the steps, which would compute each time again wherever it is used.
CREATE UNLOGGED TABLE demo.story AS
WITH chosen AS (
    SELECT b.n, b.opener, b.made, b.v, b.customer, s.id AS vendor_id, t.lines, t.subtotal, t.units, t.currency, t.digital,
        demo.id(b.made, 15, b.n) AS id, demo.fate(b.n, 81, b.made) AS fate, demo.fate(b.n, 82, b.made) AS quarrel
    FROM demo.basket AS b JOIN demo.bill AS t USING (n) JOIN demo.seller AS s ON s.v = b.v OFFSET 0
), told AS (
    SELECT *, CASE
        -- Large refunds, which need a second person, are in the queue of a small marketplace too.
        WHEN demo.boost() > 1 AND subtotal > CASE currency WHEN 'JPY' THEN 90000 WHEN 'KWD' THEN 180 ELSE 600 END
            AND demo.pick(n, 105, 2) = 0 AND made < demo.as_of() - interval '6 days'
            AND made > demo.as_of() - interval '16 days' THEN 'refunded'
        WHEN fate < 5 THEN 'failed' WHEN fate < 8 THEN 'retried' WHEN fate < 13 THEN 'unpaid'
        WHEN fate < 28 THEN 'cancelled' WHEN fate < 38 THEN 'refunded' WHEN fate < 54 THEN 'partial'
        WHEN fate < 58 AND subtotal > CASE currency WHEN 'JPY' THEN 3000 WHEN 'KWD' THEN 8 ELSE 25 END THEN 'goodwill'
        WHEN fate BETWEEN 58 AND 62 AND NOT digital THEN 'returned'
        WHEN fate BETWEEN 63 AND 69 AND NOT digital THEN 'undeliverable'
        WHEN fate BETWEEN 70 AND 94 AND NOT digital AND lines > 1 THEN 'split'
        ELSE 'plain' END AS story
    FROM chosen OFFSET 0
), billed AS (
    SELECT t.*, method.method_id, method.carrier, method.service,
        CASE WHEN digital THEN 0 ELSE demo.money(method.base + method.item * units, t.currency) END AS shipping,
        CASE WHEN story = 'plain' AND demo.pick(n, 84, 8) = 0 THEN demo.money(subtotal * 0.1, t.currency) ELSE 0 END
            AS discount
    FROM told AS t JOIN demo.method AS m USING (currency),
        LATERAL (SELECT 1 + demo.pick(n, 83, cardinality(m.ids)) AS i) AS choice,
        LATERAL (SELECT m.ids[i] AS method_id, m.bases[i] AS base, m.items[i] AS item, m.carriers[i] AS carrier,
            m.services[i] AS service) AS method OFFSET 0
), taxed AS (
    SELECT *, demo.money((subtotal - discount)
        * CASE currency WHEN 'USD' THEN 0.0825 WHEN 'EUR' THEN 0.2 WHEN 'JPY' THEN 0.1 ELSE 0 END, currency) AS tax,
        CASE WHEN story NOT IN ('failed', 'unpaid') THEN made + demo.wait(opener, 85, 40, 900)
            + CASE story WHEN 'retried' THEN interval '25 minutes' ELSE interval '0' END END AS paid_at
    FROM billed OFFSET 0
), moved AS (
    SELECT *, subtotal + tax + shipping - discount AS total,
        CASE WHEN story <> 'cancelled' THEN paid_at + demo.wait(n, 86, 5400, 72000) END AS started_at,
        CASE story WHEN 'cancelled' THEN paid_at + demo.wait(n, 87, 600, 4800)
            WHEN 'failed' THEN made + interval '3 days' WHEN 'unpaid' THEN made + interval '3 days' END AS cancelled_at,
        CASE story WHEN 'split' THEN demo.wait(n, 88, 72000, 158400) ELSE interval '0' END AS lag
    FROM taxed OFFSET 0
), picked AS (
    SELECT *, started_at + demo.wait(n, 89, 7200, 108000) AS picked_at FROM moved OFFSET 0
), carried AS (
    SELECT *, picked_at + demo.wait(n, 90, 10800, 50400) AS transit_at FROM picked OFFSET 0
), near AS (
    SELECT *, transit_at + demo.wait(n, 91, 36000, 252000) AS out_at FROM carried OFFSET 0
), tried AS (
    SELECT *, CASE story WHEN 'undeliverable' THEN out_at + interval '3 hours' END AS failed_at FROM near OFFSET 0
), arrived AS (
    SELECT *, CASE WHEN digital AND story <> 'cancelled' THEN paid_at + interval '5 seconds'
        WHEN story = 'undeliverable' THEN failed_at + interval '13 days'
        ELSE out_at + demo.wait(n, 92, 3600, 28800) END AS arrived_at
    FROM tried OFFSET 0
), returned AS (
    SELECT *, arrived_at + lag AS complete_at,
        CASE story WHEN 'returned' THEN arrived_at + demo.wait(n, 93, 259200, 518400) END AS returned_at
    FROM arrived OFFSET 0
), asked AS (
    SELECT *, CASE WHEN story IN ('refunded', 'partial', 'returned') AND quarrel % 2 = 0 THEN 'refund'
        WHEN story IN ('plain', 'split', 'undeliverable') AND quarrel < 6 + 4 * demo.boost() THEN 'talk' END AS dispute,
        CASE WHEN story = 'cancelled' THEN cancelled_at WHEN story = 'returned' THEN returned_at + interval '1 hour'
            WHEN story IN ('refunded', 'partial', 'goodwill') THEN arrived_at + demo.wait(n, 94, 108000, 432000) END
            AS asked_at
    FROM returned OFFSET 0
), decided AS (
    SELECT *, CASE WHEN demo.boost() > 1 AND story <> 'cancelled' AND asked_at > demo.as_of() - interval '10 days'
        THEN demo.as_of() + interval '1 day' ELSE asked_at + demo.wait(n, 95, 14400, 345600) END AS decided_at,
        CASE WHEN dispute = 'refund' OR story = 'cancelled' THEN 'succeeded'
            WHEN demo.pick(n, 96, 6) = 0 THEN 'rejected'
            WHEN demo.pick(n, 97, 16) < demo.boost() AND made > demo.as_of() - demo.boost() * interval '25 days' THEN 'failed'
            ELSE 'succeeded' END AS verdict
    FROM asked OFFSET 0
), settled AS (
    SELECT *, decided_at + interval '90 seconds' AS settled_at,
        CASE WHEN coalesce(asked_at > demo.as_of(), true) THEN NULL
            WHEN decided_at + interval '5 minutes' > demo.as_of() THEN 'requested'
        ELSE verdict END AS refund, CASE dispute WHEN 'refund' THEN asked_at - demo.wait(n, 98, 32400, 86400)
            WHEN 'talk' THEN coalesce(failed_at, complete_at) + demo.wait(n, 99, 14400, 432000) END AS opened_at
    FROM decided OFFSET 0
), fresh AS (
    -- In a small marketplace nobody has got round to the newest cases yet.
    SELECT *, demo.boost() > 1 AND dispute = 'talk' AND opened_at > demo.as_of() - interval '8 days' AS fresh
    FROM settled OFFSET 0
), reviewed AS (
    SELECT *, CASE WHEN fresh AND n % 2 = 0 THEN demo.as_of() + interval '1 day'
        ELSE opened_at + demo.wait(n, 101, 1800, CASE dispute WHEN 'refund' THEN 28800 ELSE 158400 END) END AS review_at
    FROM fresh OFFSET 0
)
SELECT *,
    -- What is over need not be known scan by scan.
    NOT demo.every_scan() AND complete_at <= demo.as_of() AS terse,
    CASE WHEN dispute = 'refund' THEN asked_at WHEN fresh THEN demo.as_of() + interval '2 days'
        WHEN dispute = 'talk' THEN review_at + demo.wait(n, 102, 86400, 432000) END AS resolved_at,
    CASE WHEN dispute = 'talk' THEN (ARRAY['reject', 'replace', 'reject', 'withdrawn'])[1 + demo.pick(n, 103, 4)]
        WHEN dispute = 'refund' THEN CASE story WHEN 'partial' THEN 'refund_partial' ELSE 'refund_full' END END
            AS outcome
FROM reviewed;
CREATE UNIQUE INDEX ON demo.story (n);
ANALYZE demo.story;

-- Orders that are paid together; the others have payments of their own.
CREATE UNLOGGED TABLE demo.checkout AS
SELECT unnest(ARRAY[a.n, b.n]) AS n, a.n AS opener, a.made AS placed_at, demo.id(a.made, 37, a.n) AS id
FROM demo.story AS a JOIN demo.story AS b ON b.n = a.n + 1 AND b.opener = a.n
WHERE b.n % 20 = 0 AND a.paid_at = b.paid_at AND a.story <> 'retried' AND b.story <> 'retried';
CREATE UNIQUE INDEX ON demo.checkout (n);
ANALYZE demo.checkout;
