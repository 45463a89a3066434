-- Each Monday at four a seller's lines whose hold is over go into one payout. Last Monday's wait to be released.
CREATE UNLOGGED TABLE demo.earning AS
SELECT l.n, l.line, l.v, l.currency, demo.id(s.made, 17, l.n * 4 + l.line) AS order_item_id, net,
    l.total - back - net AS kept,
    -- Money of a vendor without an account waits until there is one.
    CASE WHEN sel.account IS NULL THEN last_cut ELSE own_cut END AS cut
FROM demo.line AS l JOIN demo.seller AS sel ON sel.v = l.v
JOIN demo.story AS s USING (n) JOIN demo.state AS t USING (n)
LEFT JOIN demo.dispute AS d USING (n)
LEFT JOIN (SELECT n, line, sum(amount) AS amount FROM demo.refund_line WHERE status = 'succeeded' GROUP BY n, line) AS r
    USING (n, line),
    LATERAL (SELECT demo.money(l.total * l.rate, l.currency) AS commission, coalesce(r.amount, 0) AS back) AS c,
    LATERAL (SELECT l.total - commission - (back - demo.money(commission * back / l.total, l.currency)) AS net,
        greatest(
            s.arrived_at + CASE WHEN s.story = 'split' AND l.line > 0 THEN s.lag ELSE interval '0' END
                + CASE l.v % 50 WHEN 12 THEN interval '14 days' ELSE interval '7 days' END,
            d.resolved_at, CASE WHEN s.refund IS NOT NULL THEN s.settled_at + interval '2 minutes' END) AS free_at)
                AS e,
    LATERAL (SELECT date_trunc('week', free_at - interval '4 hours') + interval '7 days 4 hours' AS own_cut,
        date_trunc('week', demo.as_of() - interval '4 hours') + interval '4 hours' AS last_cut) AS mondays
WHERE t.way = 'delivered' AND t.status IN ('delivered', 'refunded') AND net > 0
    AND s.refund IS DISTINCT FROM 'requested' AND s.refund IS DISTINCT FROM 'failed'
    AND (d.status IS NULL OR d.status IN ('resolved', 'closed')) AND s.story <> 'returned'
    AND own_cut <= demo.as_of();
ANALYZE demo.earning;

CREATE UNLOGGED TABLE demo.payout AS
SELECT *, demo.id(cut, 28, n) AS id FROM (
SELECT row_number() OVER (ORDER BY cut, v) AS n, v, cut, currency, amount, kept, items_hash, s.id AS vendor_id,
    s.account, second_person,
    cut + demo.wait(v, 141, 3600, 28800) AS released_at, age,
    CASE WHEN age < interval '7 days' OR s.account IS NULL THEN 'pending'
        WHEN age < interval '20 days' AND s.trouble IN ('hold', 'past_due') THEN 'pending'
        WHEN age < interval '21 days' AND v % 9 = 4 THEN 'failed'
        WHEN age < interval '21 days' AND v % 19 = 8 THEN 'cancelled'
        ELSE 'completed' END AS status
FROM (
    SELECT v, cut, currency, sum(net) AS amount, sum(kept) AS kept, encode(sha256(convert_to(string_agg(
        order_item_id || ':' || net::numeric(19, 4), E'\n' ORDER BY order_item_id), 'UTF8')), 'hex') AS items_hash
    FROM demo.earning GROUP BY v, cut, currency
) AS p JOIN demo.seller AS s USING (v, currency),
    LATERAL (SELECT demo.as_of() - cut AS age,
        amount >= CASE currency WHEN 'JPY' THEN 750000 WHEN 'KWD' THEN 1500 ELSE 5000 END AS second_person) AS a
) AS numbered;
CREATE UNIQUE INDEX ON demo.payout (v, cut);
ANALYZE demo.payout;

