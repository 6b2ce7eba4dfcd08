-- name: forget_answers
UPDATE request_records SET answer = NULL
WHERE workspace_id = $1 AND user_id = $2 AND position($3::bytea IN answer) > 0;
