-- Each Monday at four a seller's lines whose hold is over go into one payout. Last Monday's wait to be released.
CREATE UNLOGGED TABLE demo.earning AS
SELECT l.n, l.line, l.v, l.currency, demo.id(s.made, 17, l.n * 4 + l.line) AS order_item_id, net,
    commission - c.reversed AS kept,
    -- Money of a vendor without an account waits until there is one.
    cuts.cut, demo.id(cuts.cut, 45, l.n * 4 + l.line) AS journal_id
FROM demo.line AS l JOIN demo.seller AS sel ON sel.v = l.v
JOIN demo.story AS s USING (n) JOIN demo.state AS t USING (n)
LEFT JOIN demo.dispute AS d USING (n)
LEFT JOIN (SELECT n, line, sum(vendor) AS vendor, sum(commission) AS reversed FROM demo.refund_line
    WHERE status = 'succeeded' GROUP BY n, line) AS r USING (n, line),
    LATERAL (SELECT demo.money(l.total * l.rate, l.currency) AS commission, coalesce(r.reversed, 0) AS reversed) AS c,
    LATERAL (SELECT l.total - commission - coalesce(r.vendor, 0) AS net,
        greatest(
            s.arrived_at + CASE WHEN s.story = 'split' AND l.line > 0 THEN s.lag ELSE interval '0' END
                + CASE l.v % 50 WHEN 12 THEN interval '14 days' ELSE interval '7 days' END,
            d.resolved_at, CASE WHEN s.refund IS NOT NULL THEN s.settled_at + interval '2 minutes' END) AS free_at)
                AS e,
    LATERAL (SELECT date_trunc('week', free_at - interval '4 hours') + interval '7 days 4 hours' AS own_cut,
        date_trunc('week', demo.as_of() - interval '4 hours') + interval '4 hours' AS last_cut) AS mondays,
    LATERAL (SELECT CASE WHEN sel.trouble = 'no_account' THEN last_cut ELSE own_cut END AS cut) AS cuts
WHERE t.way = 'delivered' AND t.status IN ('delivered', 'refunded') AND net > 0
    AND s.refund IS DISTINCT FROM 'requested' AND s.refund IS DISTINCT FROM 'failed'
    AND (d.status IS NULL OR d.status IN ('resolved', 'closed')) AND s.story <> 'returned'
    AND own_cut <= demo.as_of();
ANALYZE demo.earning;

CREATE UNLOGGED TABLE demo.payout AS
SELECT *, demo.id(cut, 28, n) AS id, CASE WHEN by_hand THEN 'BANK-' || lpad(n::text, 8, '0') END AS bank_reference
FROM (SELECT *, status = 'completed' AND (n % 41 = 7 OR trouble IS NOT DISTINCT FROM 'by_hand') AS by_hand FROM (
SELECT row_number() OVER (ORDER BY cut, v) AS n, v, cut, currency, amount, kept, items_hash, s.id AS vendor_id,
    s.account, s.trouble, second_person,
    cut + demo.wait(v, 141, 3600, 28800) AS released_at, age,
    CASE WHEN age < interval '7 days' OR s.trouble = 'no_account' THEN 'pending'
        WHEN age < interval '20 days' AND s.trouble IN ('hold', 'past_due') THEN 'pending'
        WHEN age < interval '21 days' AND v % 9 = 4 AND s.account IS NOT NULL THEN 'failed'
        WHEN age < interval '21 days' AND v % 19 = 8 THEN 'cancelled'
        ELSE 'completed' END AS status
FROM (
    SELECT v, cut, currency, sum(net) AS amount, sum(kept) AS kept, encode(sha256(convert_to(string_agg(
        journal_id || ':' || net::numeric(19, 4), E'\n' ORDER BY journal_id), 'UTF8')), 'hex') AS items_hash
    FROM demo.earning GROUP BY v, cut, currency
) AS p JOIN demo.seller AS s USING (v, currency),
    LATERAL (SELECT demo.as_of() - cut AS age,
        amount >= CASE currency WHEN 'JPY' THEN 750000 WHEN 'KWD' THEN 1500 ELSE 5000 END AS second_person) AS a
) AS numbered) AS paid;
CREATE UNIQUE INDEX ON demo.payout (v, cut);
ANALYZE demo.payout;

