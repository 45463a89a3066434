-- What came back, how far it was dealt with, and in which condition it arrived (SHP-7, STK-4).
CREATE UNLOGGED TABLE demo.comeback AS
SELECT p.*, CASE WHEN refunded_at <= demo.as_of() THEN 'refunded'
        WHEN received_at <= demo.as_of() AND mood > 0 THEN 'received'
        WHEN approved_at <= demo.as_of() AND mood > 0 THEN 'approved' ELSE 'requested' END AS stage
FROM (
    SELECT p.n, p.id AS shipment_id, p.order_id, p.vendor_id, p.returned_at, demo.id(p.returned_at, 61, p.n) AS id,
        p.returned_at + interval '2 hours' AS approved_at, p.returned_at + interval '1 day' AS received_at,
        CASE WHEN t.payment_status = 'refunded'
            THEN greatest(p.returned_at + interval '1 day', s.settled_at) + interval '2 minutes' END AS refunded_at,
        demo.pick(p.n, 131, 4) AS mood, team.logistics[1 + demo.pick(p.n, 132, cardinality(team.logistics))] AS receiver
    FROM demo.parcel AS p JOIN demo.state AS t USING (n) JOIN demo.story AS s USING (n), demo.team
    WHERE p.status = 'returned'
) AS p;
ANALYZE demo.comeback;

INSERT INTO returns (id, created_at, updated_at, order_id, shipment_id, status, reason, received_by, received_at,
    restocked)
SELECT id, returned_at, CASE stage WHEN 'refunded' THEN refunded_at WHEN 'received' THEN received_at
        WHEN 'approved' THEN approved_at ELSE returned_at END, order_id, shipment_id, stage, 'carrier',
    CASE WHEN stage IN ('received', 'refunded') THEN receiver END,
    CASE WHEN stage IN ('received', 'refunded') THEN received_at END, stage IN ('received', 'refunded')
FROM demo.comeback ORDER BY n;

INSERT INTO return_items (id, created_at, return_id, order_item_id, quantity, unopened, opened, damaged)
SELECT demo.id(c.returned_at, 62, c.n * 4 + row_number() OVER (PARTITION BY c.n ORDER BY i.id)), c.returned_at, c.id,
    i.order_item_id, i.quantity, CASE WHEN counted THEN i.quantity - bad END, CASE WHEN counted THEN 0 END,
    CASE WHEN counted THEN bad END
FROM demo.comeback AS c JOIN shipment_items AS i USING (shipment_id),
    LATERAL (SELECT c.stage IN ('received', 'refunded') AS counted,
        CASE WHEN demo.pick(c.n, 133, 5) = 0 THEN 1 ELSE 0 END AS bad) AS condition;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at, 63 + step, c.n), at, 'returns', c.id, before, after, CASE actor WHEN 'V' THEN vendor_id
    WHEN 'L' THEN receiver END, actor
FROM demo.comeback AS c, LATERAL (VALUES
    (0, NULL, 'requested', 'S', returned_at, ARRAY['requested', 'approved', 'received', 'refunded']),
    (1, 'requested', 'approved', 'V', approved_at, ARRAY['approved', 'received', 'refunded']),
    (2, 'approved', 'received', 'L', received_at, ARRAY['received', 'refunded']),
    (3, 'received', 'refunded', 'S', refunded_at, ARRAY['refunded']))
    AS steps (step, before, after, actor, at, stages)
WHERE stage = ANY (stages);
