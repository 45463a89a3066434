-- Parcels with their scans. A split order sends its first line first and the others a day or two later.
CREATE UNLOGGED TABLE demo.parcel AS
SELECT *, CASE WHEN returned_at <= demo.as_of() THEN 'returned' WHEN arrived_at <= demo.as_of() THEN 'delivered'
        WHEN failed_at <= demo.as_of() THEN 'failed' WHEN out_at <= demo.as_of() THEN 'out_for_delivery'
        WHEN transit_at <= demo.as_of() THEN 'in_transit' WHEN picked_at <= demo.as_of() THEN 'picked_up'
        ELSE 'pending' END AS status
FROM (
    SELECT s.n, seq, s.id AS order_id, s.vendor_id, s.customer, s.method_id, s.carrier, s.service, s.story, s.terse,
        s.started_at, s.picked_at + later AS picked_at, s.transit_at + later AS transit_at, s.out_at + later AS out_at,
        s.failed_at, s.arrived_at + later AS arrived_at, s.returned_at,
        demo.id(s.started_at, 21, s.n * 2 + seq) AS id
    FROM demo.story AS s JOIN demo.state AS t USING (n),
        generate_series(0, CASE s.story WHEN 'split' THEN 1 ELSE 0 END) AS seq,
        LATERAL (SELECT CASE seq WHEN 1 THEN lag ELSE interval '0' END AS later) AS l
    WHERE NOT s.digital AND t.paid AND s.started_at <= demo.as_of()
) AS sent;
CREATE INDEX ON demo.parcel (n);
ANALYZE demo.parcel;

CREATE UNLOGGED TABLE demo.scan AS
SELECT p.n, p.seq, step, p.id AS shipment_id, p.vendor_id, code, at, scans.place, note, before, p.customer,
    to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') AS moment
FROM demo.parcel AS p
JOIN demo.home AS h ON h.role = 'customer' AND h.i = p.customer
JOIN demo.seller AS s ON s.id = p.vendor_id,
    LATERAL (
        SELECT 1 AS step, 'picked_up' AS code, picked_at AS at, (demo.cities())[s.place] AS place,
            'pending' AS before, NULL AS note WHERE p.status <> 'pending' AND NOT terse
        UNION ALL SELECT 2, 'in_transit', transit_at, NULL, 'picked_up', NULL
            WHERE p.status NOT IN ('pending', 'picked_up') AND NOT terse
        UNION ALL SELECT 3, 'out_for_delivery', out_at, h.city, 'in_transit', NULL
            WHERE p.status NOT IN ('pending', 'picked_up', 'in_transit') AND NOT terse
        UNION ALL SELECT 4, 'failed', p.failed_at, h.city, CASE WHEN terse THEN 'pending' ELSE 'out_for_delivery' END,
            'Nobody was there.' WHERE p.failed_at <= demo.as_of()
        UNION ALL SELECT 5, 'delivered', arrived_at, h.city, CASE WHEN p.failed_at IS NOT NULL THEN 'failed'
            WHEN terse THEN 'pending' ELSE 'out_for_delivery' END, NULL WHERE p.status IN ('delivered', 'returned')
        UNION ALL SELECT 6, 'returned', p.returned_at, (demo.cities())[s.place], 'delivered', NULL
            WHERE p.status = 'returned'
        -- The second attempt, which changes no status.
        UNION ALL SELECT 7, 'failed', p.failed_at + interval '1 day', h.city, NULL, 'Nobody was there again.'
            WHERE p.failed_at + interval '1 day' <= demo.as_of()
    ) AS scans;
ANALYZE demo.scan;

INSERT INTO shipments (id, created_at, updated_at, order_id, shipping_method_id, tracking_number, status, weight,
    dimensions,
    carrier, service_type, tracking_events, shipped_at, delivered_at, estimated_delivery, assigned_to, exception, failed_attempts)
SELECT p.id, p.started_at, coalesce(last_at, p.started_at), order_id, method_id,
    CASE WHEN p.status <> 'pending' THEN upper(left(carrier, 2)) || lpad((n * 2 + seq)::text, 12, '0') END, p.status,
    0.3 + demo.pick(n, 121, 60) * 0.1, NULL, carrier, service, coalesce(events, '[]'),
    CASE WHEN p.status <> 'pending' THEN CASE WHEN terse THEN coalesce(failed_at, arrived_at) ELSE picked_at END END,
    CASE WHEN p.status IN ('delivered', 'returned') THEN arrived_at END, p.started_at + interval '6 days',
    team.logistics[1 + demo.pick(n, 122, cardinality(team.logistics))],
    CASE p.status WHEN 'failed' THEN 'consignee_not_home' END, coalesce(failures, 0)
