-- name: add
INSERT INTO users (
    workspace_id, user_id, display_name, address_as, locale, time_zone, preferences,
    version, revision, removal_revision, create_time, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $9)
ON CONFLICT DO NOTHING;

-- name: get
SELECT
    user_id, display_name, address_as, locale, time_zone, preferences,
    version, revision, create_time, update_time
FROM users
WHERE workspace_id = $1 AND user_id = $2;

-- name: list_after
SELECT
    user_id, display_name, address_as, locale, time_zone, preferences,
    version, revision, create_time, update_time
FROM users
WHERE workspace_id = $1 AND user_id > $2
ORDER BY user_id
LIMIT $3;

-- name: update
UPDATE users SET
    display_name = $3, address_as = $4, locale = $5, time_zone = $6, preferences = $7,
    version = $8, update_time = $9
WHERE workspace_id = $1 AND user_id = $2;
