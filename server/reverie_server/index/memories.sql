-- name: entries_by_id
SELECT e.entry_id AS memory_id, e.persona_id, e.visibility, e.session_id, e.event_time, e.trust,
       e.revision, e.content_hash, e.content, v.vector
FROM entries e
JOIN sessions s ON s.workspace_id = e.workspace_id AND s.user_id = e.user_id
     AND s.session_id = e.session_id
LEFT JOIN memory_vectors v ON v.workspace_id = e.workspace_id AND v.user_id = e.user_id
     AND v.kind = 1 AND v.memory_id = e.entry_id AND v.embedder = $3
     AND v.content_hash = e.content_hash
WHERE e.workspace_id = $1 AND e.user_id = $2 AND e.entry_id {in:$4}
  AND e.copied_from_entry_id = '' AND (s.state = 1 OR s.archived = 1)

-- name: entries_of_session
SELECT e.entry_id AS memory_id
FROM entries e
WHERE e.workspace_id = $1 AND e.user_id = $2 AND e.session_id = $3 AND e.position > $4
ORDER BY e.position
LIMIT $5

-- name: episodes_by_id
SELECT p.episode_id AS memory_id, p.persona_id, p.visibility, p.session_id,
       p.start_time AS event_time, p.trust, p.revision, p.content_hash, p.summary, p.key_topics,
       p.decisions, p.action_items, v.vector
FROM episodes p
LEFT JOIN memory_vectors v ON v.workspace_id = p.workspace_id AND v.user_id = p.user_id
     AND v.kind = 2 AND v.memory_id = p.episode_id AND v.embedder = $3
     AND v.content_hash = p.content_hash
WHERE p.workspace_id = $1 AND p.user_id = $2 AND p.episode_id {in:$4} AND p.content_hash <> ''

-- name: documents_by_id
SELECT d.document_id AS memory_id, d.persona_id, d.visibility, '' AS session_id,
       d.update_time AS event_time, d.trust, d.revision, d.content_hash, d.content, v.vector
FROM documents d
LEFT JOIN memory_vectors v ON v.workspace_id = d.workspace_id AND v.user_id = d.user_id
     AND v.kind = 3 AND v.memory_id = d.document_id AND v.embedder = $3
     AND v.content_hash = d.content_hash
WHERE d.workspace_id = $1 AND d.user_id = $2 AND d.document_id {in:$4}

-- name: procedures_by_id
SELECT p.memory_id, p.persona_id, CASE WHEN p.persona_id = '' THEN 1 ELSE 2 END AS visibility,
       '' AS session_id, w.update_time AS event_time,
       CAST(0.8 AS DOUBLE PRECISION) AS trust, p.revision, p.content_hash,
       p.key, w.description, w.template, v.vector
FROM procedures p
JOIN procedure_versions w ON w.workspace_id = p.workspace_id AND w.user_id = p.user_id
     AND w.persona_id = p.persona_id AND w.key = p.key AND w.version = p.version
LEFT JOIN memory_vectors v ON v.workspace_id = p.workspace_id AND v.user_id = p.user_id
     AND v.kind = 4 AND v.memory_id = p.memory_id AND v.embedder = $3
     AND v.content_hash = p.content_hash
WHERE p.workspace_id = $1 AND p.user_id = $2 AND p.memory_id {in:$4}

-- A fact that was retracted, or never counted, is only history.
-- name: facts_by_id
SELECT f.fact_id AS memory_id, f.persona_id, f.visibility, '' AS session_id,
       f.valid_from AS event_time, f.trust, f.revision, f.content_hash, f.statement, v.vector
FROM facts f
LEFT JOIN memory_vectors v ON v.workspace_id = f.workspace_id AND v.user_id = f.user_id
     AND v.kind = 5 AND v.memory_id = f.fact_id AND v.embedder = $3
     AND v.content_hash = f.content_hash
WHERE f.workspace_id = $1 AND f.user_id = $2 AND f.fact_id {in:$4}
  AND f.retracted_time IS NULL AND (f.valid_to IS NULL OR f.valid_to > f.valid_from)

-- name: entries_after
SELECT m.workspace_id, m.user_id, m.entry_id AS memory_id
FROM entries m
WHERE (m.workspace_id, m.user_id, m.entry_id) > ($1, $2, $3)
ORDER BY m.workspace_id, m.user_id, m.entry_id
LIMIT $4

-- name: episodes_after
SELECT m.workspace_id, m.user_id, m.episode_id AS memory_id
FROM episodes m
WHERE (m.workspace_id, m.user_id, m.episode_id) > ($1, $2, $3) AND m.content_hash <> ''
ORDER BY m.workspace_id, m.user_id, m.episode_id
LIMIT $4

-- name: documents_after
SELECT m.workspace_id, m.user_id, m.document_id AS memory_id
FROM documents m
WHERE (m.workspace_id, m.user_id, m.document_id) > ($1, $2, $3)
ORDER BY m.workspace_id, m.user_id, m.document_id
LIMIT $4

-- name: procedures_after
SELECT m.workspace_id, m.user_id, m.memory_id AS memory_id
FROM procedures m
WHERE (m.workspace_id, m.user_id, m.memory_id) > ($1, $2, $3)
ORDER BY m.workspace_id, m.user_id, m.memory_id
LIMIT $4

