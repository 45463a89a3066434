-- Triggers rest while this is loaded, so the scheduler is told here which days to sum.
INSERT INTO figure_marks (id, created_at, day)
SELECT demo.id(demo.as_of(), 70, day - date '2000-01-01'), demo.as_of(), day FROM (SELECT DISTINCT moment::date AS day FROM (
    SELECT unnest(ARRAY[created_at, cancelled_at, delivered_at]) AS moment FROM orders
    UNION ALL SELECT unnest(ARRAY[start_date, end_date]) FROM subscriptions
    UNION ALL SELECT processed_at FROM refunds
    UNION ALL SELECT delivered_at FROM shipments
    UNION ALL SELECT created_at FROM disputes
    UNION ALL SELECT created_at FROM product_reviews
    UNION ALL SELECT created_at FROM status_history WHERE entity = 'products' AND from_status = 'pending'
) AS facts WHERE moment <= demo.as_of()) AS touched;
