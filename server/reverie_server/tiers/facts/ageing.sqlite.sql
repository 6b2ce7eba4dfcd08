-- $1..$3: the owner and id before; $4: now; $5: predicates; $6: how many. said_time: of the latest
-- entry that a fact rests on.
-- name: ageing_after
SELECT f.workspace_id, f.user_id, f.fact_id, f.predicate, f.confidence, f.staleness, f.pinned,
       f.last_confirmed_time, f.version,
       (SELECT MAX(e.event_time) FROM entries e
        WHERE e.workspace_id = f.workspace_id AND e.user_id = f.user_id
          AND e.entry_id IN (SELECT i.value FROM json_each(f.entry_ids) i)) AS said_time
FROM facts f
WHERE (f.workspace_id, f.user_id, f.fact_id) > ($1, $2, $3)
  AND f.retracted_time IS NULL AND (f.valid_to IS NULL OR f.valid_to > $4)
  AND (f.predicate {in:$5} OR f.predicate_key {in:$5})
ORDER BY f.workspace_id, f.user_id, f.fact_id
LIMIT $6;
