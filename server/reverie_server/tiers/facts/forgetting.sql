-- $1..$2 are workspace and user; $3 a JSON array of ids where nothing else is said.

-- The entries for which facts were changed in the way $4, oldest change first.
-- name: confirmed_by
SELECT k.fact_id, k.entry_ids
FROM (
    SELECT v.fact_id, v.version, v.change_entry_ids AS entry_ids FROM fact_versions v
    WHERE v.workspace_id = $1 AND v.user_id = $2 AND v.fact_id {in:$3} AND v.change = $4
    UNION ALL
    SELECT f.fact_id, f.version, f.change_entry_ids AS entry_ids FROM facts f
    WHERE f.workspace_id = $1 AND f.user_id = $2 AND f.fact_id {in:$3} AND f.change = $4
) k
WHERE k.entry_ids <> '[]'
ORDER BY k.fact_id, k.version;

-- Of the present state; its revision becomes $6.
-- name: set_evidence
UPDATE facts SET entry_ids = $4, change_entry_ids = $5, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3;

-- name: set_entry_ids
UPDATE facts SET entry_ids = $4
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3;

-- Of an earlier state, version $6.
-- name: set_earlier_evidence
UPDATE fact_versions SET entry_ids = $4, change_entry_ids = $5
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3 AND version = $6;

-- name: delete
DELETE FROM facts
WHERE workspace_id = $1 AND user_id = $2 AND fact_id {in:$3};

-- name: delete_versions
DELETE FROM fact_versions
WHERE workspace_id = $1 AND user_id = $2 AND fact_id {in:$3};

-- name: delete_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 5 AND memory_id {in:$3};

-- name: delete_usage
DELETE FROM memory_usage
WHERE workspace_id = $1 AND user_id = $2 AND kind = 5 AND memory_id {in:$3};
