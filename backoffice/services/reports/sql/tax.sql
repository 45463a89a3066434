-- Tax on paid orders of the period and tax refunded in the period, by country and by who hands it in.
WITH facts (currency, country, remitter, orders, goods, tax, refunded) AS (
    SELECT currency, shipping_address ->> 'country', tax_remitter, 1, subtotal - discount_amount, tax_amount, 0
    FROM orders
    WHERE created_at >= :since AND created_at < :until + 1
        AND payment_status IN ('paid', 'partially_refunded', 'refunded')
    UNION ALL
    SELECT refunds.currency, orders.shipping_address ->> 'country', orders.tax_remitter, 0, 0, 0, item.tax_amount
    FROM refunds
    JOIN orders ON orders.id = refunds.order_id
    JOIN refund_items AS item ON item.refund_id = refunds.id
    WHERE refunds.processed_at >= :since AND refunds.processed_at < :until + 1 AND refunds.status = 'succeeded'
)
SELECT currency, country, remitter, sum(orders) AS orders, sum(goods) AS goods, sum(tax) AS tax,
    sum(refunded) AS refunded, sum(tax) - sum(refunded) AS net
FROM facts
WHERE :currency IS NULL OR currency = :currency
GROUP BY currency, country, remitter
