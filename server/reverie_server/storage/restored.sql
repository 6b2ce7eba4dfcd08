-- What a restored backup may have brought back. $1..$2 are workspace and user unless said otherwise.

-- Pairs with a user who had something forgotten, over all workspaces. $1: since then.
-- name: forgetters
SELECT r.workspace_id, r.user_id, r.persona_id FROM relationships r
WHERE EXISTS (
    SELECT 1 FROM tombstones t
    WHERE t.workspace_id = r.workspace_id AND t.user_id = r.user_id
        AND t.forget_time >= $1
)
ORDER BY r.workspace_id, r.user_id, r.persona_id;

-- Workspaces in which a whole user, or a persona's part of one, was deleted: $1 is whose tombstones
-- tell of that.
-- name: workspaces_with_deletions
SELECT DISTINCT workspace_id FROM tombstones
WHERE user_id = $1
ORDER BY workspace_id;

-- name: users
SELECT user_id, create_time FROM users
WHERE workspace_id = $1
ORDER BY user_id;

-- name: pairs
SELECT user_id, persona_id, create_time FROM relationships
WHERE workspace_id = $1
ORDER BY user_id, persona_id;

-- name: memories
SELECT 'entry' AS kind, entry_id AS memory_id, persona_id, visibility, session_id, content AS text,
    CASE WHEN event_time < create_time THEN event_time ELSE create_time END AS time
FROM entries
WHERE workspace_id = $1 AND user_id = $2
UNION ALL
SELECT 'episode', episode_id, persona_id, visibility, session_id, summary, create_time
FROM episodes
WHERE workspace_id = $1 AND user_id = $2
UNION ALL
SELECT 'fact', fact_id, persona_id, visibility, session_id, statement, create_time
FROM facts
WHERE workspace_id = $1 AND user_id = $2
UNION ALL
SELECT 'document', document_id, persona_id, visibility, '', content, update_time
FROM documents
WHERE workspace_id = $1 AND user_id = $2
UNION ALL
SELECT 'procedure', memory_id, persona_id, 2, '', '', create_time
FROM procedures
WHERE workspace_id = $1 AND user_id = $2
UNION ALL
SELECT 'storyline', storyline_id, persona_id, 2, first_session_id, topic, create_time
FROM storylines
WHERE workspace_id = $1 AND user_id = $2;
