-- Reviews of delivered lines, one a product and customer.
CREATE UNLOGGED TABLE demo.review AS
SELECT DISTINCT ON (l.product_id, s.customer) l.n, l.line, l.product_id, s.customer, at, draw,
    demo.id(s.made, 17, l.n * 4 + l.line) AS order_item_id,
    CASE WHEN draw < 5 THEN 1 WHEN draw < 12 THEN 2 WHEN draw < 25 THEN 3 WHEN draw < 55 THEN 4 ELSE 5 END AS rating,
    CASE WHEN at > demo.as_of() - interval '3 days' OR draw % 40 = 7 THEN 'pending'
        WHEN draw % 25 = 3 THEN 'rejected' ELSE 'approved' END AS status
FROM demo.line AS l JOIN demo.story AS s USING (n) JOIN demo.state AS t USING (n),
    LATERAL (SELECT s.complete_at + demo.wait(l.n * 4 + l.line, 151, 43200, 1296000) AS at,
        demo.pick(l.n * 4 + l.line, 152, 100) AS draw) AS d
WHERE t.way = 'delivered' AND t.status <> 'cancelled' AND at <= demo.as_of()
    AND demo.pick(l.n * 4 + l.line, 153, 100) < CASE WHEN demo.orders() > 1000000 THEN 8 ELSE 18 END
ORDER BY l.product_id, s.customer, at;

INSERT INTO product_reviews (id, created_at, updated_at, product_id, user_id, rating, title, content,
    is_verified_purchase, status, order_item_id, moderated_by, moderated_at, rejection_reason, moderation_note,
    vendor_response, responded_by, responded_at)
SELECT demo.id(at, 31, r.n * 4 + r.line), at, at, product_id, h.user_id, rating,
    demo.one_of((demo.review_titles())[rating], r.n * 4 + r.line, 154),
    demo.one_of((demo.review_texts())[rating], r.n * 4 + r.line, 155), true, r.status, order_item_id,
    CASE WHEN r.status <> 'pending' THEN team.admins[2] END,
    CASE WHEN r.status <> 'pending' THEN at + interval '2 days' END,
    CASE r.status WHEN 'rejected' THEN (ARRAY['spam', 'off_topic', 'personal_data', 'fake'])[1 + draw % 4] END,
    CASE r.status WHEN 'rejected' THEN 'Reported by two readers.' END, answer.said, answer.said_by, answer.said_at
FROM demo.review AS r JOIN demo.home AS h ON h.role = 'customer' AND h.i = r.customer
LEFT JOIN LATERAL (SELECT p.vendor_id AS said_by, r.at + interval '3 days' AS said_at,
    CASE WHEN r.rating < 3 THEN 'We are sorry. Please write to us, and we will make it right.' ELSE 'Thank you for your words!' END AS said
    FROM products AS p WHERE p.id = r.product_id AND r.status = 'approved' AND r.draw % 3 = 1) AS answer ON true,
    demo.team
ORDER BY at, r.n, r.line;

INSERT INTO status_history (id, created_at, entity, entity_id, from_status, to_status, actor_id, actor)
SELECT demo.id(at + interval '2 days', 180, n * 4 + line), at + interval '2 days', 'product_reviews',
    demo.id(at, 31, n * 4 + line), 'pending', status, team.admins[2], 'A'
FROM demo.review, demo.team WHERE status <> 'pending';
