-- All of a deployment: for its ledger outside of the database.
-- name: all
SELECT workspace_id, user_id, digest, persona_id, forget_time FROM tombstones
ORDER BY workspace_id, user_id, digest, persona_id;

-- name: state
SELECT COUNT(*) AS tombstones, MAX(forget_time) AS latest_time FROM tombstones;

-- name: put_latest
INSERT INTO tombstones (workspace_id, user_id, digest, persona_id, forget_time)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace_id, user_id, digest, persona_id) DO UPDATE SET
    forget_time = CASE
        WHEN excluded.forget_time > tombstones.forget_time THEN excluded.forget_time
        ELSE tombstones.forget_time
    END;
