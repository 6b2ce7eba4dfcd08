-- name: claim
INSERT INTO request_records (
    workspace_id, caller, method, request_id, user_id, persona_id, fingerprint, answer, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)
ON CONFLICT DO NOTHING;

-- name: answer
UPDATE request_records SET answer = $5
WHERE workspace_id = $1 AND caller = $2 AND method = $3 AND request_id = $4;

-- name: get
SELECT fingerprint, answer FROM request_records
WHERE workspace_id = $1 AND caller = $2 AND method = $3 AND request_id = $4;

-- name: forget_user
UPDATE request_records SET answer = NULL
WHERE workspace_id = $1 AND user_id = $2 AND answer IS NOT NULL;

-- name: forget_persona
UPDATE request_records SET answer = NULL
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND answer IS NOT NULL;

-- name: sweep
DELETE FROM request_records
WHERE (workspace_id, caller, method, request_id) IN (
    SELECT workspace_id, caller, method, request_id FROM request_records
    WHERE create_time < $1
    ORDER BY create_time
    LIMIT $2
);

-- name: answers_of_pair
SELECT caller, method, request_id, answer FROM request_records
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND answer IS NOT NULL;

-- name: forget_answer
UPDATE request_records SET answer = NULL
WHERE workspace_id = $1 AND caller = $2 AND method = $3 AND request_id = $4;
