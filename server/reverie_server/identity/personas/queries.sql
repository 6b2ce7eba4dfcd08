-- name: add
INSERT INTO personas (
    workspace_id, persona_id, display_name, description, voice, created_by, is_public,
    core_prompt, personality_traits, behavioral_rules, metadata,
    version, update_time, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
ON CONFLICT DO NOTHING;

-- Before anything else in a transaction, and then the next one.
-- name: see_others
SELECT 1;

-- Waits for others that have asked whether this one exists, and has new ones wait.
-- name: lock
SELECT 1 FROM personas
WHERE workspace_id = $1 AND persona_id = $2;

-- Whoever waits for others waits for the transaction that has asked this.
-- name: exists
SELECT 1 FROM personas
WHERE workspace_id = $1 AND persona_id = $2;

-- name: get
SELECT
    persona_id, display_name, description, voice, created_by, is_public,
    core_prompt, personality_traits, behavioral_rules, metadata,
    version, create_time, update_time
FROM personas
WHERE workspace_id = $1 AND persona_id = $2;

-- name: list_after
SELECT
    persona_id, display_name, description, voice, created_by, is_public,
    core_prompt, personality_traits, behavioral_rules, metadata,
    version, create_time, update_time
FROM personas
WHERE workspace_id = $1 AND persona_id > $2
ORDER BY persona_id
LIMIT $3;

-- name: update
UPDATE personas SET
    display_name = $3, description = $4, voice = $5, created_by = $6, is_public = $7,
    core_prompt = $8, personality_traits = $9, behavioral_rules = $10, metadata = $11,
    version = $12, update_time = $13
WHERE workspace_id = $1 AND persona_id = $2;

-- name: delete
DELETE FROM personas
WHERE workspace_id = $1 AND persona_id = $2;
