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

-- Of these only the pinned ones.
-- name: pinned_at
SELECT
    f.fact_id, f.scope, f.statement, f.category, f.subject, f.predicate_key, f.object,
    f.importance, f.pinned, f.source
FROM facts f
WHERE {readable:f} AND f.retracted_time IS NULL AND f.valid_from <= $5
    AND (f.valid_to IS NULL OR f.valid_to > $5) AND f.trust >= $6 AND f.pinned = 1
ORDER BY f.fact_id DESC
LIMIT $7;

-- Of these only those of the predicates $8; those whose source is $9 come first.
-- name: of_predicates_at
SELECT
    f.fact_id, f.scope, f.statement, f.category, f.subject, f.predicate_key, f.object,
    f.importance, f.pinned, f.source
FROM facts f
WHERE {readable:f} AND f.retracted_time IS NULL AND f.valid_from <= $5
    AND (f.valid_to IS NULL OR f.valid_to > $5) AND f.trust >= $6 AND f.predicate_key {in:$8}
ORDER BY CASE WHEN f.source = $9 THEN 0 ELSE 1 END, f.fact_id DESC
LIMIT $7;
