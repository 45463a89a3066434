-- How each product came to its status.
INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at, 100 + step, m), at, 'products', p.id, before, after,
    CASE actor WHEN 'A' THEN admins[1 + demo.pick(m, 66, 2)] ELSE vendor_id END, actor
FROM demo.product AS p, demo.team, (VALUES
    (1, 'draft', 'pending', 'V', ARRAY['pending', 'approved', 'rejected', 'active', 'inactive']),
    (2, 'pending', 'approved', 'A', ARRAY['approved', 'active', 'inactive']),
    (3, 'pending', 'rejected', 'A', ARRAY['rejected']),
    (4, 'approved', 'active', 'V', ARRAY['active', 'inactive']),
    (5, 'active', 'inactive', 'V', ARRAY['inactive'])) AS steps (step, before, after, actor, statuses),
    LATERAL (SELECT CASE step WHEN 1 THEN submitted_at WHEN 4 THEN listed_at
        WHEN 5 THEN listed_at + (demo.as_of() - listed_at) / 2 ELSE reviewed_at END AS at) AS t
WHERE p.status = ANY (statuses);
