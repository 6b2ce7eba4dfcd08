-- Each statement sees what is committed by then: so what follows ``lock`` sees what those
-- have made whom it waited for.
-- name: see_others
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;

-- name: lock
SELECT 1 FROM personas
WHERE workspace_id = $1 AND persona_id = $2
FOR UPDATE;

-- name: exists
SELECT 1 FROM personas
WHERE workspace_id = $1 AND persona_id = $2
FOR KEY SHARE;
