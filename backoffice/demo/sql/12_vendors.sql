-- Vetting, payout accounts, plans and subscriptions of vendors.
INSERT INTO vendor_profiles (id, created_at, updated_at, vendor_id, verification_status, commission_rate, hold_days,
    paid_by_hand, stripe_account_id, payouts_enabled, requirements_past_due, bank_name, bank_last4, bank_country, bank_changed_at,
    stripe_customer_id, stripe_payment_method_id)
SELECT demo.id(made, 5, v), made, made, id, verification, contract_rate, CASE WHEN v % 50 = 12 THEN 14 END,
    coalesce(trouble = 'by_hand', false), account, account IS NOT NULL, coalesce(trouble = 'past_due', false),
    CASE WHEN account IS NOT NULL THEN (ARRAY['First Harbor Bank', 'Northern Trust Savings',
        'Union Credit'])[1 + v % 3] END,
    CASE WHEN account IS NOT NULL THEN lpad(demo.pick(v, 31, 10000)::text, 4, '0') END,
    CASE WHEN account IS NOT NULL THEN (demo.countries())[place] END,
    CASE WHEN account IS NOT NULL THEN made + interval '1 day' END,
    -- Whose plan is in dunning has a card that is declined.
    CASE WHEN trades THEN 'cus_demo_' || lpad(v::text, 6, '0') END,
    CASE WHEN trades THEN CASE WHEN v % 16 IN (6, 9, 13) THEN 'pm_card_chargeDeclined' ELSE 'pm_card_visa' END END
FROM demo.seller ORDER BY made, v;

