-- Every payout put together in the period.
SELECT payouts.id AS payout, payouts.created_at, coalesce(profile.company_name, vendor.first_name || ' ' || vendor.last_name)
    AS vendor, payouts.currency, payouts.amount, payouts.reversed_amount AS reversed, payouts.status,
    payouts.payout_method AS method, payouts.processed_at, payouts.failure_code
FROM payouts
JOIN users AS vendor ON vendor.id = payouts.vendor_id
LEFT JOIN user_profiles AS profile ON profile.user_id = vendor.id
WHERE payouts.created_at >= :since AND payouts.created_at < :until + 1
    AND (:currency IS NULL OR payouts.currency = :currency)
