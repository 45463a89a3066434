-- What vendors have told of themselves, with the verdicts; and the suspensions that run (VEN-1, VEN-3).
CREATE UNLOGGED TABLE demo.requirement AS
SELECT s.v * 10 + k.n AS n, demo.id(s.made, 310, s.v * 10 + k.n) AS id, s.id AS vendor_id, p.id AS profile_id, k.kind,
    s.made, s.made + interval '2 hours' AS answered_at, s.made + interval '15 hours' AS decided_at,
    CASE WHEN s.verification = 'pending' THEN 'open' WHEN s.verification = 'under_review' THEN 'submitted'
        WHEN s.verification = 'rejected' AND k.kind = 'id_document' THEN 'refused' ELSE 'accepted' END AS status,
    CASE k.kind WHEN 'legal_name' THEN s.shop || ' ' || (ARRAY['Ltd', 'LLC', 'GmbH'])[1 + s.v % 3]
        WHEN 'address' THEN concat_ws(', ', u.address_line1, u.postal_code, u.city, u.country)
        WHEN 'phone' THEN a.phone WHEN 'email' THEN a.email
        WHEN 'id_document' THEN 'Passport of ' || s.first_name || ' ' || s.last_name
        WHEN 'trade_register' THEN u.business_license
        WHEN 'account_holder' THEN s.first_name || ' ' || s.last_name
        ELSE 'We only offer products that comply with the rules of the law.' END AS answer
FROM demo.seller AS s JOIN vendor_profiles AS p ON p.vendor_id = s.id JOIN user_profiles AS u ON u.user_id = s.id
JOIN users AS a ON a.id = s.id,
    unnest(ARRAY['legal_name', 'address', 'phone', 'email', 'id_document', 'trade_register', 'account_holder',
        'self_certification']) WITH ORDINALITY AS k (kind, n);
ANALYZE demo.requirement;

INSERT INTO vendor_requirements (id, created_at, updated_at, vendor_id, profile_id, kind, status, answer, answered_by,
    answered_at, decided_by, decided_at, refusal)
SELECT r.id, made, CASE status WHEN 'open' THEN made WHEN 'submitted' THEN answered_at ELSE decided_at END, vendor_id,
    profile_id, kind, status, CASE WHEN status <> 'open' THEN answer END, CASE WHEN status <> 'open' THEN vendor_id END,
    CASE WHEN status <> 'open' THEN answered_at END, CASE WHEN status IN ('accepted', 'refused') THEN admins[1] END,
    CASE WHEN status IN ('accepted', 'refused') THEN decided_at END,
    CASE WHEN status = 'refused' THEN 'The document has expired.' END
FROM demo.requirement AS r, demo.team ORDER BY made, n;

INSERT INTO vendor_documents (id, created_at, requirement_id, vendor_id, uploaded_by, file_name, media_type, size,
    content)
SELECT demo.id(answered_at - interval '1 minute', 311, n), answered_at - interval '1 minute', id, vendor_id, vendor_id,
    'passport.pdf', 'application/pdf', octet_length(content), content
FROM demo.requirement, (SELECT convert_to('%PDF-1.4 A passport of the demo.', 'UTF8') AS content) AS file
WHERE kind = 'id_document' AND status <> 'open' ORDER BY made, n;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor, reason)
SELECT demo.id(at, 312 + step, n), at, 'vendor_requirements', id, before, after, by, actor, why
FROM demo.requirement, demo.team, LATERAL (
    SELECT 0 AS step, answered_at AS at, 'open' AS before, 'submitted' AS after, vendor_id AS by, 'V' AS actor,
        NULL AS why WHERE status <> 'open'
    UNION ALL SELECT 1, decided_at, 'submitted', status, admins[1], 'A',
        CASE status WHEN 'refused' THEN 'The document has expired.' END WHERE status IN ('accepted', 'refused')
) AS steps ORDER BY 2, 1;

CREATE UNLOGGED TABLE demo.suspension AS
SELECT v, s.id AS vendor_id, p.id AS profile_id, demo.as_of() - interval '3 days' AS at, admins[1] AS admin,
    'Repeated sale of items the vendor did not have.' AS reason, demo.id(demo.as_of() - interval '3 days', 314, v) AS hold
FROM demo.seller AS s JOIN vendor_profiles AS p ON p.vendor_id = s.id, demo.team WHERE trouble = 'suspended';

INSERT INTO payout_holds (id, created_at, updated_at, vendor_id, source, reason, placed_by)
SELECT hold, at, at, vendor_id, 'admin', 'Suspended: ' || reason, admin FROM demo.suspension ORDER BY v;

INSERT INTO vendor_decisions (id, created_at, vendor_id, profile_id, verdict, reason, decided_by, hold_id, effects)
SELECT demo.id(at, 315, v), at, vendor_id, profile_id, 'suspended', reason, admin, hold, '[]'
FROM demo.suspension ORDER BY v;
