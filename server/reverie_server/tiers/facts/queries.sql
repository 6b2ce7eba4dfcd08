-- $1..$4 are the reader of ``scope.Reader.sql`` where {readable:...} stands, else $1..$2 are
-- workspace and user. Facts are not deleted here (``forgetting.sql`` does); what a change replaces is kept as a version.

-- name: get
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.fact_id = $5;

-- name: by_ids
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.fact_id {in:$5};

-- What a reader knew of these facts at $6.
-- name: by_ids_known_at
SELECT
    v.fact_id, v.persona_id, v.visibility, v.scope, v.statement, v.category, v.subject,
    v.predicate, v.object, v.subject_key, v.predicate_key, v.object_key, v.slot, v.confidence,
    v.staleness, v.importance, v.sensitivity, v.pinned, v.valid_from, v.valid_to, v.stated_to,
    v.retracted_time, v.superseded_by, v.confirm_count, v.last_confirmed_time, v.session_id,
    v.entry_ids, v.source, v.trust, v.metadata, v.change, v.change_fact_id, v.change_entry_ids,
    v.version, v.revision, v.create_time, v.update_time
FROM fact_versions v
JOIN facts f ON f.workspace_id = v.workspace_id AND f.user_id = v.user_id AND f.fact_id = v.fact_id
WHERE {readable:f} AND {readable:v} AND v.fact_id {in:$5}
    AND v.update_time <= $6 AND v.replaced_time > $6
UNION ALL
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.fact_id {in:$5} AND f.update_time <= $6;

-- A plus keeps a time out of the choice of an index: by it, SQLite would go through all facts of the
-- user. A CROSS JOIN keeps it to the order in which the tables stand.

-- What competes for a place in time: of one subject, in one slot, what holds at $7 or later, and
-- what never counted of the same predicate ($8) and object ($9). $10: its predicates that matter.
-- name: timeline
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.subject_key = $5 AND f.slot = $6 AND f.retracted_time IS NULL
    AND f.predicate_key {in:$10}
    AND (f.valid_to IS NULL OR f.valid_to > $7
        OR (f.predicate_key = $8 AND f.object_key = $9 AND f.valid_to <= f.valid_from))
ORDER BY +f.valid_from, f.fact_id;

-- Every state, the present ones too, of the facts of subject $5 in slot $6, retracted or not: what
-- they rest on, and why they changed.
-- name: evidence_of_slot
SELECT
    f.fact_id, f.predicate_key, f.object_key, f.change, f.entry_ids, f.change_entry_ids
FROM facts f
WHERE {readable:f} AND f.subject_key = $5 AND f.slot = $6
UNION ALL
SELECT
    v.fact_id, v.predicate_key, v.object_key, v.change, v.entry_ids, v.change_entry_ids
FROM facts f
CROSS JOIN fact_versions v
WHERE v.workspace_id = f.workspace_id AND v.user_id = f.user_id AND v.fact_id = f.fact_id
    AND {readable:f} AND {readable:v} AND f.subject_key = $5 AND f.slot = $6;

-- What there is of a kind under a name: objects of $5's that begin with $6 (up to $7) and hold at $8,
-- of the predicates $9.
-- name: beginning_with
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.subject_key = $5 AND f.slot >= $6 AND f.slot < $7
    AND f.predicate_key {in:$9} AND f.retracted_time IS NULL
    AND +f.valid_from <= $8 AND (f.valid_to IS NULL OR f.valid_to > $8)
ORDER BY +f.valid_from, f.fact_id;

-- $5: only facts behind this id; $6..$8: category, predicate key, subject key (empty: any);
-- $9: scope (0: any); $10: what holds at $11 only; $12: the lowest trust; $13: how many.
-- name: list_before
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND ($5 = '' OR f.fact_id < $5)
    AND ($6 = '' OR f.category = $6) AND ($7 = '' OR f.predicate_key = $7)
    AND ($8 = '' OR f.subject_key = $8) AND ($9 = 0 OR f.scope = $9)
    AND ($10 = 0 OR (f.retracted_time IS NULL AND f.valid_from <= $11
        AND (f.valid_to IS NULL OR f.valid_to > $11)))
    AND f.trust >= $12
ORDER BY f.fact_id DESC
LIMIT $13;