FROM demo.parcel AS p LEFT JOIN (
    SELECT n, seq, max(at) AS last_at, count(*) FILTER (WHERE code = 'failed') AS failures, jsonb_agg(jsonb_build_object(
        'status', code, 'occurred_at', moment, 'location', place, 'note', note) ORDER BY at) AS events
    FROM demo.scan GROUP BY n, seq
) AS e USING (n, seq), demo.team
ORDER BY n, seq;

INSERT INTO shipment_items (id, created_at, shipment_id, order_item_id, quantity)
SELECT demo.id(p.started_at, 22, l.n * 4 + l.line), p.started_at, p.id, demo.id(s.made, 17, l.n * 4 + l.line),
    l.quantity
FROM demo.line AS l JOIN demo.story AS s USING (n)
JOIN demo.parcel AS p ON p.n = l.n AND p.seq = CASE WHEN s.story = 'split' AND l.line > 0 THEN 1 ELSE 0 END
ORDER BY l.n, l.line;

INSERT INTO shipment_events (id, created_at, shipment_id, status, occurred_at, location, note, carrier_event_id,
    event_hash, source, raw_code, incident)
SELECT demo.id(at, 23, (n * 2 + seq) * 8 + step), at, shipment_id, code, at, place, note, NULL,
    encode(sha256(convert_to(code || E'\n' || moment || E'\n' || coalesce(place, ''), 'UTF8')), 'hex'),
    CASE code WHEN 'failed' THEN 'karrio' ELSE 'person' END, CASE code WHEN 'failed' THEN 'delivery_failed' END,
    CASE code WHEN 'failed' THEN 'consignee_not_home' END
FROM demo.scan ORDER BY n, seq, step;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor)
SELECT demo.id(at, 140, (n * 2 + seq) * 8 + step), at, 'shipments', shipment_id, before, code, 'P' FROM demo.scan
WHERE before IS NOT NULL;

-- What the courier had signed, for one in twenty parcels that arrived in the last two weeks.
INSERT INTO delivery_proofs (id, created_at, shipment_id, kind, taken_by, media_type, size, content)
SELECT demo.id(arrived_at, 145, n * 2 + seq), arrived_at, id, 'signature',
    team.logistics[1 + demo.pick(n, 122, cardinality(team.logistics))], 'image/png', octet_length(content), content
FROM demo.parcel, demo.team, (SELECT decode('
iVBORw0KGgoAAAANSUhEUgAAAUAAAAB4AQAAAACrtRZzAAACrUlEQVR42u2XvW7bMBDH/1KEiuhgq7th+xHSrYNRCUEfKGOGFGY/gOYh+i5V7A
zdmjeIbHTISGeiAVX/DqQs0jKRAF066LbD/Xy8433QioiXSYwBHMABHMD/DNyEQeEqnMsQyL1jQoMyBHom1IsqBNYLV9MXKgTqC8cH1CcvLFcU
x4624bdO8T3uoB1tG77HLaSnL0Jg6ZpwF/aYHJVmHgJvMPXKNAplPebG0WbcB7Jmhsw7mOHuSZ2feTHHR8G76RRwbssDG8/UeFbfozwOpTydtS
ab3NWYn8466g1DdfpoDUSdaY9gMv1JU6dtCsDlQXsKj2vS8/juNFh5piTs8Wcv40kP3Bdejr1lcAB1284TryqjHnjfAMw8H9lJj+sH6Zhr2EBE
V3BbylTnrHOSO5KUua2zJqlTW+vfACiSe+PHdFEF090JAL2X3dFNdqaBwrb4n9Gj6VtAAveqND8Zmd6+hm6vp377AWgAIC6BtVlqJiq95K2ZwJ
qkWpYmPDYzMm3GJkY7TzPbfBJQ8lwethBFpLsYtUQmV+19bSDsDEQKTQabTCIBBYjya1uQGEmFXRvwHIvOYwQkt6IdhzvEbcdeQReYduAWiG3N
KuAGkbbbsYaSoAFjE0+0aZMhgGtbuAIbU9a4W4XTwzxkwHvbt1OsACFNrWdk2g33L9Y5WdltrpiSdX6Ya+HObF0A2dJ22Udh4o4BXHqdOIEGID
5bD9/PDRQD0Gjm7uulJJDYtfzqsQAi1SZT9x7Vs7W9i0gCuDLgwraUkTFW7svx1DoiuaZyV9oy5bHcmqyn/nb4IXoLY2aO5qEBACBZZT3wjQEz
uG/qmfsMWXltQGE6sZUvZQ9MTDJ13g+/JzEAPIiX/Z2Jt9nzYAIgki/5QiPJ8vkQGQ2fewM4gAM4gP8G/gVyverbWCi4vAAAAABJRU5ErkJggg
==
', 'base64') AS content) AS file
WHERE status = 'delivered' AND n % 20 = 0 AND arrived_at > demo.as_of() - interval '14 days'
ORDER BY n, seq;
