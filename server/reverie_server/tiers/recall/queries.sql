-- name: user_state
SELECT u.revision, u.removal_revision, u.display_name, u.address_as,
       (SELECT MIN(o.revision) FROM outbox o
        WHERE o.workspace_id = $1 AND o.user_id = $2 AND +o.applied = 0) AS first_pending
FROM users u
WHERE u.workspace_id = $1 AND u.user_id = $2

-- name: workspace_state
SELECT w.revision, w.removal_revision, '' AS display_name, '' AS address_as,
       (SELECT MIN(o.revision) FROM outbox o
        WHERE o.workspace_id = $1 AND o.user_id = '' AND +o.applied = 0) AS first_pending
FROM workspaces w
WHERE w.workspace_id = $1

-- name: sessions_since
SELECT s.session_id, s.state, s.archived
FROM sessions s
WHERE {readable:s} AND s.revision > $5

-- name: entries_since
SELECT e.entry_id AS memory_id, e.session_id, e.position, e.timeline, e.persona_id, e.role,
       e.speaker, e.content, e.event_time, e.create_time AS stored_time, e.trust, e.revision,
       e.copied_from_entry_id
FROM entries e
WHERE {readable:e} AND e.revision > $5
ORDER BY e.session_id, e.position

-- name: episodes_since
SELECT p.episode_id AS memory_id, p.session_id, p.persona_id, p.summary, p.key_topics, p.decisions,
       p.action_items, p.start_time AS event_time, p.update_time AS stored_time, p.trust, p.revision
FROM episodes p
WHERE {readable:p} AND p.revision > $5 AND p.content_hash <> ''

-- name: documents_since
SELECT d.document_id AS memory_id, d.persona_id, d.content, d.update_time AS event_time,
       d.update_time AS stored_time, d.trust, d.revision
FROM documents d
WHERE {readable:d} AND d.revision > $5

-- name: procedures_since
SELECT p.memory_id, p.persona_id, p.key, w.description, w.template, w.update_time AS event_time,
       w.update_time AS stored_time, p.revision
FROM procedures p
JOIN procedure_versions w ON w.workspace_id = p.workspace_id AND w.user_id = p.user_id
     AND w.persona_id = p.persona_id AND w.key = p.key AND w.version = p.version
WHERE {owned:p} AND p.revision > $5

-- Of every time: which count is decided beside the query.
-- name: facts_since
SELECT f.fact_id AS memory_id, f.persona_id, f.statement, f.valid_from AS event_time,
       f.create_time AS stored_time, f.trust, f.revision, f.valid_from, f.valid_to,
       f.retracted_time, f.last_confirmed_time, f.pinned, f.importance, f.entry_ids,
       CASE WHEN f.scope = 2 OR f.category = 'inside_joke' THEN 1 ELSE 0 END AS of_pair
FROM facts f
WHERE {readable:f} AND f.revision > $5

-- name: entry_ids
SELECT e.entry_id AS memory_id
FROM entries e
WHERE {readable:e}

-- name: episode_ids
SELECT p.episode_id AS memory_id
FROM episodes p
WHERE {readable:p} AND p.content_hash <> ''

-- name: document_ids
SELECT d.document_id AS memory_id
FROM documents d
WHERE {readable:d}

-- name: procedure_ids
SELECT p.memory_id
FROM procedures p
WHERE {owned:p}

-- name: fact_ids
SELECT f.fact_id AS memory_id
FROM facts f
WHERE {readable:f}

-- name: usage_since
SELECT m.kind, m.memory_id, m.last_used_time
FROM memory_usage m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.revision > $3

-- name: personas
SELECT p.persona_id, p.display_name, r.memory_config
FROM relationships r
JOIN personas p ON p.workspace_id = r.workspace_id AND p.persona_id = r.persona_id
WHERE r.workspace_id = $1 AND r.user_id = $2

-- name: entries_by_id
SELECT e.entry_id AS memory_id, e.session_id, e.persona_id, e.visibility, e.timeline, e.role,
       e.speaker, e.content AS text, e.key, e.agent, e.metadata, e.source, e.trust, e.event_time,
       e.create_time, s.state
FROM entries e
JOIN sessions s ON s.workspace_id = e.workspace_id AND s.user_id = e.user_id
     AND s.session_id = e.session_id
WHERE {readable:e} AND e.entry_id {in:$5} AND (s.state = 1 OR s.archived = 1)

-- name: episodes_by_id
SELECT p.episode_id AS memory_id, p.session_id, p.persona_id, p.visibility, p.agent,
       p.summary AS text, p.summary_source, p.summary_entry_ids, p.metadata, p.trust,
       p.start_time AS event_time, p.create_time
FROM episodes p
WHERE {readable:p} AND p.episode_id {in:$5}

-- name: documents_by_id
SELECT d.document_id AS memory_id, d.persona_id, d.visibility, d.content AS text, d.metadata,
       d.trust, d.update_time AS event_time, d.create_time
FROM documents d
WHERE {readable:d} AND d.document_id {in:$5}

-- name: procedures_by_id
SELECT p.memory_id, p.persona_id, p.key, w.template AS text, w.metadata,
       w.update_time AS event_time, p.create_time
FROM procedures p
JOIN procedure_versions w ON w.workspace_id = p.workspace_id AND w.user_id = p.user_id
     AND w.persona_id = p.persona_id AND w.key = p.key AND w.version = p.version
WHERE {owned:p} AND p.memory_id {in:$5}

