-- Disputes and what was said in them.
CREATE UNLOGGED TABLE demo.dispute AS
SELECT s.n, demo.id(s.opened_at, 24, s.n) AS id, s.id AS order_id, s.customer, s.vendor_id, s.currency, s.total,
    s.story, s.dispute, s.opened_at, s.review_at, s.resolved_at, s.settled_at, s.outcome,
    CASE WHEN review_at > demo.as_of() THEN 'open'
        WHEN outcome = 'withdrawn' THEN 'closed'
        WHEN resolved_at > demo.as_of() THEN 'in_review'
        WHEN s.dispute = 'refund' THEN CASE s.refund WHEN 'requested' THEN 'resolved' ELSE 'closed' END
        WHEN resolved_at + interval '14 days' > demo.as_of() THEN 'resolved' ELSE 'closed' END AS status,
    CASE WHEN s.story = 'undeliverable' THEN 'shipping_issue' WHEN s.dispute = 'refund'
        THEN demo.any_of(ARRAY['refund', 'quality_issue', 'quality_issue', 'shipping_issue'], s.n, 131)
        ELSE demo.any_of(ARRAY['quality_issue', 'shipping_issue', 'fraud', 'other', 'refund'], s.n, 132) END AS type,
    (SELECT sum(amount) FROM demo.refund AS r WHERE r.n = s.n) AS approved
FROM demo.story AS s
WHERE s.dispute IS NOT NULL AND opened_at <= demo.as_of();
CREATE UNIQUE INDEX ON demo.dispute (n);
ANALYZE demo.dispute;

INSERT INTO disputes (id, created_at, updated_at, order_id, customer_id, vendor_id, type, status, priority, description,
    resolution_notes, requested_refund_amount, approved_refund_amount, currency, assigned_to, outcome, opened_by,
    resolved_at)
SELECT d.id, d.opened_at, CASE d.status WHEN 'open' THEN opened_at WHEN 'in_review' THEN review_at ELSE resolved_at END,
    d.order_id, h.user_id, d.vendor_id, d.type, d.status,
    CASE WHEN d.type = 'fraud' THEN 'urgent'
        WHEN d.total >= CASE d.currency WHEN 'JPY' THEN 75000 WHEN 'KWD' THEN 150 ELSE 500 END THEN 'high'
            ELSE (ARRAY['medium', 'medium', 'low'])[1 + demo.pick(d.n, 135, 3)] END,
    demo.one_of((demo.dispute_texts())[array_position(
        ARRAY['refund', 'quality_issue', 'shipping_issue', 'fraud', 'other'], d.type)], d.n, 136),
    CASE WHEN over THEN CASE d.outcome WHEN 'reject' THEN 'Delivery is proven; the customer was told why.'
        WHEN 'replace' THEN 'The vendor sends a replacement.' WHEN 'withdrawn' THEN 'The customer withdrew the case.'
        ELSE 'The complaint is justified; the money goes back.' END END,
    CASE WHEN d.dispute = 'refund' THEN coalesce(d.approved, d.total) WHEN d.type <> 'other' THEN d.total END,
    CASE WHEN over AND d.dispute = 'refund' THEN d.approved WHEN over THEN 0 END, d.currency,
    CASE WHEN d.status IN ('in_review', 'resolved') OR (over AND d.outcome <> 'withdrawn')
        THEN team.admins[1 + demo.pick(d.n, 133, 2)] END,
    CASE WHEN over THEN d.outcome END, h.user_id,
    CASE WHEN over THEN CASE outcome WHEN 'withdrawn' THEN review_at ELSE resolved_at END END
FROM demo.dispute AS d JOIN demo.home AS h ON h.role = 'customer' AND h.i = d.customer, demo.team,
    LATERAL (SELECT d.status IN ('resolved', 'closed') AS over) AS o
