-- name: get
SELECT value FROM deployment WHERE name = $1;

-- name: put
INSERT INTO deployment (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: put_new
INSERT INTO deployment (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO NOTHING;

-- name: remove
DELETE FROM deployment WHERE name = $1;

-- name: replace
UPDATE deployment SET value = $3 WHERE name = $1 AND value = $2;