-- name: facts_by_id
SELECT f.fact_id AS memory_id, f.session_id, f.persona_id, f.visibility, f.statement AS text,
       f.metadata, f.source, f.trust, f.entry_ids, f.valid_from AS event_time, f.create_time,
       f.valid_from, f.valid_to, f.retracted_time
FROM facts f
WHERE {readable:f} AND f.fact_id {in:$5}

-- As they were known at $6.
-- name: facts_by_id_known_at
SELECT v.fact_id AS memory_id, v.session_id, v.persona_id, v.visibility, v.statement AS text,
       v.metadata, v.source, v.trust, v.entry_ids, v.valid_from AS event_time, v.create_time,
       v.valid_from, v.valid_to, v.retracted_time
FROM fact_versions v
JOIN facts f ON f.workspace_id = v.workspace_id AND f.user_id = v.user_id
     AND f.fact_id = v.fact_id
WHERE {readable:f} AND {readable:v} AND v.fact_id {in:$5}
  AND v.update_time <= $6 AND v.replaced_time > $6
UNION ALL
SELECT f.fact_id AS memory_id, f.session_id, f.persona_id, f.visibility, f.statement AS text,
       f.metadata, f.source, f.trust, f.entry_ids, f.valid_from AS event_time, f.create_time,
       f.valid_from, f.valid_to, f.retracted_time
FROM facts f
WHERE {readable:f} AND f.fact_id {in:$5} AND f.update_time <= $6

-- name: latest_working_entries
SELECT e.entry_id AS memory_id, e.event_time AS event_time
FROM entries e
JOIN sessions s ON s.workspace_id = e.workspace_id AND s.user_id = e.user_id
     AND s.session_id = e.session_id
WHERE {readable:e} AND (e.event_time, e.entry_id) < ($5, $6)
  AND ($7 = 0 OR e.persona_id = $3) AND s.state = 1 AND e.copied_from_entry_id = ''
ORDER BY e.event_time DESC, e.entry_id DESC
LIMIT $8

-- name: latest_episodes
SELECT p.episode_id AS memory_id, p.start_time AS event_time
FROM episodes p
WHERE {readable:p} AND (p.start_time, p.episode_id) < ($5, $6)
  AND ($7 = 0 OR p.persona_id = $3) AND p.content_hash <> ''
ORDER BY p.start_time DESC, p.episode_id DESC
LIMIT $8

-- name: latest_archived_entries
SELECT e.entry_id AS memory_id, e.event_time AS event_time
FROM entries e
JOIN sessions s ON s.workspace_id = e.workspace_id AND s.user_id = e.user_id
     AND s.session_id = e.session_id
WHERE {readable:e} AND (e.event_time, e.entry_id) < ($5, $6)
  AND ($7 = 0 OR e.persona_id = $3)
  AND s.state <> 1 AND s.archived = 1 AND e.copied_from_entry_id = ''
ORDER BY e.event_time DESC, e.entry_id DESC
LIMIT $8

-- name: latest_documents
SELECT d.document_id AS memory_id, d.update_time AS event_time
FROM documents d
WHERE {readable:d} AND (d.update_time, d.document_id) < ($5, $6)
  AND ($7 = 0 OR d.persona_id = $3)
ORDER BY d.update_time DESC, d.document_id DESC
LIMIT $8

-- name: latest_procedures
SELECT p.memory_id AS memory_id, p.create_time AS event_time
FROM procedures p
WHERE {owned:p} AND (p.create_time, p.memory_id) < ($5, $6)
  AND ($7 = 0 OR p.persona_id = $3)
ORDER BY p.create_time DESC, p.memory_id DESC
LIMIT $8

-- $9: the time at which they are true, if $10 is 1.
-- name: latest_facts
SELECT f.fact_id AS memory_id, f.valid_from AS event_time
FROM facts f
WHERE {readable:f} AND (f.valid_from, f.fact_id) < ($5, $6)
  AND ($7 = 0 OR f.persona_id = $3)
  AND ($10 = 0 OR (f.retracted_time IS NULL AND f.valid_from <= $9
    AND (f.valid_to IS NULL OR f.valid_to > $9)))
ORDER BY f.valid_from DESC, f.fact_id DESC
LIMIT $8

-- The pair's alone; a reader that shares nothing reads the same ($4 in either case, and so $7).
-- name: latest_storylines
SELECT t.storyline_id AS memory_id, t.last_mentioned_time AS event_time, t.topic, t.summary,
       t.follow_up, t.session_id, t.create_time
FROM storylines t
WHERE t.workspace_id = $1 AND t.user_id = $2 AND t.persona_id = $3 AND $4 IN (0, 1)
  AND (t.last_mentioned_time, t.storyline_id) < ($5, $6) AND $7 IN (0, 1)
ORDER BY t.last_mentioned_time DESC, t.storyline_id DESC
LIMIT $8

-- name: episodes_started
SELECT p.session_id, p.episode_id
FROM episodes p
WHERE {readable:p} AND p.start_time >= $5 AND p.start_time < $6

-- name: scopes_of_keys
SELECT p.key, p.user_id, p.persona_id
FROM procedures p
WHERE p.workspace_id = $1 AND p.user_id IN ($2, '') AND p.persona_id = $3 AND p.key {in:$4}

-- name: mark_used
INSERT INTO memory_usage (workspace_id, user_id, kind, memory_id, use_count, revision, last_used_time)
VALUES ($1, $2, $3, $4, 1, $5, $6)
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET use_count = memory_usage.use_count + 1, revision = excluded.revision,
              last_used_time = excluded.last_used_time