INSERT INTO payouts (id, created_at, updated_at, vendor_id, stripe_transfer_id, amount, currency, status, payout_method,
    destination_account, failure_code, failure_reason, processed_at, period_start, period_end, items_hash, released_by,
    approved_by, approved_at, second_person_required, idempotency_key, request_params, first_sent_at)
SELECT id, cut, CASE p.status WHEN 'pending' THEN cut ELSE released_at END, vendor_id,
    CASE p.status WHEN 'completed' THEN 'tr_demo_' || lpad(n::text, 10, '0') END, amount, currency, p.status,
    CASE WHEN v % 11 = 10 THEN 'debit_card' ELSE 'bank_account' END, CASE WHEN sent THEN account END,
    CASE p.status WHEN 'failed' THEN (ARRAY['account_invalid', 'balance_insufficient'])[1 + n % 2] END,
    CASE p.status WHEN 'failed' THEN (ARRAY[
        'The vendor''s Stripe account cannot receive money. Stripe says: No such destination.',
        'The platform''s Stripe balance is too low. Stripe says: Insufficient funds.'])[1 + n % 2] END,
    CASE p.status WHEN 'completed' THEN released_at + interval '1 minute' END, cut - interval '7 days', cut, items_hash,
    CASE WHEN sent THEN team.finance[1] END, CASE WHEN sent AND second_person THEN team.finance[2] END,
    CASE WHEN sent AND second_person THEN released_at END, sent AND second_person,
    CASE WHEN sent THEN 'payout:' || id || ':transfer:1' END,
    CASE WHEN sent THEN jsonb_build_object('account', account, 'amount', amount::numeric(19, 4)::text,
        'currency', currency) END,
    CASE WHEN sent THEN released_at END
FROM demo.payout AS p, demo.team, LATERAL (SELECT p.status IN ('completed', 'failed') AS sent) AS w
ORDER BY n;

INSERT INTO payout_items (id, created_at, payout_id, order_item_id, amount, currency, released_at)
SELECT demo.id(p.cut, 29, e.n * 4 + e.line), p.cut, p.id, e.order_item_id, e.net, e.currency,
    CASE p.status WHEN 'cancelled' THEN p.released_at END
FROM demo.earning AS e JOIN demo.payout AS p USING (v, cut) ORDER BY p.n, e.n, e.line;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor, reason)
SELECT demo.id(at, 170 + step, n), at, 'payouts', id, before, after, who, actor, why
FROM demo.payout AS p, demo.team, LATERAL (
    SELECT 1 AS step, 'pending' AS before, 'processing' AS after, 'F' AS actor, team.finance[1] AS who, released_at
        AS at, NULL AS why WHERE status IN ('completed', 'failed')
    UNION ALL SELECT 2, 'processing', status, 'P', NULL, released_at + interval '1 minute', NULL
        WHERE status IN ('completed', 'failed')
    UNION ALL SELECT 3, 'pending', 'cancelled', 'F', team.finance[2], released_at,
        'Put together again after a correction.'
        WHERE status = 'cancelled'
) AS steps;

INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, payout_id, type, direction, amount, currency,
    status, description, event_key)
SELECT demo.id(at, 30, n), at, at, vendor_id, vendor_id, id, 'payout', 'out', -amount, currency, p.status,
    'Payout to the vendor', 'payout:' || id || ':1'
FROM demo.payout AS p, LATERAL (SELECT released_at + interval '1 minute' AS at) AS t
WHERE p.status IN ('completed', 'failed') ORDER BY n;

-- The platform's commission on the lines that were settled.
INSERT INTO transactions (id, created_at, updated_at, vendor_id, payout_id, type, direction, amount, currency, status,
    description, event_key)
SELECT demo.id(released_at, 20, n), released_at, released_at, vendor_id, id, 'commission', 'in', kept, currency,
    'completed', 'Commission on the lines of a payout', 'commission:' || id || ':1'
FROM demo.payout WHERE status = 'completed' AND kept > 0 ORDER BY n;
