-- Parcels made in the period, by how they travel; no amounts (ACC-3).
SELECT coalesce(shipments.carrier, method.carrier) AS carrier, method.name AS method, count(*) AS parcels,
    count(*) FILTER (WHERE shipments.status = 'delivered') AS delivered,
    count(*) FILTER (WHERE shipments.delivered_at > shipments.estimated_delivery) AS late,
    count(*) FILTER (WHERE shipments.status = 'failed') AS failed,
    count(*) FILTER (WHERE shipments.status = 'returned') AS returned,
    avg(extract(epoch FROM shipments.delivered_at - shipments.shipped_at) / 3600)
        FILTER (WHERE shipments.status = 'delivered') AS hours
FROM shipments
JOIN shipping_methods AS method ON method.id = shipments.shipping_method_id
WHERE shipments.created_at >= :since AND shipments.created_at < :until + 1 AND shipments.voided_at IS NULL
GROUP BY coalesce(shipments.carrier, method.carrier), method.id