-- The same of what was known at $14.
-- name: list_before_known_at
SELECT
    k.fact_id, k.persona_id, k.visibility, k.scope, k.statement, k.category, k.subject,
    k.predicate, k.object, k.subject_key, k.predicate_key, k.object_key, k.slot, k.confidence,
    k.staleness, k.importance, k.sensitivity, k.pinned, k.valid_from, k.valid_to, k.stated_to,
    k.retracted_time, k.superseded_by, k.confirm_count, k.last_confirmed_time, k.session_id,
    k.entry_ids, k.source, k.trust, k.metadata, k.change, k.change_fact_id, k.change_entry_ids,
    k.version, k.revision, k.create_time, k.update_time
FROM (
    SELECT
        v.fact_id, v.persona_id, v.visibility, v.scope, v.statement, v.category, v.subject,
        v.predicate, v.object, v.subject_key, v.predicate_key, v.object_key, v.slot, v.confidence,
        v.staleness, v.importance, v.sensitivity, v.pinned, v.valid_from, v.valid_to, v.stated_to,
        v.retracted_time, v.superseded_by, v.confirm_count, v.last_confirmed_time, v.session_id,
        v.entry_ids, v.source, v.trust, v.metadata, v.change, v.change_fact_id, v.change_entry_ids,
        v.version, v.revision, v.create_time, v.update_time
    FROM fact_versions v
    JOIN facts f
        ON f.workspace_id = v.workspace_id AND f.user_id = v.user_id AND f.fact_id = v.fact_id
    WHERE {readable:f} AND {readable:v} AND v.update_time <= $14 AND v.replaced_time > $14
    UNION ALL
    SELECT
        f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
        f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
        f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
        f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
        f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
        f.version, f.revision, f.create_time, f.update_time
    FROM facts f
    WHERE {readable:f} AND f.update_time <= $14
) k
WHERE ($5 = '' OR k.fact_id < $5)
    AND ($6 = '' OR k.category = $6) AND ($7 = '' OR k.predicate_key = $7)
    AND ($8 = '' OR k.subject_key = $8) AND ($9 = 0 OR k.scope = $9)
    AND ($10 = 0 OR (k.retracted_time IS NULL AND k.valid_from <= $11
        AND (k.valid_to IS NULL OR k.valid_to > $11)))
    AND k.trust >= $12
ORDER BY k.fact_id DESC
LIMIT $13;

-- The states of a fact before $6, latest first.
-- name: history
SELECT
    k.fact_id, k.persona_id, k.visibility, k.scope, k.statement, k.category, k.subject,
    k.predicate, k.object, k.subject_key, k.predicate_key, k.object_key, k.slot, k.confidence,
    k.staleness, k.importance, k.sensitivity, k.pinned, k.valid_from, k.valid_to, k.stated_to,
    k.retracted_time, k.superseded_by, k.confirm_count, k.last_confirmed_time, k.session_id,
    k.entry_ids, k.source, k.trust, k.metadata, k.change, k.change_fact_id, k.change_entry_ids,
    k.version, k.revision, k.create_time, k.update_time
FROM (
    SELECT
        v.fact_id, v.persona_id, v.visibility, v.scope, v.statement, v.category, v.subject,
        v.predicate, v.object, v.subject_key, v.predicate_key, v.object_key, v.slot, v.confidence,
        v.staleness, v.importance, v.sensitivity, v.pinned, v.valid_from, v.valid_to, v.stated_to,
        v.retracted_time, v.superseded_by, v.confirm_count, v.last_confirmed_time, v.session_id,
        v.entry_ids, v.source, v.trust, v.metadata, v.change, v.change_fact_id, v.change_entry_ids,
        v.version, v.revision, v.create_time, v.update_time
    FROM fact_versions v
    JOIN facts f
        ON f.workspace_id = v.workspace_id AND f.user_id = v.user_id AND f.fact_id = v.fact_id
    WHERE {readable:f} AND {readable:v} AND v.fact_id = $5 AND v.version < $6
    UNION ALL
    SELECT
        f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
        f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
        f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
        f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
        f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
        f.version, f.revision, f.create_time, f.update_time
    FROM facts f
    WHERE {readable:f} AND f.fact_id = $5 AND f.version < $6
) k
ORDER BY k.version DESC
LIMIT $7;

-- $5: what holds then; $6: the lowest trust; $7: how many.
-- name: triples
SELECT
    f.fact_id, f.subject, f.subject_key, f.predicate, f.predicate_key, f.object, f.object_key,
    f.slot, f.confidence, f.staleness
