-- Sessions whose episodes the reader ($1..$4) may read and that hold a piece of text ($5), as a
-- pattern of LIKE.
-- name: holding
SELECT p.session_id
FROM episodes p
WHERE {readable:p} AND lower(
    p.summary || ' ' || p.key_topics || ' ' || p.decisions || ' ' || p.action_items || ' '
    || p.emotional_tone || ' ' || p.outcome || ' ' || p.facts || ' ' || p.storylines || ' '
    || p.metadata
) LIKE $5;

-- What a caller has supplied and no update changes. $1..$3: workspace, user, episode.
-- name: set_told
UPDATE episodes SET facts = $4, storylines = $5, metadata = $6
WHERE workspace_id = $1 AND user_id = $2 AND episode_id = $3;
