-- name: add
INSERT INTO relationships (
    workspace_id, user_id, persona_id, relationship_type, custom_prompt, memory_config,
    version, start_time, create_time, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8);

-- name: get
SELECT
    user_id, persona_id, relationship_type, custom_prompt, memory_config,
    total_calls, total_seconds, last_call_time, version, start_time, create_time, update_time
FROM relationships
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- name: exists
SELECT 1 FROM relationships
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;
