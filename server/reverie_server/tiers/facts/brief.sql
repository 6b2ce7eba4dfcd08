-- What is true at $5 and trusted at least $6, latest stored first: only what a prompt shows.
-- name: true_at
SELECT
    f.fact_id, f.scope, f.statement, f.category, f.subject, f.predicate_key, f.object,
    f.importance, f.pinned, f.source
FROM facts f
WHERE {readable:f} AND f.retracted_time IS NULL AND f.valid_from <= $5
    AND (f.valid_to IS NULL OR f.valid_to > $5) AND f.trust >= $6
ORDER BY f.fact_id DESC
LIMIT $7;
