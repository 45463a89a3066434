-- E13 of every plan fee that was paid, each by card.
INSERT INTO journals (id, created_at, event, source_type, source_id, currency, posted_at, provider_id, written_in)
SELECT demo.id(paid_at, 50, v * 1000 + n), paid_at, 'plan_fee_charged', 'subscription_invoices', id, 'USD', paid_at,
    intent, 'demo'
FROM demo.invoice WHERE intent IS NOT NULL ORDER BY paid_at, v;

INSERT INTO journal_lines (id, created_at, journal_id, account_id, amount, currency)
SELECT demo.id(paid_at, 51, (v * 1000 + n) * 2 + slot), paid_at, demo.id(paid_at, 50, v * 1000 + n), a.id, entry.amount,
    'USD'
FROM demo.invoice
CROSS JOIN LATERAL (VALUES (0, 'psp_clearing', price), (1, 'subscription_revenue', -price)) AS entry (slot, kind, amount)
JOIN demo.account AS a ON a.kind = entry.kind AND a.currency = 'USD'
WHERE intent IS NOT NULL ORDER BY paid_at, v, slot;

INSERT INTO transactions (id, created_at, updated_at, user_id, vendor_id, type, direction, amount, currency, status,
    journal_id, description, event_key)
SELECT demo.id(paid_at, 11, v * 1000 + n), paid_at, paid_at, vendor_id, vendor_id, 'fee', 'in', price, 'USD',
    'completed', demo.id(paid_at, 50, v * 1000 + n), 'Plan fee, by card', 'invoice:' || id || ':paid'
FROM demo.invoice WHERE intent IS NOT NULL ORDER BY paid_at, v;
