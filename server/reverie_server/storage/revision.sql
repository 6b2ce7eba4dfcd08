-- name: bump_user
UPDATE users SET revision = revision + 1
WHERE workspace_id = $1 AND user_id = $2
RETURNING revision;

-- name: bump_workspace
UPDATE workspaces SET revision = revision + 1
WHERE workspace_id = $1
RETURNING revision;

-- name: mark_removal_of_user
UPDATE users SET removal_revision = $3
WHERE workspace_id = $1 AND user_id = $2;

-- name: mark_removal_of_workspace
UPDATE workspaces SET removal_revision = $2
WHERE workspace_id = $1;

-- name: current_of_user
SELECT revision, removal_revision FROM users
WHERE workspace_id = $1 AND user_id = $2;

-- name: current_of_workspace
SELECT revision, removal_revision FROM workspaces
WHERE workspace_id = $1;

-- name: floor
SELECT user_revision_floor FROM workspaces
WHERE workspace_id = $1;

-- name: retire
UPDATE workspaces SET user_revision_floor = $2
WHERE workspace_id = $1 AND user_revision_floor < $2;

-- name: raise_users
UPDATE users
SET revision = CASE WHEN revision < $1 THEN $1 ELSE ((revision >> 40) + 1) << 40 END,
    removal_revision = CASE WHEN revision < $1 THEN $1 ELSE ((revision >> 40) + 1) << 40 END;

-- name: raise_workspaces
UPDATE workspaces
SET revision = CASE WHEN revision < $1 THEN $1 ELSE ((revision >> 40) + 1) << 40 END,
    removal_revision = CASE WHEN revision < $1 THEN $1 ELSE ((revision >> 40) + 1) << 40 END,
    user_revision_floor = CASE
        WHEN user_revision_floor < $1 THEN $1
        ELSE ((user_revision_floor >> 40) + 1) << 40
    END;
