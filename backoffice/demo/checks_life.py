"""What must be true of the demo's orders, parcels and cases; each statement counts the rows that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIFE: Final[Mapping[str, str]] = {
    "lines of which more was sent than was ordered (SHP-1)": """
        SELECT count(*) FROM (
            SELECT i.order_item_id, sum(i.quantity) AS sent FROM shipment_items AS i
            JOIN shipments AS s ON s.id = i.shipment_id WHERE s.voided_at IS NULL GROUP BY i.order_item_id
        ) AS sent JOIN order_items AS l ON l.id = sent.order_item_id
        WHERE sent.sent > l.quantity - l.quantity_cancelled""",
    "parcels with lines of another order": """
        SELECT count(*) FROM shipment_items AS i JOIN shipments AS s ON s.id = i.shipment_id
        JOIN order_items AS l ON l.id = i.order_item_id WHERE l.order_id <> s.order_id""",
    "parcels whose status or times do not follow from their events (SHP-2)": """
        SELECT count(*) FROM shipments AS s LEFT JOIN (
            SELECT shipment_id, CASE WHEN bool_or(status = 'returned') THEN 'returned'
                    WHEN bool_or(status = 'delivered') THEN 'delivered'
                    ELSE (array_agg(status ORDER BY occurred_at DESC))[1] END AS status,
                min(occurred_at) AS shipped_at, min(occurred_at) FILTER (WHERE status = 'delivered') AS delivered_at,
                count(*) AS events
            FROM shipment_events GROUP BY shipment_id
        ) AS e ON e.shipment_id = s.id
        WHERE (coalesce(e.status, 'pending'), e.shipped_at, e.delivered_at, coalesce(e.events, 0))
            IS DISTINCT FROM (s.status::text, s.shipped_at, s.delivered_at,
                jsonb_array_length(s.tracking_events)::bigint)""",
    "tracking events that are not those of the parcel (C5.54)": """
        SELECT count(*) FROM (
            SELECT s.id, (shown ->> 'occurred_at')::timestamptz AS at, shown ->> 'status' AS status,
                shown ->> 'location' AS location
            FROM shipments AS s CROSS JOIN jsonb_array_elements(s.tracking_events) AS shown
        ) AS p FULL JOIN shipment_events AS e ON e.shipment_id = p.id AND e.occurred_at = p.at AND e.status = p.status
        WHERE p.id IS NULL OR e.id IS NULL OR p.location IS DISTINCT FROM e.location""",
    "events whose hash is not that of status, moment and place (SHP-2)": """
        SELECT count(*) FROM shipment_events WHERE source = 'person' AND status IS NOT NULL
            AND event_hash <> encode(sha256(convert_to(status || E'\\n'
            || to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') || E'\\n'
            || coalesce(location, ''), 'UTF8')), 'hex')""",
    "orders whose status does not follow from payment and units (ORD-2, ORD-5)": """
        SELECT count(*) FROM orders AS o LEFT JOIN (
            SELECT l.order_id, sum(l.quantity - l.quantity_cancelled) FILTER (WHERE NOT p.is_digital) AS units,
                bool_and(l.fulfilled_at IS NOT NULL) FILTER (WHERE p.is_digital) AS fulfilled
            FROM order_items AS l JOIN products AS p ON p.id = l.product_id GROUP BY l.order_id
        ) AS u ON u.order_id = o.id LEFT JOIN (
            SELECT s.order_id, sum(i.quantity) FILTER (WHERE s.status <> 'pending') AS gone,
                sum(i.quantity) FILTER (WHERE s.status IN ('delivered', 'returned')) AS there
            FROM shipments AS s JOIN shipment_items AS i ON i.shipment_id = s.id
            WHERE s.voided_at IS NULL GROUP BY s.order_id
        ) AS f ON f.order_id = o.id
        WHERE o.status <> 'cancelled' AND o.status <> CASE
            WHEN o.payment_status IN ('pending', 'failed') THEN 'pending'
            WHEN o.payment_status = 'refunded' THEN 'refunded'
            WHEN u.units > 0 AND f.there = u.units THEN 'delivered'
            WHEN coalesce(u.units, 0) = 0 AND u.fulfilled THEN 'delivered'
            WHEN u.units > 0 AND f.gone = u.units THEN 'shipped'
            WHEN f.order_id IS NOT NULL THEN 'processing' ELSE 'confirmed' END""",
    "cancelled orders with parcels or with lines that are not cancelled (ORD-4)": """
        SELECT count(*) FROM orders AS o JOIN order_items AS l ON l.order_id = o.id
        WHERE (o.status = 'cancelled') <> (l.quantity_cancelled = l.quantity)
            OR (o.status = 'cancelled' AND EXISTS (SELECT FROM shipments AS s WHERE s.order_id = o.id))""",
    "products whose stock is not the sum of its movements (STK-1)": """
        SELECT count(*) FROM products AS p LEFT JOIN (
            SELECT product_id, sum(quantity) AS units FROM stock_movements GROUP BY product_id
        ) AS m ON m.product_id = p.id WHERE p.stock_quantity <> coalesce(m.units, 0)""",
    "lines of which more came back into stock than was taken (STK-2)": """
        SELECT count(*) FROM (
            SELECT FROM stock_movements WHERE order_item_id IS NOT NULL AND kind <> 'write_off'
            GROUP BY order_item_id HAVING sum(quantity) > 0
        ) AS too_many""",
    "orders before their customer, or of products that were not for sale yet": """
        SELECT count(*) FROM order_items AS l JOIN orders AS o ON o.id = l.order_id
        JOIN products AS p ON p.id = l.product_id JOIN users AS u ON u.id = o.customer_id
        WHERE u.created_at > o.created_at OR p.published_at IS NULL OR p.published_at > o.created_at""",
    "reviews of things their author has not received (RVW-1)": """
        SELECT count(*) FROM product_reviews AS r JOIN order_items AS l ON l.id = r.order_item_id
        JOIN orders AS o ON o.id = l.order_id
        WHERE r.product_id <> l.product_id OR r.user_id <> o.customer_id OR o.delivered_at IS NULL
            OR o.delivered_at > r.created_at""",
    "disputes that are not about their order, or approve other money than their refunds give": """
        SELECT count(*) FROM disputes AS d JOIN orders AS o ON o.id = d.order_id LEFT JOIN (
            SELECT dispute_id, sum(amount) AS amount FROM refunds WHERE dispute_id IS NOT NULL GROUP BY dispute_id
        ) AS r ON r.dispute_id = d.id
        WHERE d.customer_id <> o.customer_id OR d.vendor_id <> o.vendor_id OR d.currency <> o.currency
            OR coalesce(d.approved_refund_amount, 0) <> coalesce(r.amount, 0)
            OR (d.status IN ('resolved', 'closed')) <> (d.outcome IS NOT NULL)""",
    "rows from the future": """
        SELECT (SELECT count(*) FROM status_history WHERE created_at > now_)
            + (SELECT count(*) FROM shipment_events WHERE occurred_at > now_)
            + (SELECT count(*) FROM transactions WHERE created_at > now_)
            + (SELECT count(*) FROM orders WHERE greatest(updated_at, delivered_at, shipped_at) > now_)
        FROM (SELECT max(created_at) AS now_ FROM audit_log WHERE action = 'load') AS loaded""",
}
