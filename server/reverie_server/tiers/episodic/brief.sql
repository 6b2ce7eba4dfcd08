-- The persona's own last episodes that began before $4 and are trusted at least $5, latest first:
-- only what a prompt shows.
-- name: last_calls
SELECT e.episode_id, e.summary, e.start_time
FROM episodes e
WHERE e.workspace_id = $1 AND e.user_id = $2 AND e.persona_id = $3
    AND e.start_time < $4 AND e.trust >= $5 AND e.summary <> ''
ORDER BY e.start_time DESC, e.episode_id DESC
LIMIT $6;
