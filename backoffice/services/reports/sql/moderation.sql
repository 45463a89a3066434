-- What moderators decided in the period, and what rules decided for trusted vendors (MOD-6).
SELECT decision.entity AS about, coalesce(users.first_name || ' ' || users.last_name, 'Rule: ' || decision.rule)
    AS decided_by, count(*) AS decisions,
    count(*) FILTER (WHERE verdict = 'approved') AS approved,
    count(*) FILTER (WHERE verdict = 'rejected') AS rejected,
    count(*) FILTER (WHERE verdict = 'changes_requested') AS changes_requested,
    count(*) FILTER (WHERE verdict = 'taken_down') AS taken_down
FROM moderation_decisions AS decision
LEFT JOIN users ON users.id = decision.decided_by
WHERE decision.created_at >= :since AND decision.created_at < :until + 1
GROUP BY decision.entity, users.id, decision.rule
