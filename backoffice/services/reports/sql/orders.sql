-- Orders placed in the period, by what became of them.
SELECT currency, status, payment_status, count(*) AS orders, sum(subtotal) AS subtotal,
    sum(discount_amount) AS discount, sum(shipping_amount) AS shipping, sum(tax_amount) AS tax,
    sum(total_amount) AS total
FROM orders
WHERE created_at >= :since AND created_at < :until + 1 AND (:currency IS NULL OR currency = :currency)
GROUP BY currency, status, payment_status
