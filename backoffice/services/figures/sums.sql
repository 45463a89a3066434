-- Every figure of the days :days, by vendor and of all vendors together: one definition, for keeping the figures and
-- for proving them. A fact counts on a day (UTC) by a half-open range of the time that says so, which its index answers.
WITH wanted AS (SELECT unnest(CAST(:days AS date[])) AS day),
facts (measure, day, vendor_id, currency, amount, seconds) AS (
    SELECT 'orders', day, vendor_id, currency, total_amount, NULL::numeric
    FROM wanted JOIN orders ON created_at >= day AND created_at < day + 1
    WHERE payment_status IN ('paid', 'partially_refunded', 'refunded')
    UNION ALL
    SELECT 'commission', day, item.vendor_id, item.currency, item.commission_amount, NULL
    FROM wanted JOIN orders ON orders.created_at >= day AND orders.created_at < day + 1
    JOIN order_items AS item ON item.order_id = orders.id
    WHERE payment_status IN ('paid', 'partially_refunded', 'refunded')
    UNION ALL
    SELECT 'cancelled', day, vendor_id, currency, total_amount, NULL
    FROM wanted JOIN orders ON cancelled_at >= day AND cancelled_at < day + 1
    UNION ALL
    SELECT 'delivered', day, vendor_id, currency, total_amount, extract(epoch FROM delivered_at - created_at)
    FROM wanted JOIN orders ON delivered_at >= day AND delivered_at < day + 1
    UNION ALL
    SELECT 'late', day, orders.vendor_id, orders.currency, NULL, extract(epoch FROM shipments.delivered_at - estimated_delivery)
    FROM wanted JOIN shipments ON shipments.delivered_at >= day AND shipments.delivered_at < day + 1
    JOIN orders ON orders.id = shipments.order_id
    WHERE shipments.delivered_at > estimated_delivery
    UNION ALL
    SELECT 'refunds', day, orders.vendor_id, refunds.currency, refunds.amount, NULL
    FROM wanted JOIN refunds ON processed_at >= day AND processed_at < day + 1
    JOIN orders ON orders.id = refunds.order_id
    WHERE refunds.status = 'succeeded'
    UNION ALL
    SELECT 'disputes', day, vendor_id, currency, requested_refund_amount, NULL
    FROM wanted JOIN disputes ON created_at >= day AND created_at < day + 1
    UNION ALL
    SELECT 'ratings', day, products.vendor_id, products.currency, review.rating, NULL
    FROM wanted JOIN product_reviews AS review ON review.created_at >= day AND review.created_at < day + 1
    JOIN products ON products.id = review.product_id
    WHERE review.status = 'approved'
    UNION ALL
    SELECT 'decisions', day, products.vendor_id, products.currency, NULL, extract(epoch FROM decided.created_at - (
        SELECT max(created_at) FROM status_history AS handed_in
        WHERE handed_in.entity_id = decided.entity_id AND to_status = 'pending'
            AND handed_in.created_at < decided.created_at))
    FROM wanted JOIN status_history AS decided ON decided.created_at >= day AND decided.created_at < day + 1
        AND entity = 'products' AND from_status = 'pending' AND to_status IN ('approved', 'rejected')
    JOIN products ON products.id = decided.entity_id
    UNION ALL
    SELECT 'subscriptions_begun', day, vendor_id, currency,
        CASE billing_cycle WHEN 'yearly' THEN round(amount / 12, currency_exponent(currency)) ELSE amount END, NULL
    FROM wanted JOIN subscriptions ON start_date >= day AND start_date < day + 1
    UNION ALL
    SELECT 'subscriptions_ended', day, vendor_id, currency,
        CASE billing_cycle WHEN 'yearly' THEN round(amount / 12, currency_exponent(currency)) ELSE amount END, NULL
    FROM wanted JOIN subscriptions ON end_date >= day AND end_date < day + 1
    WHERE status = 'expired'
)
SELECT day, vendor_id, measure, currency, count(*) AS number, sum(amount) AS amount, round(sum(seconds))::bigint AS seconds
FROM facts GROUP BY GROUPING SETS ((day, vendor_id, measure, currency), (day, measure, currency))