FROM facts f
WHERE {readable:f} AND f.predicate_key <> '' AND f.retracted_time IS NULL
    AND f.valid_from <= $5 AND (f.valid_to IS NULL OR f.valid_to > $5) AND f.trust >= $6
ORDER BY f.fact_id DESC
LIMIT $7;

-- What was stored as superseded, since a surer fact stood against it.
-- name: kept_out
SELECT
    f.fact_id, f.persona_id, f.visibility, f.scope, f.statement, f.category, f.subject,
    f.predicate, f.object, f.subject_key, f.predicate_key, f.object_key, f.slot, f.confidence,
    f.staleness, f.importance, f.sensitivity, f.pinned, f.valid_from, f.valid_to, f.stated_to,
    f.retracted_time, f.superseded_by, f.confirm_count, f.last_confirmed_time, f.session_id,
    f.entry_ids, f.source, f.trust, f.metadata, f.change, f.change_fact_id, f.change_entry_ids,
    f.version, f.revision, f.create_time, f.update_time
FROM facts f
WHERE {readable:f} AND f.valid_to <= f.valid_from AND f.superseded_by <> ''
    AND f.change IN (1, 2) AND f.retracted_time IS NULL
ORDER BY f.fact_id DESC
LIMIT $5;

-- Which facts gave way to these.
-- name: superseded_by
SELECT f.superseded_by, f.fact_id FROM facts f
WHERE {readable:f} AND f.superseded_by {in:$5}
ORDER BY f.valid_from, f.fact_id;

-- name: add
INSERT INTO facts (
    workspace_id, user_id, fact_id, version, persona_id, visibility, scope, statement, category,
    subject, predicate, object, subject_key, predicate_key, object_key, slot, confidence,
    staleness, importance, sensitivity, pinned, valid_from, valid_to, stated_to, retracted_time,
    superseded_by, confirm_count, last_confirmed_time, session_id, entry_ids, source, trust,
    metadata, content_hash, change, change_fact_id, change_entry_ids, revision, create_time,
    update_time
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38,
    $39, $40
);

-- name: keep_replaced
INSERT INTO fact_versions (
    workspace_id, user_id, fact_id, version, persona_id, visibility, scope, statement, category,
    subject, predicate, object, subject_key, predicate_key, object_key, slot, confidence,
    staleness, importance, sensitivity, pinned, valid_from, valid_to, stated_to, retracted_time,
    superseded_by, confirm_count, last_confirmed_time, session_id, entry_ids, source, trust,
    metadata, content_hash, change, change_fact_id, change_entry_ids, revision, create_time,
    update_time, replaced_time
)
SELECT
    f.workspace_id, f.user_id, f.fact_id, f.version, f.persona_id, f.visibility, f.scope,
    f.statement, f.category, f.subject, f.predicate, f.object, f.subject_key, f.predicate_key,
    f.object_key, f.slot, f.confidence, f.staleness, f.importance, f.sensitivity, f.pinned,
    f.valid_from, f.valid_to, f.stated_to, f.retracted_time, f.superseded_by, f.confirm_count,
    f.last_confirmed_time, f.session_id, f.entry_ids, f.source, f.trust, f.metadata,
    f.content_hash, f.change, f.change_fact_id, f.change_entry_ids, f.revision, f.create_time,
    f.update_time, $4
FROM facts f
WHERE f.workspace_id = $1 AND f.user_id = $2 AND f.fact_id = $3;

-- name: replace
UPDATE facts SET
    version = $4, persona_id = $5, visibility = $6, scope = $7, statement = $8, category = $9,
    subject = $10, predicate = $11, object = $12, subject_key = $13, predicate_key = $14,
    object_key = $15, slot = $16, confidence = $17, staleness = $18, importance = $19,
    sensitivity = $20, pinned = $21, valid_from = $22, valid_to = $23, stated_to = $24,
    retracted_time = $25, superseded_by = $26, confirm_count = $27, last_confirmed_time = $28,
    session_id = $29, entry_ids = $30, source = $31, trust = $32, metadata = $33,
    content_hash = $34, change = $35, change_fact_id = $36, change_entry_ids = $37,
    revision = $38, create_time = $39, update_time = $40
WHERE workspace_id = $1 AND user_id = $2 AND fact_id = $3;