INSERT INTO payouts (id, created_at, updated_at, vendor_id, stripe_transfer_id, amount, currency, status, payout_method,
    bank_reference, paid_on, destination_account, failure_code, failure_reason, processed_at, period_start, period_end, items_hash, released_by,
    approved_by, approved_at, second_person_required, idempotency_key, request_params, first_sent_at)
SELECT id, cut, CASE p.status WHEN 'pending' THEN cut ELSE released_at END, vendor_id,
    CASE WHEN wired AND p.status = 'completed' THEN 'tr_demo_' || lpad(n::text, 10, '0') END, amount, currency,
    p.status,
    CASE WHEN by_hand THEN 'by_hand' WHEN v % 11 = 10 THEN 'debit_card' ELSE 'bank_account' END, bank_reference,
    CASE WHEN by_hand THEN released_at::date END, CASE WHEN wired THEN account END,
    CASE p.status WHEN 'failed' THEN (ARRAY['account_invalid', 'balance_insufficient'])[1 + n % 2] END,
    CASE p.status WHEN 'failed' THEN (ARRAY[
        'The vendor''s Stripe account cannot receive money. Stripe says: No such destination.',
        'The platform''s Stripe balance is too low. Stripe says: Insufficient funds.'])[1 + n % 2] END,
    CASE p.status WHEN 'completed' THEN released_at + interval '1 minute' END, cut - interval '7 days', cut, items_hash,
    CASE WHEN sent THEN team.finance[1] END, CASE WHEN sent AND second_person THEN team.finance[2] END,
    CASE WHEN sent AND second_person THEN released_at END, sent AND second_person,
    CASE WHEN wired THEN 'payout:' || id || ':transfer:1' END,
    CASE WHEN wired THEN jsonb_build_object('account', account, 'amount', amount::numeric(19, 4)::text,
        'currency', currency) END,
    CASE WHEN wired THEN released_at END
FROM demo.payout AS p, demo.team, LATERAL (SELECT p.status IN ('completed', 'failed') AS sent) AS s,
    LATERAL (SELECT sent AND NOT by_hand AS wired) AS w
ORDER BY n;

-- E3: each earning became available when its payout was put together. What was cancelled is open again.
INSERT INTO journals (id, created_at, event, source_type, source_id, currency, posted_at, written_in)
SELECT journal_id, cut, 'earning_available', 'order_items', order_item_id, currency, cut, 'demo'
FROM demo.earning ORDER BY cut, n, line;

INSERT INTO journal_lines (id, created_at, journal_id, account_id, amount, currency)
SELECT demo.id(cut, 46, (e.n * 4 + line) * 2 + slot), cut, journal_id, a.id, entry.amount, e.currency
FROM demo.earning AS e JOIN demo.seller AS s USING (v, currency)
CROSS JOIN LATERAL (VALUES (0, 'vendor_pending', net), (1, 'vendor_available', -net)) AS entry (slot, kind, amount)
JOIN demo.account AS a ON a.kind = entry.kind AND a.currency = e.currency AND a.vendor_id = s.id
ORDER BY cut, e.n, line, slot;

INSERT INTO payout_items (id, created_at, vendor_id, payout_id, journal_id, order_item_id, amount, currency,
    released_at)
SELECT demo.id(p.cut, 29, (e.n * 4 + e.line) * 2 + again), CASE again WHEN 0 THEN p.cut ELSE p.released_at END,
    p.vendor_id, CASE again WHEN 0 THEN p.id END, e.journal_id, e.order_item_id, e.net, e.currency,
    CASE WHEN p.status = 'cancelled' AND again = 0 THEN p.released_at END
FROM demo.earning AS e JOIN demo.payout AS p USING (v, cut), generate_series(0, 1) AS again
WHERE again = 0 OR p.status = 'cancelled' ORDER BY p.n, e.n, e.line, again;

-- E4, and E5 of those that were sent or E6 of those that came to nothing.
CREATE UNLOGGED TABLE demo.payout_journal AS
SELECT p.n, step, p.id, p.vendor_id, p.currency, amount, event, at, debited, credited,
    demo.id(at, 47, p.n * 4 + step) AS journal_id, CASE step WHEN 2 THEN demo.id(cut, 47, p.n * 4) END AS reverses_id,
    CASE WHEN step = 1 AND NOT by_hand THEN 'tr_demo_' || lpad(p.n::text, 10, '0') END AS provider_id,
    CASE step WHEN 1 THEN 'Paid on ' || released_at::date || ', bank reference ' || bank_reference END AS reason
