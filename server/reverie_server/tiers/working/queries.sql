-- Sessions, their timelines and bookmarks. $1..$3 are workspace, user and session wherever one
-- session is meant; entries.sql has the entries.

-- name: add
INSERT INTO sessions (
    workspace_id, user_id, session_id, persona_id, state, archived, visibility, context, metadata,
    start_time, end_time, expire_time, last_active_time, next_position, entry_count, turn_count,
    timeline_count, question_time, response_count, response_seconds, memory_extracted, episode_id,
    rehydrated_from_session_id, rehydrated_summary, version, revision, create_time
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $25, $26
);

-- name: get
SELECT
    workspace_id, user_id, persona_id, session_id, state, archived, visibility, context, metadata,
    start_time, end_time, expire_time, last_active_time, next_position, entry_count, turn_count,
    timeline_count, question_time, response_count, response_seconds, memory_extracted, episode_id,
    rehydrated_from_session_id, rehydrated_summary, version, create_time
FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND persona_id = $4;

-- $4, $5: the last of the page before; $8: a bit for each state; $9: now.
-- name: list_before
SELECT
    workspace_id, user_id, persona_id, session_id, state, archived, visibility, context, metadata,
    start_time, end_time, expire_time, last_active_time, next_position, entry_count, turn_count,
    timeline_count, question_time, response_count, response_seconds, memory_extracted, episode_id,
    rehydrated_from_session_id, rehydrated_summary, version, create_time
FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
AND (start_time, session_id) < ($4, $5)
AND start_time >= $6 AND start_time < $7
AND ((CAST($8 AS BIGINT) >> CAST(
    CASE WHEN state = 2 AND expire_time <= $9 THEN 3 ELSE state END AS INTEGER
)) & 1) = 1
ORDER BY start_time DESC, session_id DESC
LIMIT $10;

-- Counts $5 appended entries, $6 of them turns, and moves the response times: $8 is the answer to
-- a question from before (or null), $9 and $10 are the answers within, $11 says whether $12 is the
-- open question from now on. No row when the session is not there or not active.
-- name: count_appended
UPDATE sessions SET
    next_position = next_position + $5,
    entry_count = entry_count + $5,
    turn_count = turn_count + $6,
    last_active_time = $7,
    response_count = response_count + $9
        + CASE WHEN $8 - question_time IS NULL THEN 0 ELSE 1 END,
    response_seconds = response_seconds + $10
        + CASE WHEN $8 > question_time THEN ($8 - question_time) / 1000000.0 ELSE 0.0 END,
    question_time = CASE WHEN $11 = 1 THEN $12 ELSE question_time END
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND persona_id = $4 AND state = 1
RETURNING next_position, visibility;

-- name: count_timelines
UPDATE sessions SET timeline_count = timeline_count + $4
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3
RETURNING timeline_count;

-- Response times are about what happened: they stay as they are.
-- name: count_deleted
UPDATE sessions SET entry_count = entry_count - 1, turn_count = turn_count - $4
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: touch
UPDATE sessions SET last_active_time = $4
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: set_context
UPDATE sessions SET context = $4, last_active_time = $5, version = $6, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: set_visibility
UPDATE sessions SET visibility = $4, version = $5, revision = $5
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: mark_extracted
UPDATE sessions SET memory_extracted = 1, version = $4, revision = $4
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: end
UPDATE sessions SET
    state = 2, archived = $4, end_time = $5, expire_time = $6, episode_id = $7,
    question_time = NULL, version = $8, revision = $8
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: delete
DELETE FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- $2: at most so many. Over all workspaces: only the lifecycle asks.
-- name: due_to_expire
SELECT workspace_id, user_id, persona_id, session_id, archived
FROM sessions
WHERE state = 2 AND expire_time <= $1
ORDER BY expire_time
LIMIT $2;

-- name: idle_since
SELECT workspace_id, user_id, persona_id, session_id
FROM sessions
WHERE state = 1 AND last_active_time < $1
ORDER BY last_active_time
LIMIT $2;

-- name: expire
UPDATE sessions SET state = 3
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND state = 2;

-- What was not archived goes with its session's working memory.
-- name: expire_and_empty
UPDATE sessions SET
    state = 3, context = '{}', entry_count = 0, turn_count = 0, timeline_count = 0,
    version = $4, revision = $4
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND state = 2 AND archived = 0;

-- name: speaker_names
SELECT s.persona_id, u.display_name AS user_name, p.display_name AS persona_name
FROM sessions s
LEFT JOIN users u ON u.workspace_id = s.workspace_id AND u.user_id = s.user_id
LEFT JOIN personas p ON p.workspace_id = s.workspace_id AND p.persona_id = s.persona_id
WHERE s.workspace_id = $1 AND s.user_id = $2 AND s.session_id = $3;

-- name: count_on_timeline
UPDATE timelines SET entry_count = entry_count + $5
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND timeline = $4 AND closed = 0;

-- name: count_deleted_on_timeline
UPDATE timelines SET entry_count = entry_count - 1
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND timeline = $4;

-- name: add_timeline
INSERT INTO timelines (
    workspace_id, user_id, session_id, timeline, closed, entry_count, create_time, close_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: get_timeline
SELECT timeline, closed, entry_count, create_time, close_time
FROM timelines
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND timeline = $4;

-- name: list_timelines_after
SELECT timeline, closed, entry_count, create_time, close_time
FROM timelines
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND timeline > $4
ORDER BY timeline
LIMIT $5;

-- name: set_closed
UPDATE timelines SET closed = $5, close_time = $6
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND timeline = $4;

-- name: delete_timelines
DELETE FROM timelines
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: put_bookmark
INSERT INTO bookmarks (
    workspace_id, user_id, session_id, bookmark_id, next_position, entry_count, context, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace_id, user_id, session_id, bookmark_id) DO UPDATE SET
    next_position = excluded.next_position,
    entry_count = excluded.entry_count,
    context = excluded.context,
    create_time = excluded.create_time;

-- name: get_bookmark
SELECT bookmark_id, next_position, entry_count, context, create_time
FROM bookmarks
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3 AND bookmark_id = $4;

-- name: count_bookmarks
SELECT COUNT(*) FROM bookmarks
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: delete_bookmarks
DELETE FROM bookmarks
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;
