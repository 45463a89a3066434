-- What was sold by paid orders of the period; cancelled pieces do not count.
SELECT item.currency, products.sku, products.name, coalesce(profile.company_name, vendor.first_name || ' ' || vendor.last_name)
    AS vendor, count(DISTINCT item.order_id) AS orders, sum(item.quantity - item.quantity_cancelled) AS pieces,
    sum(item.total_price) AS sales, sum(item.discount_amount) AS discount, sum(item.commission_amount) AS commission
FROM orders
JOIN order_items AS item ON item.order_id = orders.id
JOIN products ON products.id = item.product_id
JOIN users AS vendor ON vendor.id = item.vendor_id
LEFT JOIN user_profiles AS profile ON profile.user_id = vendor.id
WHERE orders.created_at >= :since AND orders.created_at < :until + 1
    AND orders.payment_status IN ('paid', 'partially_refunded', 'refunded')
    AND (:currency IS NULL OR item.currency = :currency)
GROUP BY item.currency, products.id, vendor.id, profile.company_name
