-- name: add_if_missing
INSERT INTO workspaces (workspace_id, create_time) VALUES ($1, $2)
ON CONFLICT DO NOTHING;

-- name: sharing_mode
SELECT sharing_mode FROM workspaces
WHERE workspace_id = $1;
