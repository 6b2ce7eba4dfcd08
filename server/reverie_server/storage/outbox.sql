-- name: record
INSERT INTO outbox (
    workspace_id, user_id, revision, ordinal,
    kind, memory_id, session_id, operation, applied, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9);

-- $4: the parts of all owners whose rows are wanted.
-- name: pending
SELECT
    o.workspace_id, o.user_id, o.revision, o.ordinal, o.kind, o.memory_id, o.session_id,
    o.operation, o.create_time, {partition:o} AS part
FROM outbox o
WHERE (o.workspace_id, o.user_id) > ($1, $2) AND o.applied = 0 AND {partition:o} {in:$4}
ORDER BY o.workspace_id, o.user_id, o.revision, o.ordinal
LIMIT $3;

-- name: mark_applied
UPDATE outbox SET applied = 1
WHERE workspace_id = $1 AND user_id = $2 AND revision = $3 AND ordinal = $4;

-- name: forget_durable
DELETE FROM outbox
WHERE workspace_id = $1 AND user_id = $2 AND revision = $3 AND ordinal = $4 AND applied = 1;

-- name: reset_applied
UPDATE outbox AS o SET applied = 0
WHERE o.applied = 1 AND {partition:o} {in:$1};

-- name: wait_again
UPDATE outbox SET applied = 0
WHERE workspace_id = $1 AND user_id = $2 AND revision = $3 AND ordinal = $4 AND applied = 1;

-- name: is_behind
SELECT 1 FROM outbox
WHERE workspace_id = $1 AND user_id = $2 AND revision <= $3 AND applied = 0
LIMIT 1;

-- name: counts
SELECT
    COALESCE(SUM(1 - applied), 0) AS pending,
    COALESCE(SUM(applied), 0) AS applied,
    MIN(CASE WHEN applied = 0 THEN create_time END) AS oldest_pending_time
FROM outbox;
