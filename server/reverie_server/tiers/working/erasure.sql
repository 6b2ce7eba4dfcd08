-- $1..$4 are the reader of ``scope.Reader.sql`` where {readable:...} stands; else $1..$2 are
-- workspace and user.

-- Which sessions went on from which, of those that have to do with these ($5).
-- name: going_on
SELECT s.session_id, s.rehydrated_from_session_id
FROM sessions s
WHERE {readable:s} AND s.rehydrated_from_session_id <> ''
    AND (s.session_id {in:$5} OR s.rehydrated_from_session_id {in:$5});

-- name: readable_copies
SELECT
    e.entry_id, e.session_id, e.persona_id, e.position, e.timeline, e.role, e.speaker, e.content,
    e.key, e.agent, e.metadata, e.visibility, e.source, e.trust, e.copied_from_entry_id,
    e.event_time, e.create_time
FROM entries e
WHERE {readable:e} AND e.copied_from_entry_id <> '' AND e.copied_from_entry_id {in:$5};

-- name: readable_of_sessions
SELECT
    e.entry_id, e.session_id, e.persona_id, e.position, e.timeline, e.role, e.speaker, e.content,
    e.key, e.agent, e.metadata, e.visibility, e.source, e.trust, e.copied_from_entry_id,
    e.event_time, e.create_time
FROM entries e
WHERE {readable:e} AND e.session_id {in:$5}
ORDER BY e.session_id, e.position;

-- Entries that hold a piece of text, as a pattern of LIKE.
-- name: holding
SELECT
    e.entry_id, e.session_id, e.persona_id, e.position, e.timeline, e.role, e.speaker, e.content,
    e.key, e.agent, e.metadata, e.visibility, e.source, e.trust, e.copied_from_entry_id,
    e.event_time, e.create_time
FROM entries e
WHERE {readable:e} AND lower(e.content || ' ' || e.metadata) LIKE $5;

-- $3: entry; $7: revision.
-- name: set_content
UPDATE entries SET content = $4, metadata = $5, content_hash = $6, revision = $7
WHERE workspace_id = $1 AND user_id = $2 AND entry_id = $3;

-- Texts of a persona's ($3) sessions: of these ($4), and of those that went on from them.
-- name: texts_of_sessions
SELECT session_id, rehydrated_from_session_id, context, metadata, rehydrated_summary
FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
    AND (session_id {in:$4} OR rehydrated_from_session_id {in:$4});

-- name: texts_holding
SELECT session_id, rehydrated_from_session_id, context, metadata, rehydrated_summary
FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
    AND lower(context || ' ' || metadata || ' ' || rehydrated_summary) LIKE $4;

-- name: set_texts
UPDATE sessions SET
    context = $4, metadata = $5, rehydrated_summary = $6, version = $7, revision = $7
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- Contexts of bookmarks in a persona's ($3) sessions.
-- name: bookmarks_of_sessions
SELECT b.session_id, b.bookmark_id, b.context
FROM bookmarks b
JOIN sessions s
    ON s.workspace_id = b.workspace_id
    AND s.user_id = b.user_id
    AND s.session_id = b.session_id
WHERE s.workspace_id = $1 AND s.user_id = $2 AND s.persona_id = $3 AND s.session_id {in:$4};

-- name: bookmarks_holding
SELECT b.session_id, b.bookmark_id, b.context
FROM bookmarks b
JOIN sessions s
    ON s.workspace_id = b.workspace_id
    AND s.user_id = b.user_id
    AND s.session_id = b.session_id
WHERE s.workspace_id = $1 AND s.user_id = $2 AND s.persona_id = $3 AND lower(b.context) LIKE $4;

-- name: set_bookmark
UPDATE bookmarks SET context = $5
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND bookmark_id = $4;

-- The summary ($5) that sessions went on with whose own was redacted ($4). $6: revision.
-- name: refill_summary
UPDATE sessions SET rehydrated_summary = $5, version = $6, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND rehydrated_from_session_id = $3
    AND rehydrated_summary = $4;
