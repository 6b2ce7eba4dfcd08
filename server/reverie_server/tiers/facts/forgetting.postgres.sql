-- Every state of a fact that names one of the entries $3, the present ones (is_present 1) too.
-- name: naming
SELECT f.fact_id, f.persona_id, f.visibility, f.version, f.source, f.entry_ids,
    f.change_entry_ids, 1 AS is_present
FROM facts f
WHERE f.workspace_id = $1 AND f.user_id = $2 AND (
    EXISTS (SELECT 1 FROM jsonb_array_elements_text(f.entry_ids::jsonb) e WHERE e {in:$3})
    OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(f.change_entry_ids::jsonb) e WHERE e {in:$3})
)
UNION ALL
SELECT v.fact_id, v.persona_id, v.visibility, v.version, v.source, v.entry_ids,
    v.change_entry_ids, 0 AS is_present
FROM fact_versions v
WHERE v.workspace_id = $1 AND v.user_id = $2 AND (
    EXISTS (SELECT 1 FROM jsonb_array_elements_text(v.entry_ids::jsonb) e WHERE e {in:$3})
    OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(v.change_entry_ids::jsonb) e WHERE e {in:$3})
);
