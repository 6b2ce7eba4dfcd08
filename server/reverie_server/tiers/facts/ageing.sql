-- $1..$3: the owner and id before; $4: now; $5: predicates; $6: how many.
-- name: ageing_after
SELECT f.workspace_id, f.user_id, f.fact_id, f.predicate, f.confidence, f.staleness, f.pinned,
       f.last_confirmed_time, f.version
FROM facts f
WHERE (f.workspace_id, f.user_id, f.fact_id) > ($1, $2, $3)
  AND f.retracted_time IS NULL AND (f.valid_to IS NULL OR f.valid_to > $4)
  AND (f.predicate {in:$5} OR f.predicate_key {in:$5})
ORDER BY f.workspace_id, f.user_id, f.fact_id
LIMIT $6;

-- name: set_staleness
UPDATE facts SET staleness = $5, revision = $6
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3 AND version = $4;