FROM demo.payout AS p, LATERAL (
    SELECT 0 AS step, 'payout_assembled' AS event, cut AS at, 'vendor_available' AS debited,
        'payout_in_transit' AS credited
    UNION ALL SELECT 1, CASE WHEN by_hand THEN 'payout_settled' ELSE 'transfer_executed' END,
        released_at + interval '1 minute', 'payout_in_transit',
        CASE WHEN by_hand THEN 'bank_clearing' ELSE 'psp_clearing' END
        WHERE status = 'completed'
    UNION ALL SELECT 2, 'payout_dissolved', released_at + interval '1 minute', 'payout_in_transit', 'vendor_available'
        WHERE status IN ('failed', 'cancelled')
) AS events;
INSERT INTO journals (id, created_at, event, source_type, source_id, currency, posted_at, provider_id, reverses_id,
    reason, written_in)
SELECT journal_id, at, event, 'payouts', id, currency, at, provider_id, reverses_id, reason, 'demo'
FROM demo.payout_journal ORDER BY at, n, step;
INSERT INTO journal_lines (id, created_at, journal_id, account_id, amount, currency)
SELECT demo.id(at, 48, (j.n * 4 + step) * 2 + slot), at, journal_id, a.id, entry.amount, j.currency
FROM demo.payout_journal AS j
CROSS JOIN LATERAL (VALUES (0, debited, amount), (1, credited, -amount)) AS entry (slot, kind, amount)
JOIN demo.account AS a ON a.kind = entry.kind AND a.currency = j.currency
    AND (a.vendor_id IS NULL OR a.vendor_id = j.vendor_id)
ORDER BY at, j.n, step, slot;

-- Everything else waits; the scheduler finds out for what.
INSERT INTO pending_earnings (order_item_id, look_at)
SELECT id, demo.as_of() FROM order_items AS i
WHERE NOT EXISTS (SELECT FROM demo.earning WHERE order_item_id = i.id) ORDER BY id;

INSERT INTO account_balances (id, created_at, account_id, balance, lines)
SELECT demo.id(demo.as_of(), 49, row_number() OVER (ORDER BY account_id)), demo.as_of(), account_id, sum(amount), count(*)
FROM journal_lines GROUP BY account_id;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor, reason)
SELECT demo.id(at, 170 + step, n), at, 'payouts', id, before, after, who, actor, why
FROM demo.payout AS p, demo.team, LATERAL (
    SELECT 1 AS step, 'pending' AS before, 'processing' AS after, 'F' AS actor, team.finance[1] AS who, released_at
        AS at, NULL AS why WHERE status IN ('completed', 'failed')
    UNION ALL SELECT 2, 'processing', status, CASE WHEN by_hand THEN 'S' ELSE 'P' END, NULL, released_at + interval '1 minute', NULL
        WHERE status IN ('completed', 'failed')
    UNION ALL SELECT 3, 'pending', 'cancelled', 'F', team.finance[2], released_at,
        'Put together again after a correction.'
        WHERE status = 'cancelled'
) AS steps;

INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, payout_id, type, direction, amount, currency,
    status, journal_id, description, event_key)
SELECT demo.id(at, 30, n), at, at, vendor_id, vendor_id, id, 'payout', 'out', -amount, currency, p.status,
    CASE p.status WHEN 'completed' THEN demo.id(at, 47, n * 4 + 1) END,
    'Payout to the vendor', 'payout:' || id || ':1'
FROM demo.payout AS p, LATERAL (SELECT released_at + interval '1 minute' AS at) AS t
WHERE p.status IN ('completed', 'failed') ORDER BY n;

-- The platform's commission on the lines that were settled.
INSERT INTO transactions (id, created_at, updated_at, vendor_id, payout_id, type, direction, amount, currency, status,
    description, event_key)
SELECT demo.id(released_at, 20, n), released_at, released_at, vendor_id, id, 'commission', 'in', kept, currency,
    'completed', 'Commission on the lines of a payout', 'commission:' || id || ':1'
FROM demo.payout WHERE status = 'completed' AND kept > 0 ORDER BY n;
