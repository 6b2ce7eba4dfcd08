-- name: counts
SELECT
    (SELECT COUNT(*) FROM users t WHERE t.workspace_id = $1) AS users,
    (SELECT COUNT(*) FROM personas t WHERE t.workspace_id = $1) AS personas,
    (SELECT COUNT(*) FROM relationships t WHERE t.workspace_id = $1) AS relationships,
    (SELECT COUNT(*) FROM sessions t WHERE t.workspace_id = $1) AS sessions,
    (SELECT COUNT(*) FROM sessions t WHERE t.workspace_id = $1 AND t.state = 1) AS active_sessions,
    (SELECT COUNT(*) FROM entries t WHERE t.workspace_id = $1) AS entries,
    (SELECT COUNT(*) FROM episodes t WHERE t.workspace_id = $1) AS episodes,
    (SELECT COUNT(*) FROM documents t WHERE t.workspace_id = $1) AS documents,
    (SELECT COUNT(*) FROM facts t WHERE t.workspace_id = $1) AS facts,
    (SELECT COUNT(*) FROM procedures t WHERE t.workspace_id = $1) AS procedures

-- name: jobs
SELECT t.state, COUNT(*) AS jobs FROM jobs t WHERE t.workspace_id = $1 GROUP BY t.state
