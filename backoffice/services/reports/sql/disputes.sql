-- Disputes opened in the period, by kind and outcome; neither messages nor internal notes (ACC-3, DSP-4).
SELECT currency, type, priority, status, outcome, count(*) AS disputes,
    coalesce(sum(requested_refund_amount), 0) AS requested, coalesce(sum(approved_refund_amount), 0) AS approved,
    avg(extract(epoch FROM resolved_at - created_at) / 3600) AS hours
FROM disputes
WHERE created_at >= :since AND created_at < :until + 1 AND (:currency IS NULL OR currency = :currency)
GROUP BY currency, type, priority, status, outcome
