-- Each day of each currency, from the figures that dashboards show as well (MON-7).
SELECT day, currency,
    coalesce(sum(number) FILTER (WHERE measure = 'orders'), 0) AS orders,
    coalesce(sum(amount) FILTER (WHERE measure = 'orders'), 0) AS sales,
    coalesce(sum(amount) FILTER (WHERE measure = 'commission'), 0) AS commission,
    coalesce(sum(number) FILTER (WHERE measure = 'refunds'), 0) AS refunds,
    coalesce(sum(amount) FILTER (WHERE measure = 'refunds'), 0) AS refunded,
    coalesce(sum(amount) FILTER (WHERE measure = 'orders'), 0)
        - coalesce(sum(amount) FILTER (WHERE measure = 'refunds'), 0) AS net
FROM daily_figures
WHERE vendor_id IS NULL AND day BETWEEN :since AND :until AND measure IN ('orders', 'commission', 'refunds')
    AND (:currency IS NULL OR currency = :currency)
GROUP BY day, currency
