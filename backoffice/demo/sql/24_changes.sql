-- What moderators decided about products, and what vendors want to change of those that are in the shop (MOD-1 to MOD-4).
INSERT INTO moderation_decisions (id, created_at, entity, entity_id, vendor_id, verdict, seen_version, decided_by,
    reason, message)
SELECT demo.id(p.reviewed_at, 301, m), p.reviewed_at, 'products', r.id, r.vendor_id,
    CASE WHEN r.status = 'rejected' THEN 'rejected' ELSE 'approved' END, 1, r.reviewed_by, r.rejection_reason,
    r.rejection_message
FROM demo.product AS p JOIN products AS r ON r.id = p.id WHERE r.reviewed_by IS NOT NULL;

CREATE UNLOGGED TABLE demo.change AS
SELECT p.m, p.id AS product_id, p.vendor_id, made.at, made.at + demo.wait(m, 302, 7200, 90000) AS decided_at,
    CASE WHEN demo.pick(m, 303, 10) < 6 OR made.at > demo.as_of() - interval '26 hours' THEN 'pending'
        ELSE (ARRAY['changes_requested', 'confirmed', 'declined', 'cancelled'])[1 + demo.pick(m, 304, 4)] END AS status,
    CASE demo.pick(m, 305, 4)
        WHEN 0 THEN jsonb_build_object('price', (p.price * 2)::text)
        WHEN 1 THEN jsonb_build_object('name', p.name || ' (new model)')
        WHEN 2 THEN jsonb_build_object('description', 'Now with a longer warranty. ' || coalesce(r.description, ''))
        ELSE jsonb_build_object('name', p.name || ' Plus', 'specifications',
            jsonb_build_object('color', 'Graphite', 'material', p.material)) END AS wanted,
    jsonb_build_object('name', r.name, 'description', r.description, 'price', r.price::text, 'specifications',
        r.specifications) AS live
FROM demo.product AS p JOIN products AS r ON r.id = p.id,
    LATERAL (SELECT demo.as_of() - demo.wait(m, 306, 3600, 1200000) AS at) AS made
WHERE p.status IN ('active', 'inactive') AND demo.pick(m, 307, 40) = 0 AND p.listed_at < made.at;

INSERT INTO product_change_requests (id, created_at, updated_at, product_id, vendor_id, content_version, proposed,
    former, status, decided_by, decided_at, reason, message, version)
SELECT demo.id(at, 302, m), at, CASE WHEN status = 'pending' THEN at ELSE decided_at END, product_id, vendor_id, 1,
    wanted, other, status, CASE WHEN decided THEN team.admins[1] END, CASE WHEN decided THEN decided_at END,
    CASE WHEN refused THEN 'misleading' END, CASE WHEN refused THEN 'Please show the new model in the pictures.' END,
    CASE WHEN status = 'pending' THEN 1 ELSE 2 END
FROM demo.change, demo.team,
    LATERAL (SELECT status IN ('confirmed', 'declined', 'changes_requested') AS decided,
        status IN ('declined', 'changes_requested') AS refused,
        (SELECT jsonb_object_agg(key, live -> key) FROM jsonb_object_keys(wanted) AS key) AS other) AS said
ORDER BY 1;

-- What was approved is in the shop.
UPDATE products AS p SET content_version = 2, reviewed_version = 2, reviewed_at = c.decided_at, version = p.version + 1,
    updated_at = c.decided_at, name = coalesce(wanted ->> 'name', p.name),
    description = coalesce(wanted ->> 'description', p.description),
    price = coalesce((wanted ->> 'price')::numeric, p.price),
    specifications = coalesce(wanted -> 'specifications', p.specifications)
FROM demo.change AS c WHERE c.product_id = p.id AND c.status = 'confirmed';

INSERT INTO moderation_decisions (id, created_at, entity, entity_id, vendor_id, verdict, seen_version, decided_by,
    reason, message)
SELECT demo.id(decided_at, 303, m), decided_at, 'product_change_requests', demo.id(at, 302, m), vendor_id,
    CASE status WHEN 'confirmed' THEN 'approved' WHEN 'declined' THEN 'rejected' ELSE status END, 1, team.admins[1],
    CASE WHEN status <> 'confirmed' THEN 'misleading' END,
    CASE WHEN status <> 'confirmed' THEN 'Please show the new model in the pictures.' END
FROM demo.change, demo.team WHERE status IN ('confirmed', 'declined', 'changes_requested');

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(decided_at, 304, m), decided_at, 'product_change_requests', demo.id(at, 302, m), 'pending', status,
    CASE status WHEN 'cancelled' THEN vendor_id ELSE team.admins[1] END,
    CASE status WHEN 'cancelled' THEN 'V' ELSE 'A' END
FROM demo.change, demo.team WHERE status <> 'pending';
