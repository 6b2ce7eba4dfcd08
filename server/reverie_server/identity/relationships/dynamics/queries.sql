-- What happens between two. $1..$3 are workspace, user and persona.

-- name: put_scores
INSERT INTO relationship_scores (
    workspace_id, user_id, persona_id, trust, affection, attunement, interaction_count, update_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace_id, user_id, persona_id) DO UPDATE SET
    trust = excluded.trust, affection = excluded.affection, attunement = excluded.attunement,
    interaction_count = excluded.interaction_count, update_time = excluded.update_time;

-- name: add_event
INSERT INTO relationship_events (
    workspace_id, user_id, persona_id, revision, quality, emotion_variance,
    trust_before, affection_before, attunement_before, trust, affection, attunement,
    event_time, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- The latest first. $4: inclusive.
-- name: trust_since
SELECT trust_before, trust FROM relationship_events
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND event_time >= $4
ORDER BY event_time DESC, revision DESC
LIMIT $5;

-- name: get_recovery
SELECT severity, initial_trust, target_trust, start_time, complete_time FROM trust_recoveries
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3;

-- name: put_recovery
INSERT INTO trust_recoveries (
    workspace_id, user_id, persona_id, severity, initial_trust, target_trust, start_time,
    complete_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace_id, user_id, persona_id) DO UPDATE SET
    severity = excluded.severity, initial_trust = excluded.initial_trust,
    target_trust = excluded.target_trust, start_time = excluded.start_time,
    complete_time = excluded.complete_time;

-- $4: inclusive; $5: exclusive; $6: how long a bucket is.
-- name: filled_buckets
WITH placed AS (
    SELECT
        (event_time - $4) / $6 AS place, trust, affection, attunement,
        ROW_NUMBER() OVER (
            PARTITION BY (event_time - $4) / $6 ORDER BY event_time DESC, revision DESC
        ) AS from_last
    FROM relationship_events
    WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3
        AND event_time >= $4 AND event_time < $5
)
SELECT
    place, COUNT(*) AS interaction_count,
    AVG(trust) AS mean_trust, AVG(affection) AS mean_affection, AVG(attunement) AS mean_attunement,
    MAX(CASE WHEN from_last = 1 THEN trust END) AS last_trust,
    MAX(CASE WHEN from_last = 1 THEN affection END) AS last_affection,
    MAX(CASE WHEN from_last = 1 THEN attunement END) AS last_attunement
FROM placed
GROUP BY place;

-- The last one before $4.
-- name: event_before
SELECT trust, affection, attunement FROM relationship_events
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND event_time < $4
ORDER BY event_time DESC, revision DESC
LIMIT 1;

-- The first one since $4.
-- name: event_since
SELECT trust_before, affection_before, attunement_before FROM relationship_events
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND event_time >= $4
ORDER BY event_time, revision
LIMIT 1;
