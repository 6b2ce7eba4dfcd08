-- $1..$4 are the reader of ``scope.Reader.sql`` where {owned:...} stands, else $1..$4 are
-- workspace, user, persona and key. A persona of '' is nobody, so that descending order of
-- persona_id puts the nearer scope first.

-- name: nearest
SELECT p.user_id, p.persona_id, p.version
FROM procedures p
WHERE {owned:p} AND p.key = $5
ORDER BY p.persona_id DESC
LIMIT 1;

-- name: head
SELECT memory_id, version, revision, create_time FROM procedures
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND key = $4;

-- name: get
SELECT
    w.workspace_id, w.user_id, w.persona_id, w.key, p.memory_id, w.version, w.template,
    w.description, w.metadata, w.success_count, w.failure_count, w.neutral_count,
    w.revision, p.create_time, w.update_time
FROM procedures p
JOIN procedure_versions w
    ON w.workspace_id = p.workspace_id
    AND w.user_id = p.user_id
    AND w.persona_id = p.persona_id
    AND w.key = p.key
WHERE p.workspace_id = $1 AND p.user_id = $2 AND p.persona_id = $3 AND p.key = $4
    AND w.version = CASE WHEN CAST($5 AS BIGINT) = 0 THEN p.version ELSE $5 END;

-- $5: the version before which to start.
-- name: versions_before
SELECT
    w.workspace_id, w.user_id, w.persona_id, w.key, p.memory_id, w.version, w.template,
    w.description, w.metadata, w.success_count, w.failure_count, w.neutral_count,
    w.revision, p.create_time, w.update_time
FROM procedures p
JOIN procedure_versions w
    ON w.workspace_id = p.workspace_id
    AND w.user_id = p.user_id
    AND w.persona_id = p.persona_id
    AND w.key = p.key
WHERE p.workspace_id = $1 AND p.user_id = $2 AND p.persona_id = $3 AND p.key = $4
    AND w.version < $5
ORDER BY w.version DESC
LIMIT $6;

-- $5, $6: key and scope (``model.Scope``) of the one before the first; $7, $8: the interval of a
-- prefix, without an end when $8 is empty.
-- name: list_after
SELECT
    w.workspace_id, w.user_id, w.persona_id, w.key, p.memory_id, w.version, w.template,
    w.description, w.metadata, w.success_count, w.failure_count, w.neutral_count,
    w.revision, p.create_time, w.update_time
FROM procedures p
JOIN procedure_versions w
    ON w.workspace_id = p.workspace_id
    AND w.user_id = p.user_id
    AND w.persona_id = p.persona_id
    AND w.key = p.key
    AND w.version = p.version
WHERE {owned:p}
    AND (
        p.key > $5
        OR p.key = $5
        AND CASE WHEN p.user_id <> '' THEN 3 WHEN p.persona_id <> '' THEN 2 ELSE 1 END < $6
    )
    AND p.key >= $7 AND ($8 = '' OR p.key < $8)
ORDER BY p.key, p.persona_id DESC
LIMIT $9;

-- name: by_memory_ids
SELECT
    w.workspace_id, w.user_id, w.persona_id, w.key, p.memory_id, w.version, w.template,
    w.description, w.metadata, w.success_count, w.failure_count, w.neutral_count,
    w.revision, p.create_time, w.update_time
FROM procedures p
JOIN procedure_versions w
    ON w.workspace_id = p.workspace_id
    AND w.user_id = p.user_id
    AND w.persona_id = p.persona_id
    AND w.key = p.key
    AND w.version = p.version
WHERE {owned:p} AND p.memory_id {in:$5};

-- The nearer scope first.
-- name: current_of_keys
SELECT
    w.workspace_id, w.user_id, w.persona_id, w.key, p.memory_id, w.version, w.template,
    w.description, w.metadata, w.success_count, w.failure_count, w.neutral_count,
    w.revision, p.create_time, w.update_time
FROM procedures p
JOIN procedure_versions w
    ON w.workspace_id = p.workspace_id
    AND w.user_id = p.user_id
    AND w.persona_id = p.persona_id
    AND w.key = p.key
    AND w.version = p.version
WHERE {owned:p} AND p.key {in:$5}
ORDER BY p.persona_id DESC;

-- name: keys_of
SELECT p.memory_id, p.key
FROM procedures p
WHERE {owned:p} AND p.memory_id {in:$5};

-- name: of_keys
SELECT p.memory_id, p.key
FROM procedures p
WHERE {owned:p} AND p.key {in:$5}
ORDER BY p.persona_id DESC;

-- name: put_head
INSERT INTO procedures (
    workspace_id, user_id, persona_id, key, memory_id, version, content_hash, revision, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace_id, user_id, persona_id, key)
DO UPDATE SET
    version = excluded.version, content_hash = excluded.content_hash, revision = excluded.revision;

-- name: add_version
INSERT INTO procedure_versions (
    workspace_id, user_id, persona_id, key, version, template, description, metadata,
    revision, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- $6..$8: what to add to each count.
-- name: count_outcome
UPDATE procedure_versions SET
    success_count = success_count + $6,
    failure_count = failure_count + $7,
    neutral_count = neutral_count + $8
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND key = $4 AND version = $5
RETURNING success_count, failure_count, neutral_count;

-- name: delete_head
DELETE FROM procedures
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND key = $4;

-- name: delete_versions
DELETE FROM procedure_versions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND key = $4;
