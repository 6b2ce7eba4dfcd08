-- name: sharing_mode
SELECT sharing_mode FROM workspaces
WHERE workspace_id = $1;

-- name: revision_floor
SELECT user_revision_floor FROM workspaces
WHERE workspace_id = $1;

-- name: workspaces_after
SELECT workspace_id, revision FROM workspaces
WHERE workspace_id > $1
ORDER BY workspace_id
LIMIT $2;

-- name: users_after
SELECT user_id, revision FROM users
WHERE workspace_id = $1 AND user_id > $2
ORDER BY user_id
LIMIT $3;

-- name: forget_index_rows
DELETE FROM outbox
WHERE workspace_id = $1 AND user_id = $2;

-- name: count_owners
SELECT (SELECT COUNT(*) FROM workspaces) + (SELECT COUNT(*) FROM users);

-- name: sign_of_life
SELECT 1;

-- name: has_user
SELECT 1 FROM users
WHERE workspace_id = $1 AND user_id = $2;

-- name: session_holder
SELECT user_id FROM sessions
WHERE workspace_id = $1 AND session_id = $2;

-- name: keep_tombstone
INSERT INTO tombstones (workspace_id, user_id, digest, persona_id, forget_time)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace_id, user_id, digest, persona_id) DO UPDATE SET
    forget_time = CASE
        WHEN tombstones.forget_time < excluded.forget_time THEN excluded.forget_time
        ELSE tombstones.forget_time
    END;
