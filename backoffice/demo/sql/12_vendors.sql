-- Vetting, payout accounts, plans and subscriptions of vendors.
INSERT INTO vendor_profiles (id, created_at, updated_at, vendor_id, verification_status, commission_rate, hold_days,
    stripe_account_id, payouts_enabled, requirements_past_due, bank_name, bank_last4, bank_country, bank_changed_at)
SELECT demo.id(made, 5, v), made, made, id, verification, contract_rate, CASE WHEN v % 50 = 12 THEN 14 END, account,
    account IS NOT NULL, coalesce(trouble = 'past_due', false),
    CASE WHEN account IS NOT NULL THEN (ARRAY['First Harbor Bank', 'Northern Trust Savings',
        'Union Credit'])[1 + v % 3] END,
    CASE WHEN account IS NOT NULL THEN lpad(demo.pick(v, 31, 10000)::text, 4, '0') END,
    CASE WHEN account IS NOT NULL THEN (demo.countries())[place] END,
    CASE WHEN account IS NOT NULL THEN made + interval '1 day' END
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

-- A third of the sellers have no plan; a few subscriptions have ended, are ending or are unpaid.
CREATE UNLOGGED TABLE demo.subscription AS
SELECT v, seller.id AS vendor_id, seller.made + interval '3 days' AS made, plan.id AS plan_id, plan.rate, plan.monthly,
    plan.yearly, CASE WHEN v % 2 = 0 THEN 'monthly' ELSE 'yearly' END AS cycle,
    CASE v % 16 WHEN 4 THEN 'expired' WHEN 7 THEN 'cancelled' WHEN 13 THEN 'suspended' ELSE 'active' END AS status,
    CASE v % 16 WHEN 4 THEN demo.as_of() - interval '60 days' WHEN 7 THEN demo.as_of() - interval '9 days'
        WHEN 13 THEN demo.as_of() - interval '6 days' END AS stopped_at
FROM demo.seller
JOIN (SELECT row_number() OVER (ORDER BY created_at, id) - 1 AS n, id, commission_rate AS rate, monthly_price
        AS monthly, yearly_price AS yearly FROM subscription_plans) AS plan ON plan.n = demo.pick(v, 32, 4)
WHERE trades AND v % 3 <> 2;
ANALYZE demo.subscription;

INSERT INTO subscriptions (id, created_at, updated_at, vendor_id, plan_id, status, billing_cycle, amount, currency,
    start_date, end_date, next_billing_date, cancelled_at)
SELECT demo.id(made, 9, v), made, coalesce(stopped_at, made), vendor_id, plan_id, status, cycle,
    CASE cycle WHEN 'monthly' THEN monthly ELSE yearly END, 'USD', made,
    CASE status WHEN 'expired' THEN stopped_at WHEN 'cancelled' THEN demo.as_of() + interval '12 days' END,
    CASE WHEN status IN ('active', 'suspended') THEN demo.as_of() + demo.wait(v, 33, 86400, 86400 * 27) END,
    CASE status WHEN 'cancelled' THEN stopped_at END
FROM demo.subscription ORDER BY made, v;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(stopped_at, 10, v), stopped_at, 'subscriptions', demo.id(made, 9, v), 'active', status,
    CASE status WHEN 'cancelled' THEN vendor_id END, CASE status WHEN 'cancelled' THEN 'V' ELSE 'S' END
FROM demo.subscription WHERE stopped_at IS NOT NULL ORDER BY 2, 1;

-- Fees of the last month that were paid.
INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, type, direction, amount, currency, status,
    description, event_key)
SELECT demo.id(paid_at, 11, v), paid_at, paid_at, vendor_id, vendor_id, 'fee', 'in', monthly, 'USD', 'completed',
    'Plan fee', 'subscription:' || demo.id(made, 9, v) || ':1'
FROM demo.subscription, LATERAL (SELECT demo.as_of() - demo.wait(v, 34, 86400, 86400 * 27)) AS t (paid_at)
WHERE status = 'active' AND cycle = 'monthly' AND monthly > 0 ORDER BY 2, 1;
