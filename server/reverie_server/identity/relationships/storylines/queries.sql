-- Storylines. $1..$3 are workspace, user and persona.

-- name: put
INSERT INTO storylines (
    workspace_id, user_id, persona_id, storyline_id, topic, topic_key, status, summary, follow_up,
    follow_up_time, summary_session_id, follow_up_session_id, first_session_id, session_id,
    first_mentioned_time, last_mentioned_time, resolve_time, version, create_time, update_time
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
)
ON CONFLICT (workspace_id, user_id, persona_id, storyline_id) DO UPDATE SET
    status = excluded.status, summary = excluded.summary, follow_up = excluded.follow_up,
    follow_up_time = excluded.follow_up_time, summary_session_id = excluded.summary_session_id,
    follow_up_session_id = excluded.follow_up_session_id,
    first_session_id = excluded.first_session_id, session_id = excluded.session_id, first_mentioned_time = excluded.first_mentioned_time,
    last_mentioned_time = excluded.last_mentioned_time, resolve_time = excluded.resolve_time,
    version = excluded.version, update_time = excluded.update_time;

-- name: get
SELECT
    storyline_id, topic, status, summary, follow_up, follow_up_time, summary_session_id,
    follow_up_session_id, first_session_id, session_id, first_mentioned_time, last_mentioned_time,
    resolve_time, version, create_time, update_time
FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND storyline_id = $4;

-- name: get_by_topic
SELECT
    storyline_id, topic, status, summary, follow_up, follow_up_time, summary_session_id,
    follow_up_session_id, first_session_id, session_id, first_mentioned_time, last_mentioned_time,
    resolve_time, version, create_time, update_time
FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND topic_key = $4;

-- The latest mention first. $4: the wanted statuses, a bit each; $5, $6: the last of the page
-- before.
-- name: list_before
SELECT
    storyline_id, topic, status, summary, follow_up, follow_up_time, summary_session_id,
    follow_up_session_id, first_session_id, session_id, first_mentioned_time, last_mentioned_time,
    resolve_time, version, create_time, update_time
FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
    AND ($4 & (1 << status)) <> 0
    AND (last_mentioned_time, storyline_id) < ($5, $6)
ORDER BY last_mentioned_time DESC, storyline_id DESC
LIMIT $7;

-- $4: session; $5: storyline.
-- name: add_mention
INSERT INTO storyline_mentions (workspace_id, user_id, persona_id, session_id, storyline_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace_id, user_id, persona_id, session_id, storyline_id) DO NOTHING;

-- What only this session, $4, has told, of those that are left.
-- name: delete_told_alone
DELETE FROM storylines
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
    AND storyline_id IN (
        SELECT storyline_id FROM storyline_mentions
        WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND session_id = $4
    )
    AND NOT EXISTS (
        SELECT 1 FROM storyline_mentions m
        WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.persona_id = $3
            AND m.storyline_id = storylines.storyline_id AND m.session_id <> $4
    );

-- name: delete_mentions
DELETE FROM storyline_mentions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND session_id = $4;

-- What others have told, too, without what this session, $4, has. $5: revision; $6: now.
-- name: blank_session
UPDATE storylines SET
    summary = CASE WHEN summary_session_id = $4 THEN '' ELSE summary END,
    summary_session_id = CASE WHEN summary_session_id = $4 THEN '' ELSE summary_session_id END,
    follow_up = CASE WHEN follow_up_session_id = $4 THEN '' ELSE follow_up END,
    follow_up_time = CASE WHEN follow_up_session_id = $4 THEN NULL ELSE follow_up_time END,
    follow_up_session_id =
        CASE WHEN follow_up_session_id = $4 THEN '' ELSE follow_up_session_id END,
    first_session_id = CASE WHEN first_session_id = $4 THEN '' ELSE first_session_id END,
    session_id = CASE WHEN session_id = $4 THEN '' ELSE session_id END,
    version = $5, update_time = $6
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
    AND (
        first_session_id = $4 OR session_id = $4
        OR summary_session_id = $4 OR follow_up_session_id = $4
    );
