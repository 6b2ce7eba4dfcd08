-- Entries of sessions. $1..$3 are workspace, user and session wherever one session is meant.

-- name: add
INSERT INTO entries (
    workspace_id, user_id, session_id, position, entry_id, persona_id, visibility, timeline, role,
    speaker, content, key, agent, metadata, source, trust, copied_from_entry_id, content_hash,
    revision, event_time, create_time
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
);

-- $4: after this position; $5: up to that one. Empty text means any.
-- name: list_after
SELECT
    entry_id, session_id, persona_id, position, timeline, role, speaker, content, key, agent,
    metadata, visibility, source, trust, copied_from_entry_id, event_time, create_time
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3
AND position > $4 AND position <= $5
AND ($6 = '' OR timeline = $6) AND ($7 = '' OR key = $7)
AND event_time >= $8 AND event_time < $9
ORDER BY position
LIMIT $10;

-- The position of the $8th newest that matches, from the newest on.
-- name: nth_newest
SELECT position
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3
AND ($4 = '' OR timeline = $4) AND ($5 = '' OR key = $5)
AND event_time >= $6 AND event_time < $7
ORDER BY position DESC
LIMIT 1 OFFSET $8;

-- name: readable_by_ids
SELECT
    e.entry_id, e.session_id, e.persona_id, e.position, e.timeline, e.role, e.speaker, e.content,
    e.key, e.agent, e.metadata, e.visibility, e.source, e.trust, e.copied_from_entry_id,
    e.event_time, e.create_time
FROM entries e
WHERE {readable:e} AND e.entry_id {in:$5};

-- name: lowest_trust
SELECT MIN(trust) FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND entry_id {in:$3};

-- What decides when a session that names no end has ended.
-- name: latest_event
SELECT event_time, create_time
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3
ORDER BY event_time DESC, position DESC
LIMIT 1;

-- name: main_agent
SELECT agent
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND agent <> ''
GROUP BY agent
ORDER BY COUNT(*) DESC, MIN(position)
LIMIT 1;

-- Who spoke, in the order of their first words.
-- name: speakers
SELECT role, speaker
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3
AND (speaker <> '' OR role IN (1, 2))
GROUP BY role, speaker
ORDER BY MIN(position)
LIMIT $4;

-- name: delete
DELETE FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND entry_id = $4
RETURNING timeline, role;

-- name: delete_of_session
DELETE FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: ids_of_session
SELECT entry_id FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- Copies of entries ($3) in other sessions, an original's in the order in which they were made.
-- name: copies_of
SELECT entry_id, session_id, copied_from_entry_id, content_hash
FROM entries
WHERE workspace_id = $1 AND user_id = $2
AND copied_from_entry_id <> '' AND copied_from_entry_id {in:$3}
ORDER BY copied_from_entry_id, create_time, entry_id;

-- name: set_original
UPDATE entries SET copied_from_entry_id = $4, revision = $5
WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3;

-- name: hashed_parts
SELECT entry_id, content, persona_id, event_time, trust, content_hash
FROM entries
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: set_visibility
UPDATE entries SET visibility = $4, content_hash = $5, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3;

-- The vector of an entry ($3) goes to the copy that takes its place ($4, with its own hash).
-- name: keep_vector
UPDATE memory_vectors SET memory_id = $4, content_hash = $5
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1 AND memory_id = $3;

-- A vector stays good when only what surrounds its text has changed: $4 is the old hash.
-- name: rehash_vector
UPDATE memory_vectors SET content_hash = $5
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1 AND memory_id = $3 AND content_hash = $4;

-- name: delete_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1 AND memory_id {in:$3};

-- name: delete_usage
DELETE FROM memory_usage
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1 AND memory_id {in:$3};
