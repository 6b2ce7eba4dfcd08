-- Texts of the workspace's shared part: user_id is ''. $1, $2 are workspace and persona; a persona
-- of '' is the workspace's own, and descending order of persona_id puts the nearer first.

-- name: current
SELECT p.persona_id, p.key, p.version, p.template, p.revision, p.update_time
FROM prompt_templates p
WHERE p.workspace_id = $1 AND p.user_id = '' AND p.persona_id IN ($2, '')
    AND p.version = (
        SELECT MAX(v.version) FROM prompt_templates v
        WHERE v.workspace_id = p.workspace_id AND v.user_id = p.user_id
            AND v.persona_id = p.persona_id AND v.key = p.key
    )
ORDER BY p.persona_id;

-- $4: the version.
-- name: get
SELECT persona_id, key, version, template, revision, update_time
FROM prompt_templates
WHERE workspace_id = $1 AND user_id = '' AND persona_id = $2 AND key = $3 AND version = $4;

-- name: head
SELECT persona_id, key, version, template, revision, update_time
FROM prompt_templates
WHERE workspace_id = $1 AND user_id = '' AND persona_id = $2 AND key = $3
ORDER BY version DESC
LIMIT 1;

-- name: add
INSERT INTO prompt_templates (
    workspace_id, user_id, persona_id, key, version, template, revision, update_time
) VALUES ($1, '', $2, $3, $4, $5, $6, $7);
