-- Episodes. Lists that read for a persona take $1..$4 from the reader.

-- name: add
INSERT INTO episodes (
    workspace_id, user_id, episode_id, session_id, persona_id, visibility, agent, summary,
    summary_source, summary_entry_ids, key_topics, decisions, action_items, emotional_tone, outcome,
    participants, cost, metrics, facts, storylines, supplied_fields, metadata, entry_count,
    timeline_count, trust, content_hash, version, revision, start_time, end_time, create_time,
    update_time
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $27, $28, $29, $30, $31
);

-- Everything that can change.
-- name: update
UPDATE episodes SET
    visibility = $4, summary = $5, summary_source = $6, summary_entry_ids = $7, key_topics = $8,
    decisions = $9, action_items = $10, emotional_tone = $11, outcome = $12, supplied_fields = $13,
    entry_count = $14, trust = $15, content_hash = $16, version = $17, revision = $17,
    update_time = $18
WHERE workspace_id = $1 AND user_id = $2 AND episode_id = $3;

-- One that the persona lived itself.
-- name: get_own
SELECT
    workspace_id, user_id, persona_id, episode_id, session_id, visibility, agent, summary,
    summary_source, summary_entry_ids, key_topics, decisions, action_items, emotional_tone, outcome,
    participants, cost, metrics, facts, storylines, supplied_fields, metadata, entry_count,
    timeline_count, trust, version, start_time, end_time, create_time, update_time
FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND episode_id = $4;

-- name: get_of_session
SELECT
    workspace_id, user_id, persona_id, episode_id, session_id, visibility, agent, summary,
    summary_source, summary_entry_ids, key_topics, decisions, action_items, emotional_tone, outcome,
    participants, cost, metrics, facts, storylines, supplied_fields, metadata, entry_count,
    timeline_count, trust, version, start_time, end_time, create_time, update_time
FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- name: get_readable
SELECT
    e.workspace_id, e.user_id, e.persona_id, e.episode_id, e.session_id, e.visibility, e.agent,
    e.summary, e.summary_source, e.summary_entry_ids, e.key_topics, e.decisions, e.action_items,
    e.emotional_tone, e.outcome, e.participants, e.cost, e.metrics, e.facts, e.storylines,
    e.supplied_fields, e.metadata, e.entry_count, e.timeline_count, e.trust, e.version,
    e.start_time, e.end_time, e.create_time, e.update_time
FROM episodes e
WHERE {readable:e} AND e.episode_id = $5;

-- name: get_readable_of_session
SELECT
    e.workspace_id, e.user_id, e.persona_id, e.episode_id, e.session_id, e.visibility, e.agent,
    e.summary, e.summary_source, e.summary_entry_ids, e.key_topics, e.decisions, e.action_items,
    e.emotional_tone, e.outcome, e.participants, e.cost, e.metrics, e.facts, e.storylines,
    e.supplied_fields, e.metadata, e.entry_count, e.timeline_count, e.trust, e.version,
    e.start_time, e.end_time, e.create_time, e.update_time
FROM episodes e
WHERE {readable:e} AND e.session_id = $5;

-- name: readable_by_ids
SELECT
    e.workspace_id, e.user_id, e.persona_id, e.episode_id, e.session_id, e.visibility, e.agent,
    e.summary, e.summary_source, e.summary_entry_ids, e.key_topics, e.decisions, e.action_items,
    e.emotional_tone, e.outcome, e.participants, e.cost, e.metrics, e.facts, e.storylines,
    e.supplied_fields, e.metadata, e.entry_count, e.timeline_count, e.trust, e.version,
    e.start_time, e.end_time, e.create_time, e.update_time
FROM episodes e
WHERE {readable:e} AND e.episode_id {in:$5};

-- Latest start first. $5: 1 for the persona's own only; $6, $7: the half-open interval of starts;
-- $8, $9: the last of the page before.
-- name: list_before
SELECT
    e.workspace_id, e.user_id, e.persona_id, e.episode_id, e.session_id, e.visibility, e.agent,
    e.summary, e.summary_source, e.summary_entry_ids, e.key_topics, e.decisions, e.action_items,
    e.emotional_tone, e.outcome, e.participants, e.cost, e.metrics, e.facts, e.storylines,
    e.supplied_fields, e.metadata, e.entry_count, e.timeline_count, e.trust, e.version,
    e.start_time, e.end_time, e.create_time, e.update_time
FROM episodes e
WHERE {readable:e} AND ($5 = 0 OR e.persona_id = $3)
    AND e.start_time >= $6 AND e.start_time < $7
    AND (e.start_time, e.episode_id) < ($8, $9)
ORDER BY e.start_time DESC, e.episode_id DESC
LIMIT $10;

-- The latest start first, of those that the persona lived itself.
-- name: recent_of_pair
SELECT
    workspace_id, user_id, persona_id, episode_id, session_id, visibility, agent, summary,
    summary_source, summary_entry_ids, key_topics, decisions, action_items, emotional_tone, outcome,
    participants, cost, metrics, facts, storylines, supplied_fields, metadata, entry_count,
    timeline_count, trust, version, start_time, end_time, create_time, update_time
FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
ORDER BY start_time DESC, episode_id DESC
LIMIT $4;

-- name: delete
DELETE FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND episode_id = $3;

-- name: delete_vector
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 2 AND memory_id = $3;

-- name: delete_usage
DELETE FROM memory_usage
WHERE workspace_id = $1 AND user_id = $2 AND kind = 2 AND memory_id = $3;
