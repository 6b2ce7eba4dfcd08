-- $1..$2 are workspace and user.

-- name: any
SELECT 1 FROM tombstones
WHERE workspace_id = $1 AND user_id = $2
LIMIT 1;

-- name: digests
SELECT DISTINCT digest FROM tombstones
WHERE workspace_id = $1 AND user_id = $2;

-- $3: digests; $4: the personas whose tombstones count.
-- name: of_digests
SELECT digest, MAX(forget_time) AS forget_time FROM tombstones
WHERE workspace_id = $1 AND user_id = $2 AND digest {in:$3} AND persona_id {in:$4}
GROUP BY digest;

-- name: put
INSERT INTO tombstones (workspace_id, user_id, digest, persona_id, forget_time)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace_id, user_id, digest, persona_id)
DO UPDATE SET forget_time = excluded.forget_time;

-- $3: digests; $4: personas.
-- name: lift
DELETE FROM tombstones
WHERE workspace_id = $1 AND user_id = $2 AND digest {in:$3} AND persona_id {in:$4};
