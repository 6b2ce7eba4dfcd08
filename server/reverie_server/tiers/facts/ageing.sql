-- name: set_staleness
UPDATE facts SET staleness = $5, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3 AND version = $4;