INSERT INTO status_history (id, created_at, entity, field, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(made + step * interval '8 hours', 6, v * 4 + step), made + step * interval '8 hours', 'vendor_profiles',
    'verification_status', demo.id(made, 5, v), before, after, CASE actor WHEN 'A' THEN admins[1] ELSE seller.id END,
        actor
FROM demo.seller, demo.team,
    (VALUES (1, 'pending', 'under_review', 'V'), (2, 'under_review', 'approved', 'A'), (3, 'under_review', 'rejected',
        'A'))
        AS steps (step, before, after, actor)
WHERE CASE step WHEN 1 THEN verification <> 'pending' WHEN 2 THEN verification = 'approved'
    ELSE verification = 'rejected' END
ORDER BY 2, 1;

INSERT INTO payout_holds (id, created_at, updated_at, vendor_id, source, reason, placed_by)
SELECT demo.id(made_, 7, v), made_, made_, s.id, 'admin', 'Identity documents expired; new ones were asked for.',
    admins[1]
FROM demo.seller AS s, demo.team, (SELECT demo.as_of() - interval '20 days') AS t (made_) WHERE trouble = 'hold';

INSERT INTO payout_holds (id, created_at, updated_at, vendor_id, source, reason, placed_by, released_by, released_at)
SELECT demo.id(made_, 7, 100000 + v), made_, made_ + interval '2 days', s.id, 'system',
    'Unusual number of orders within one hour.', NULL, admins[2], made_ + interval '2 days'
FROM demo.seller AS s, demo.team, (SELECT demo.as_of() - interval '90 days') AS t (made_)
WHERE trouble IS NULL AND trades AND v % 20 = 4;

INSERT INTO subscription_plans (id, created_at, updated_at, name, slug, description, monthly_price, yearly_price,
    currency, max_products, max_orders_per_month, commission_rate, features, is_active)
SELECT demo.id(made_, 8, n), made_, made_, name, lower(name), description, monthly, yearly, 'USD', products, orders,
    rate, features::jsonb, active
FROM (SELECT demo.as_of() - interval '1160 days') AS t (made_), (VALUES
    (0, 'Starter', 'For shops that try the marketplace out.', 0, 0, 50, 100, 0.12, '{"support": "e-mail"}', true),
    (1, 'Growth', 'For shops that sell every day.', 49, 490, 1000, 2000, 0.09,
        '{"support": "e-mail", "analytics": true}', true),
    (2, 'Business', 'For established brands.', 199, 1990, NULL, NULL, 0.06,
        '{"support": "phone", "analytics": true, "priority_review": true}', true),
    (3, 'Founders', 'The first offer, no longer sold.', 19, 190, 500, 1000, 0.08, '{"support": "e-mail"}', false))
    AS plans (n, name, description, monthly, yearly, products, orders, rate, features, active);

-- A third of the sellers have no plan; a few subscriptions have ended, are ending or are unpaid. The suspended have not
-- paid their first fee. Periods are counted from the start, so that the day of the month is kept (SUB-2).
CREATE UNLOGGED TABLE demo.subscription AS
WITH chosen AS (
    SELECT v, seller.id AS vendor_id, plan.id AS plan_id, plan.rate, plan.monthly, plan.yearly,
        CASE WHEN v % 2 = 0 THEN 'monthly' ELSE 'yearly' END AS cycle,
        CASE WHEN v % 2 = 0 THEN plan.monthly ELSE plan.yearly END AS price,
        CASE v % 16 WHEN 4 THEN 'expired' WHEN 7 THEN 'cancelled' WHEN 13 THEN 'suspended' ELSE 'active' END AS status,
        CASE v % 16 WHEN 13 THEN demo.as_of() - interval '13 days' ELSE seller.made + interval '3 days' END AS made
    FROM demo.seller
    JOIN (SELECT row_number() OVER (ORDER BY created_at, id) - 1 AS n, id, commission_rate AS rate, monthly_price
            AS monthly, yearly_price AS yearly FROM subscription_plans) AS plan ON plan.n = demo.pick(v, 32, 4)
    WHERE trades AND v % 3 <> 2
), counted AS (
    SELECT *, CASE cycle WHEN 'monthly' THEN interval '1 month' ELSE interval '1 year' END AS step,
        (date_part('year', passed) * 12 + date_part('month', passed))::integer
            / CASE cycle WHEN 'monthly' THEN 1 ELSE 12 END AS full_periods
    FROM chosen, LATERAL (SELECT age(demo.as_of() - CASE status WHEN 'expired' THEN interval '60 days'
        ELSE interval '0' END, made) AS passed) AS a
)
-- The last period is number `last`; the first is number 0.
SELECT *, made + last * step AS period_start, made + (last + 1) * step AS period_end,
    CASE status WHEN 'expired' THEN made + (last + 1) * step WHEN 'cancelled' THEN demo.as_of() - interval '9 days'
        WHEN 'suspended' THEN made + interval '7 days' END AS stopped_at,
    -- In dunning now: younger than the seven days of the schedule.
    status = 'active' AND price > 0 AND v % 16 IN (6, 9) AND made + last * step > demo.as_of() - interval '7 days'
        OR status = 'suspended' AND price > 0 AS unpaid
FROM counted, LATERAL (SELECT greatest(full_periods - CASE status WHEN 'expired' THEN 1 ELSE 0 END, 0) AS last) AS p;
ANALYZE demo.subscription;

INSERT INTO subscriptions (id, created_at, updated_at, vendor_id, plan_id, status, billing_cycle, amount, currency,
    start_date, end_date, next_billing_date, cancelled_at, commission_rate, billing_anchor_day, period_start,
    suspended_at, unpaid_since)
SELECT demo.id(made, 9, v), made, coalesce(stopped_at, made), vendor_id, plan_id, status, cycle, price, 'USD', made,
    CASE WHEN status IN ('expired', 'cancelled') THEN period_end END,
    CASE WHEN status IN ('active', 'suspended') THEN period_end END,
    CASE status WHEN 'cancelled' THEN stopped_at END, rate, extract(day FROM made), period_start,
    CASE status WHEN 'suspended' THEN stopped_at END, CASE WHEN unpaid THEN period_start END
FROM demo.subscription ORDER BY made, v;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(stopped_at, 10, v), stopped_at, 'subscriptions', demo.id(made, 9, v), 'active', status,
    CASE status WHEN 'cancelled' THEN vendor_id END, CASE status WHEN 'cancelled' THEN 'V' ELSE 'S' END
FROM demo.subscription WHERE stopped_at IS NOT NULL ORDER BY 2, 1;

-- One invoice a period, paid on its day but for those in dunning (SUB-5): tried on days 0, 1, 3, 5 and 7.
CREATE UNLOGGED TABLE demo.invoice AS
SELECT s.v, n, demo.id(start, 40, s.v * 1000 + n) AS id, demo.id(s.made, 9, s.v) AS subscription_id, vendor_id, price,
    start, s.made + (n + 1) * step AS ending, open, CASE WHEN NOT open THEN start + demo.wait(s.v * 1000 + n, 41, 5, 900)
        END AS paid_at, CASE WHEN open THEN tries ELSE 0 END AS tries,
    CASE WHEN NOT open AND price > 0 THEN 'pi_demo_fee_' || lpad((s.v * 1000 + n)::text, 10, '0') END AS intent
FROM demo.subscription AS s, generate_series(0, last) AS n,
    LATERAL (SELECT s.made + n * step AS start, unpaid AND n = last AS open) AS o,
    LATERAL (SELECT count(*)::integer AS tries FROM unnest('{0,1,3,5,7}'::integer[]) AS day
        WHERE start + day * interval '1 day' <= demo.as_of()) AS t;

INSERT INTO subscription_invoices (id, created_at, updated_at, subscription_id, vendor_id, kind, status, period_start,
    period_end, charge, amount, currency, issued_at, attempts, dunning_step, next_attempt_at, last_failure, paid_at,
    paid_by, stripe_payment_intent_id)
SELECT id, start, coalesce(paid_at, start), subscription_id, vendor_id, 'renewal',
    CASE WHEN open THEN 'open' ELSE 'paid' END, start, ending, price, price, 'USD', start, tries, tries,
    CASE WHEN open AND tries < 5 THEN start + ('{0,1,3,5,7}'::integer[])[tries + 1] * interval '1 day' END,
    CASE WHEN open THEN 'Your card was declined.' END, paid_at, CASE WHEN intent IS NOT NULL THEN 'card' END, intent
FROM demo.invoice ORDER BY start, v;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor)
SELECT demo.id(at, 41 + step, v * 1000 + n), at, 'subscription_invoices', id, before, after, 'S'
FROM demo.invoice, LATERAL (
    SELECT 0 AS step, 'draft' AS before, 'open' AS after, start AS at
    UNION ALL SELECT 1, 'open', 'paid', paid_at WHERE NOT open
) AS steps ORDER BY 2, 1;
