-- name: add_call
UPDATE relationships SET
    total_calls = total_calls + 1,
    total_seconds = total_seconds + $4,
    last_call_time = CASE WHEN last_call_time > $5 THEN last_call_time ELSE $5 END,
    version = $6,
    update_time = $7
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;
