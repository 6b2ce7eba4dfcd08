-- Storylines. $1..$3 are workspace, user and persona.

-- name: all
SELECT
    storyline_id, topic, status, summary, follow_up, follow_up_time, summary_session_id,
    follow_up_session_id, first_session_id, session_id, first_mentioned_time, last_mentioned_time,
    resolve_time, version, create_time, update_time
FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- name: sessions_of
SELECT storyline_id, session_id FROM storyline_mentions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- name: delete
DELETE FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND storyline_id = $4;

-- name: delete_mentions
DELETE FROM storyline_mentions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND storyline_id = $4;
