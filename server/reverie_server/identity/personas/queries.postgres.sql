-- A lock on the table takes no snapshot: what the transaction reads next is what was there when
-- those had ended who had asked. It keeps new ones waiting, and they find the persona gone.
-- name: await_others
LOCK TABLE personas IN EXCLUSIVE MODE;

-- name: exists
SELECT 1 FROM personas
WHERE workspace_id = $1 AND persona_id = $2
FOR KEY SHARE;
