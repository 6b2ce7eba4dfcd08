-- $1..$4 are the reader of ``scope.Reader.sql`` where {readable:...} stands, else $1..$3 are
-- workspace, user and document.

-- name: get
SELECT
    d.document_id, d.user_id, d.persona_id, d.visibility, d.content, d.metadata,
    d.version, d.revision, d.create_time, d.update_time
FROM documents d
WHERE {readable:d} AND d.document_id = $5;

-- A version that was replaced: readable as it was then, while the document is readable now.
-- name: get_replaced
SELECT
    v.document_id, v.user_id, v.persona_id, v.visibility, v.content, v.metadata,
    v.version, v.revision, d.create_time, v.update_time
FROM document_versions v
JOIN documents d
    ON d.workspace_id = v.workspace_id
    AND d.user_id = v.user_id
    AND d.document_id = v.document_id
WHERE {readable:d} AND {readable:v} AND v.document_id = $5 AND v.version = $6;

-- $5: the id before the first; $6, $7: the interval of a prefix, without an end when $7 is empty.
-- name: list_after
SELECT
    d.document_id, d.user_id, d.persona_id, d.visibility, d.content, d.metadata,
    d.version, d.revision, d.create_time, d.update_time
FROM documents d
WHERE {readable:d} AND d.document_id > $5
    AND d.document_id >= $6 AND ($7 = '' OR d.document_id < $7)
ORDER BY d.document_id
LIMIT $8;

-- name: by_ids
SELECT
    d.document_id, d.user_id, d.persona_id, d.visibility, d.content, d.metadata,
    d.version, d.revision, d.create_time, d.update_time
FROM documents d
WHERE {readable:d} AND d.document_id {in:$5};

-- Whoever may read it: an id is taken for everybody.
-- name: current_stamp
SELECT document_id, persona_id, visibility, version, revision, create_time, update_time
FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;

-- name: add
INSERT INTO documents (
    workspace_id, user_id, document_id, persona_id, visibility, content, metadata,
    trust, content_hash, version, revision, create_time, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: keep_replaced
INSERT INTO document_versions (
    workspace_id, user_id, document_id, version, persona_id, visibility, content, metadata,
    revision, update_time
)
SELECT
    workspace_id, user_id, document_id, version, persona_id, visibility, content, metadata,
    revision, update_time
FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;

-- name: replace
UPDATE documents SET
    persona_id = $4, visibility = $5, content = $6, metadata = $7, trust = $8, content_hash = $9,
    version = $10, revision = $11, create_time = $12, update_time = $13
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;

-- name: delete
DELETE FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;

-- name: delete_replaced
DELETE FROM document_versions
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;