ORDER BY d.opened_at, d.n;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at, 160 + step, n), at, 'disputes', id, before, after, CASE actor WHEN 'A' THEN clerk END, actor
FROM demo.dispute AS d, demo.team, LATERAL (SELECT team.admins[1 + demo.pick(n, 133, 2)] AS clerk) AS c,
    LATERAL (
        SELECT 1 AS step, 'open' AS before, 'in_review' AS after, 'A' AS actor, review_at AS at
            WHERE status IN ('in_review', 'resolved', 'closed') AND outcome <> 'withdrawn'
        UNION ALL SELECT 2, 'open', 'closed', 'S', review_at WHERE status = 'closed' AND outcome = 'withdrawn'
        UNION ALL SELECT 3, 'in_review', 'resolved', 'A', resolved_at
            WHERE status IN ('resolved', 'closed') AND outcome <> 'withdrawn'
        UNION ALL SELECT 4, 'resolved', 'closed', 'S',
            CASE d.dispute WHEN 'refund' THEN settled_at + interval '60 seconds'
                ELSE resolved_at + interval '14 days' END
            WHERE status = 'closed' AND outcome <> 'withdrawn'
    ) AS steps
ORDER BY at, n;

-- What every fifth customer shows, and every third vendor answers with.
CREATE UNLOGGED TABLE demo.dispute_file (step integer, every integer, name text, media_type text, content bytea);
INSERT INTO demo.dispute_file VALUES (0, 5, 'broken.png', 'image/png', decode('
iVBORw0KGgoAAAANSUhEUgAAAUAAAADwAgMAAAAMQ1X4AAAADFBMVEX////e1siWblA8PDxMFBzNAAADoUlEQVR42u2avW7bMBDHj4QCCJ60ZPcY+Cn4CB
7qIKMfhY/S0XA69BFkoA+QLkZH7+0gA4XhwZY6xI4oiZRO5CkS0BMQSKblH+7jz+NHKFZAe0lgIAMZyEAGMpCBDGQgAxnIQAYykIEM/B+BUecbWwAAyF+Q
QNG+bzP7Wj7vdTBQbqqfnwNjONvUvddBQNPd27XQAUBp8M4fxACg6W9ube0HnJkf4vJ97QusBrDEPHkCZ84faD/gvPrWwfUNGui2I/YC1pvP6HIicWbkKO
N7lC8N2AtbDzU1kNrC+SEQ+BfcaVY+wKv7F1c/l2tmxLnbeBzwzfmLNz/g0aWbq/LMcuJo/+Erm2PttQPOwBYdRlbdRP7Cvtqc3oX0lKNJ1DkAwE51Attc
OEaX2jQjtC9fhWGk3gmC4nAU4j6S/FRE1UYIIYRI6OthRA0ktvCCSvHIk3ZFCizc9Wc6Lke0wJTeQkEeQzXtpGRI3Yy6vI1IgZcBLBTkMVSUwGKIKXEydd
mgdIMHpjjpjOtyRgpUA1iYUgLFADEsSIERsuCMJ5sEp5oRLVTIsX40CwW2xI5mIVaGfSzMSIEDrFOQM0SJlyG1hQUpUNB3PexsSaJlmMGke0qCXleMZaEa
ZjpHBxTDzLEJl5huGb4CrDwsdPr7evvzG5eb128AAPjWH+jQTJGaN4Kk/KndewDTFgOrmZUBcrjY4osEZujGgBiWuVD9gbatr0tI1yvaPBZELqdBxSF1jM
yPqy9VAfhbWAAAPCgQSy8LM2tOxBIAHpY0FmZ2teO3TG3lZkkp7NQ+QZHgL0Rruffexy4cRTdoQ1KFAJFzpR4ui4YMRRDwMwb6KAhYIGMasnWfhAEnPuEE
gAy3OovsB3hO3926eVwBAOzT28N0XC6iqSeFeHlruw6BwOq/sOcDWFiefTDOmPUAthWwX14WVqpDbJ6Z0fnaA9i62jt1AOMW3ZTxuj/lxrPsnStZ3g5Gdj
qAuENQZ4sgcce0bN/oMiva4EjoEcSG7etqQtqA0uXzzLT0/OFx3Bn9eVd7DAD5GgBO2mzGne6zWS7hHfauad2tjw2qdf/8ghWcNYozR3YkRsGWA5uVY51z
qyja+nKDWD0mGlvhrcWhRqwdOzViYjy2D2WLjRHyrVtZMXqbRW5v1dhyKNbAGOEU24Ax4F75zSPCQePyU+0eDLzlQmqymcOi2XsCpyLbRvaDkjK1yRIDGc
hABjKQgQxkIAMZyMAxgP8AeD+zsLzKTOMAAAAASUVORK5CYII=
', 'base64')), (1, 3, 'invoice.pdf', 'application/pdf', decode('
JVBERi0xLjMKJenr8b8KMSAwIG9iago8PAovQ291bnQgMQovS2lkcyBbMyAwIFJdCi9NZWRpYUJveCBbMCAwIDQxOS41MyA1OTUuMjhdCi9UeXBlIC9QYW
dlcwo+PgplbmRvYmoKMiAwIG9iago8PAovT3BlbkFjdGlvbiBbMyAwIFIgL0ZpdEggbnVsbF0KL1BhZ2VMYXlvdXQgL09uZUNvbHVtbgovUGFnZXMgMSAw
IFIKL1R5cGUgL0NhdGFsb2cKPj4KZW5kb2JqCjMgMCBvYmoKPDwKL0NvbnRlbnRzIDQgMCBSCi9QYXJlbnQgMSAwIFIKL1Jlc291cmNlcyA2IDAgUgovVH
lwZSAvUGFnZQo+PgplbmRvYmoKNCAwIG9iago8PAovRmlsdGVyIC9GbGF0ZURlY29kZQovTGVuZ3RoIDE1OQo+PgpzdHJlYW0KeJxtjUsOgkAQRPecopa6
aWf4KGxNNNH1XIAwzUfMtBlAwu0V1EQTd5VKvVchzoGiZIcx2BtsjhqhIqVgShzMXEWadIokjiiLYCxWJ3eXpuA1zOU9mSmt/1E6pTBdKFMzKhHb4cplDx
k8ahk6RuMwim8bV0G8ZU9f4pclzhLaqo9lwsieUdRctGyRO4tbvkRx6J8vNp8g5RJ/hQ94G0DTCmVuZHN0cmVhbQplbmRvYmoKNSAwIG9iago8PAovQmFz
ZUZvbnQgL0hlbHZldGljYQovRW5jb2RpbmcgL1dpbkFuc2lFbmNvZGluZwovU3VidHlwZSAvVHlwZTEKL1R5cGUgL0ZvbnQKPj4KZW5kb2JqCjYgMCBvYm
oKPDwKL0ZvbnQgPDwvRjEgNSAwIFI+PgovUHJvY1NldCBbL1BERiAvVGV4dCAvSW1hZ2VCIC9JbWFnZUMgL0ltYWdlSV0KPj4KZW5kb2JqCjcgMCBvYmoK
PDwKL0NyZWF0aW9uRGF0ZSAoRDoyMDI2MDEwMTAwMDAwMFopCj4+CmVuZG9iagp4cmVmCjAgOAowMDAwMDAwMDAwIDY1NTM1IGYgCjAwMDAwMDAwMTUgMD
AwMDAgbiAKMDAwMDAwMDEwMiAwMDAwMCBuIAowMDAwMDAwMjA1IDAwMDAwIG4gCjAwMDAwMDAyODUgMDAwMDAgbiAKMDAwMDAwMDUxNiAwMDAwMCBuIAow
MDAwMDAwNjEzIDAwMDAwIG4gCjAwMDAwMDA3MDAgMDAwMDAgbiAKdHJhaWxlcgo8PAovU2l6ZSA4Ci9Sb290IDIgMCBSCi9JbmZvIDcgMCBSCi9JRCBbPE
E5NDY1MTFDRjMxMzJFODMwNTI3QjcyRUUwQjRCODYyPjxBOTQ2NTExQ0YzMTMyRTgzMDUyN0I3MkVFMEI0Qjg2Mj5dCj4+CnN0YXJ0eHJlZgo3NTUKJSVF
T0YK
', 'base64'));

INSERT INTO dispute_messages (id, created_at, dispute_id, user_id, message, attachments, is_internal)
SELECT demo.id(at, 27, d.n * 8 + messages.step), at, d.id, who, said,
    CASE WHEN file.name IS NOT NULL THEN jsonb_build_array(jsonb_build_object('id',
        demo.id(at, 146, d.n * 8 + messages.step), 'name', file.name, 'media_type', file.media_type,
        'size', octet_length(file.content))) END, internal
FROM demo.dispute AS d JOIN demo.home AS h ON h.role = 'customer' AND h.i = d.customer, demo.team,
    LATERAL (SELECT team.admins[1 + demo.pick(d.n, 133, 2)] AS clerk, review_at + interval '3 hours' AS answered_at) AS c,
    LATERAL (
        SELECT 0 AS step, opened_at + interval '1 minute' AS at, h.user_id AS who, false AS internal,
            'Hello, I need your help with this order. Please get in touch.' AS said
        UNION ALL SELECT 1, opened_at + interval '25 minutes', d.vendor_id, false,
            demo.any_of(demo.dispute_replies(), d.n, 137)
        UNION ALL SELECT 2, review_at + interval '10 minutes', clerk, true, demo.any_of(demo.dispute_notes(), d.n, 138)
            WHERE status <> 'open'
        UNION ALL SELECT 3, review_at + interval '15 minutes', clerk, false,
            'Thank you for your message. We are looking into it and will decide within three days.'
            WHERE status <> 'open' AND outcome <> 'withdrawn'
        UNION ALL SELECT 4, answered_at, h.user_id, false, 'I have sent you the pictures. Please tell me what comes next.'
            WHERE status <> 'open' AND outcome <> 'withdrawn' AND d.n % 4 = 2 AND answered_at < resolved_at
    ) AS messages LEFT JOIN LATERAL (
        SELECT * FROM demo.dispute_file AS f WHERE f.step = messages.step AND d.n % f.every = 0
    ) AS file ON true
WHERE at <= demo.as_of() ORDER BY at, d.n;

INSERT INTO dispute_attachments (id, created_at, dispute_id, message_id, uploaded_by, client_key, file_name, media_type,
    size, sha256, content)
SELECT (m.attachments -> 0 ->> 'id')::uuid, m.created_at, m.dispute_id, m.id, m.user_id, 'demo', f.name, f.media_type,
    octet_length(f.content), encode(sha256(f.content), 'hex'), f.content
FROM dispute_messages AS m JOIN demo.dispute_file AS f ON f.name = m.attachments -> 0 ->> 'name'
ORDER BY m.created_at, m.id;

-- Every second customer was asked for more, and half of them answered; large cases were found to matter more.
INSERT INTO dispute_events (id, created_at, dispute_id, kind, before, after, reason, actor_id)
SELECT demo.id(at, 148, n * 2 + step), at, id, kind, before, after, reason, clerk
FROM demo.dispute AS d JOIN disputes AS r USING (id), demo.team,
    LATERAL (SELECT team.admins[1 + demo.pick(d.n, 133, 2)] AS clerk) AS c,
    LATERAL (
        SELECT 0 AS step, 'waiting' AS kind, NULL AS before, 'customer' AS after, NULL AS reason,
            review_at + interval '15 minutes' AS at WHERE d.n % 2 = 0
        UNION ALL SELECT 1, 'priority', 'medium', 'high', 'The amount is large.', review_at + interval '5 minutes'
            WHERE r.priority = 'high' AND d.n % 3 = 0
    ) AS events
WHERE d.status <> 'open' AND d.outcome <> 'withdrawn' AND at <= demo.as_of() AND at < d.resolved_at
ORDER BY at, n;
