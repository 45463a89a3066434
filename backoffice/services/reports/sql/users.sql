-- Who registered in the period, counted; nobody is named (GDP-2).
SELECT role, status, count(*) AS registered, count(*) FILTER (WHERE email_verified) AS verified,
    count(*) FILTER (WHERE last_login IS NOT NULL) AS signed_in
FROM users
WHERE created_at >= :since AND created_at < :until + 1 AND deleted_at IS NULL
GROUP BY role, status
