-- Stock: what the orders of the last month took and gave back, and what lay there before them (STK-1).
INSERT INTO stock_movements (id, created_at, product_id, order_item_id, kind, quantity, source_type, source_id,
    recorded_by)
SELECT demo.id(at, 57 + step, l.n * 4 + l.line), at, l.product_id, demo.id(s.made, 17, l.n * 4 + l.line), kind,
    CASE kind WHEN 'sale' THEN -l.quantity ELSE l.quantity END, 'orders', s.id,
    CASE WHEN kind = 'cancellation' AND t.paid THEN s.vendor_id END
FROM demo.line AS l JOIN demo.story AS s USING (n) JOIN demo.state AS t USING (n),
    LATERAL (
        SELECT 0 AS step, 'sale' AS kind, s.made AS at
        UNION ALL SELECT 1, 'cancellation', s.cancelled_at WHERE t.status = 'cancelled'
    ) AS moves
WHERE NOT l.is_digital AND s.made > demo.as_of() - interval '30 days'
ORDER BY l.n, l.line;

INSERT INTO stock_movements (id, created_at, product_id, order_item_id, kind, quantity, source_type, source_id,
    recorded_by)
SELECT demo.id(r.received_at, 67 + step, row_number() OVER (ORDER BY i.id)), r.received_at, sold.product_id,
    i.order_item_id, kinds.kind, units, 'returns', r.id, r.received_by
FROM return_items AS i JOIN returns AS r ON r.id = i.return_id AND r.received_at IS NOT NULL
JOIN stock_movements AS sold ON sold.order_item_id = i.order_item_id AND sold.kind = 'sale',
    LATERAL (VALUES (0, 'return', i.quantity), (1, 'write_off', -i.damaged)) AS kinds (step, kind, units)
WHERE units <> 0;

INSERT INTO stock_movements (id, created_at, product_id, kind, quantity, source_type, source_id, recorded_by)
SELECT demo.id(p.made, 60, p.m), p.made, p.id, 'opening', held.units, 'products', p.id, p.vendor_id
FROM demo.product AS p JOIN products AS product ON product.id = p.id
LEFT JOIN (SELECT product_id, sum(quantity) AS units FROM stock_movements GROUP BY product_id) AS moved
    ON moved.product_id = p.id,
    LATERAL (SELECT product.stock_quantity - coalesce(moved.units, 0) AS units) AS held
WHERE held.units <> 0
ORDER BY p.m;
