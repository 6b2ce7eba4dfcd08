-- What a persona holds of a user. $1..$3 are workspace, user and persona unless said otherwise.

-- name: users_of_persona
SELECT user_id FROM relationships
WHERE workspace_id = $1 AND persona_id = $2
UNION
SELECT user_id FROM past_relationships
WHERE workspace_id = $1 AND persona_id = $2
ORDER BY user_id;

-- name: add_past_relationship
INSERT INTO past_relationships (workspace_id, user_id, persona_id, end_time)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, user_id, persona_id) DO UPDATE SET end_time = excluded.end_time;

-- name: episodes_with_storylines
SELECT episode_id AS memory_id, session_id FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND storylines <> '[]';

-- Storylines are the pair's alone, also where its episodes are not. $4: revision; $5: now.
-- name: blank_storylines
UPDATE episodes SET storylines = '[]', version = $4, revision = $4, update_time = $5
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND storylines <> '[]';

-- Facts are read out of them no more, also when the relationship begins anew before their jobs have
-- run: what it allowed is gone with it. $4: revision.
-- name: close_sessions
UPDATE sessions SET memory_extracted = 1, version = $4, revision = $4
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND memory_extracted = 0;

-- $4 in these: the widest visibility that is meant.

-- name: sessions
SELECT '' AS memory_id, session_id FROM sessions
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND visibility >= $4;

-- name: entries
SELECT e.entry_id AS memory_id, e.session_id FROM entries e
JOIN sessions s
    ON s.workspace_id = e.workspace_id
    AND s.user_id = e.user_id
    AND s.session_id = e.session_id
WHERE s.workspace_id = $1 AND s.user_id = $2 AND s.persona_id = $3 AND s.visibility >= $4;

-- name: episodes
SELECT episode_id AS memory_id, session_id FROM episodes
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND visibility >= $4;

-- name: documents
SELECT document_id AS memory_id, '' AS session_id FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND visibility >= $4;

-- name: facts
SELECT fact_id AS memory_id, '' AS session_id FROM facts
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND visibility >= $4;

-- name: procedures
SELECT memory_id, '' AS session_id FROM procedures
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- $3: a kind of memory; $4: ids.
-- name: delete_vectors
DELETE FROM memory_vectors
WHERE workspace_id = $1 AND user_id = $2 AND kind = $3 AND memory_id {in:$4};

-- $3: a kind of memory; $4: ids.
-- name: delete_usage
DELETE FROM memory_usage
WHERE workspace_id = $1 AND user_id = $2 AND kind = $3 AND memory_id {in:$4};

-- $4: the widest visibility that goes; $5: the facts that go.
-- name: delete_fact_versions
DELETE FROM fact_versions
WHERE workspace_id = $1 AND user_id = $2
AND (fact_id {in:$5} OR persona_id = $3 AND visibility >= $4);

-- name: delete_facts
DELETE FROM facts
WHERE workspace_id = $1 AND user_id = $2 AND fact_id {in:$3};

-- $4: the widest visibility that goes; $5: the documents that go.
-- name: delete_document_versions
DELETE FROM document_versions
WHERE workspace_id = $1 AND user_id = $2
AND (document_id {in:$5} OR persona_id = $3 AND visibility >= $4);

-- name: delete_documents
DELETE FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND document_id {in:$3};
