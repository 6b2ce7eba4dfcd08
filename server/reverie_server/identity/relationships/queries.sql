-- name: add
INSERT INTO relationships (
    workspace_id, user_id, persona_id, relationship_type, custom_prompt, memory_config,
    version, start_time, create_time, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8);

-- name: get
SELECT
    r.user_id, r.persona_id, r.relationship_type, r.custom_prompt, r.memory_config,
    r.total_calls, r.total_seconds, r.last_call_time, r.version, r.start_time, r.create_time,
    r.update_time, s.trust, s.affection, s.attunement, s.interaction_count,
    s.update_time AS score_time
FROM relationships r
LEFT JOIN relationship_scores s
    ON s.workspace_id = r.workspace_id
    AND s.user_id = r.user_id
    AND s.persona_id = r.persona_id
WHERE r.workspace_id = $1 AND r.user_id = $2 AND r.persona_id = $3;

-- name: exists
SELECT 1 FROM relationships
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- name: memory_config
SELECT memory_config FROM relationships
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- The latest first. $3, $4: the last of the page before.
-- name: list_before
SELECT
    user_id, persona_id, total_calls, total_seconds, last_call_time, start_time, create_time
FROM relationships
WHERE workspace_id = $1 AND user_id = $2
    AND (COALESCE(last_call_time, create_time), persona_id) < ($3, $4)
ORDER BY COALESCE(last_call_time, create_time) DESC, persona_id DESC
LIMIT $5;

-- name: update
UPDATE relationships SET
    relationship_type = $4, custom_prompt = $5, memory_config = $6, start_time = $7,
    version = $8, update_time = $9
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- What changed stands elsewhere.
-- name: touch
UPDATE relationships SET version = $4, update_time = $5
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;
