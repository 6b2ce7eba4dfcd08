-- The texts of every version of a document. $1..$3: workspace, user, document.
-- name: contents
SELECT content FROM documents
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3
UNION ALL
SELECT content FROM document_versions
WHERE workspace_id = $1 AND user_id = $2 AND document_id = $3;