-- name: facts_after
SELECT m.workspace_id, m.user_id, m.fact_id AS memory_id
FROM facts m
WHERE (m.workspace_id, m.user_id, m.fact_id) > ($1, $2, $3)
ORDER BY m.workspace_id, m.user_id, m.fact_id
LIMIT $4

-- name: entries_fingerprints
SELECT m.entry_id AS memory_id, m.revision, m.content_hash
FROM entries m
JOIN sessions s ON s.workspace_id = m.workspace_id AND s.user_id = m.user_id
     AND s.session_id = m.session_id
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.entry_id > $3
  AND m.copied_from_entry_id = '' AND (s.state = 1 OR s.archived = 1)
ORDER BY m.entry_id
LIMIT $4

-- name: episodes_fingerprints
SELECT m.episode_id AS memory_id, m.revision, m.content_hash
FROM episodes m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.episode_id > $3 AND m.content_hash <> ''
ORDER BY m.episode_id
LIMIT $4

-- name: documents_fingerprints
SELECT m.document_id AS memory_id, m.revision, m.content_hash
FROM documents m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.document_id > $3
ORDER BY m.document_id
LIMIT $4

-- name: procedures_fingerprints
SELECT m.memory_id AS memory_id, m.revision, m.content_hash
FROM procedures m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.memory_id > $3
ORDER BY m.memory_id
LIMIT $4

-- name: facts_fingerprints
SELECT m.fact_id AS memory_id, m.revision, m.content_hash
FROM facts m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.fact_id > $3
  AND m.retracted_time IS NULL AND (m.valid_to IS NULL OR m.valid_to > m.valid_from)
ORDER BY m.fact_id
LIMIT $4

-- name: owners
SELECT u.user_id FROM users u WHERE u.workspace_id = $1 AND u.user_id > $2
ORDER BY u.user_id
LIMIT $3

-- name: counts
SELECT (SELECT COUNT(*) FROM entries) + (SELECT COUNT(*) FROM episodes WHERE content_hash <> '')
     + (SELECT COUNT(*) FROM documents) + (SELECT COUNT(*) FROM procedures)
     + (SELECT COUNT(*) FROM facts)

-- A vector is kept only beside a memory that is still what it was made from: the memory may have
-- been deleted while it was embedded.
-- name: entries_put_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
SELECT m.workspace_id, m.user_id, 1, m.entry_id, $4, m.content_hash, $6
FROM entries m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.entry_id = $3 AND m.content_hash = $5
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET embedder = excluded.embedder, content_hash = excluded.content_hash,
              vector = excluded.vector

-- name: episodes_put_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
SELECT m.workspace_id, m.user_id, 2, m.episode_id, $4, m.content_hash, $6
FROM episodes m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.episode_id = $3 AND m.content_hash = $5
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET embedder = excluded.embedder, content_hash = excluded.content_hash,
              vector = excluded.vector

-- name: documents_put_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
SELECT m.workspace_id, m.user_id, 3, m.document_id, $4, m.content_hash, $6
FROM documents m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.document_id = $3 AND m.content_hash = $5
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET embedder = excluded.embedder, content_hash = excluded.content_hash,
              vector = excluded.vector

-- name: procedures_put_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
SELECT m.workspace_id, m.user_id, 4, m.memory_id, $4, m.content_hash, $6
FROM procedures m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.memory_id = $3 AND m.content_hash = $5
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET embedder = excluded.embedder, content_hash = excluded.content_hash,
              vector = excluded.vector

-- name: facts_put_vector
INSERT INTO memory_vectors (workspace_id, user_id, kind, memory_id, embedder, content_hash, vector)
SELECT m.workspace_id, m.user_id, 5, m.fact_id, $4, m.content_hash, $6
FROM facts m
WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.fact_id = $3 AND m.content_hash = $5
ON CONFLICT (workspace_id, user_id, kind, memory_id)
DO UPDATE SET embedder = excluded.embedder, content_hash = excluded.content_hash,
              vector = excluded.vector

-- Of vectors whose memory is gone, or says something else by now.
-- name: entries_clear_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1 AND memory_id {in:$3}
  AND NOT EXISTS (
    SELECT 1 FROM entries m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.entry_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: episodes_clear_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 2 AND memory_id {in:$3}
  AND NOT EXISTS (
    SELECT 1 FROM episodes m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.episode_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: documents_clear_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 3 AND memory_id {in:$3}
  AND NOT EXISTS (
    SELECT 1 FROM documents m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.document_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: procedures_clear_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 4 AND memory_id {in:$3}
  AND NOT EXISTS (
    SELECT 1 FROM procedures m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.memory_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: facts_clear_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 5 AND memory_id {in:$3}
  AND NOT EXISTS (
    SELECT 1 FROM facts m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.fact_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- The same of all of an owner, where nobody can name what has gone.
-- name: entries_clear_all_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 1
  AND NOT EXISTS (
    SELECT 1 FROM entries m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.entry_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: episodes_clear_all_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 2
  AND NOT EXISTS (
    SELECT 1 FROM episodes m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.episode_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: documents_clear_all_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 3
  AND NOT EXISTS (
    SELECT 1 FROM documents m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.document_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: procedures_clear_all_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 4
  AND NOT EXISTS (
    SELECT 1 FROM procedures m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.memory_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: facts_clear_all_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = 5
  AND NOT EXISTS (
    SELECT 1 FROM facts m
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.fact_id = memory_vectors.memory_id
      AND m.content_hash = memory_vectors.content_hash)

-- name: delete_all_vectors
DELETE FROM memory_vectors
