-- $1..$4 are the reader of ``scope.Reader.sql`` where {readable:...} stands, else $1..$2 are
-- workspace and user.

-- What says the same, whenever it was true: of subject $5 in slot $6, to the thing $7.
-- name: of_thing
SELECT f.fact_id, f.predicate_key
FROM facts f
WHERE {readable:f} AND f.subject_key = $5 AND f.slot = $6 AND f.object_key = $7;

-- What the user and the persona ($3) are called.
-- name: names
SELECT u.display_name AS name FROM users u
WHERE u.workspace_id = $1 AND u.user_id = $2
UNION ALL
SELECT u.address_as FROM users u
WHERE u.workspace_id = $1 AND u.user_id = $2
UNION ALL
SELECT p.display_name FROM personas p
WHERE p.workspace_id = $1 AND p.persona_id = $3;

-- What comes from these sessions ($5).
-- name: of_sessions
SELECT f.fact_id
FROM facts f
WHERE {readable:f} AND f.session_id <> '' AND f.session_id {in:$5};

-- What facts ($3) were based on, and how they were worded, in every state that they were in.
-- name: states
SELECT f.fact_id, f.statement, f.object, f.session_id, f.entry_ids, f.change, f.change_entry_ids
FROM facts f
WHERE f.workspace_id = $1 AND f.user_id = $2 AND f.fact_id {in:$3}
UNION ALL
SELECT v.fact_id, v.statement, v.object, v.session_id, v.entry_ids, v.change, v.change_entry_ids
FROM fact_versions v
WHERE v.workspace_id = $1 AND v.user_id = $2 AND v.fact_id {in:$3};
