-- Jobs. A job waits in state 1, runs in state 2, and ends in 3 (succeeded), 4 (failed) or
-- 5 (cancelled).

-- name: add
INSERT INTO jobs (
    workspace_id, user_id, job_id, persona_id, session_id, kind, arguments, due_time, create_time
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8);

-- name: get
SELECT
    job_id, workspace_id, user_id, persona_id, session_id, kind, arguments, state, step, progress,
    attempt, error_reason, error_message, result, due_time, create_time, start_time, end_time
FROM jobs
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $4 AND persona_id = $3;

-- $7: 2 for those that run, too, else 1.
-- name: find_unended
SELECT job_id FROM jobs
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND session_id = $4
    AND kind = $5 AND arguments = $6 AND state IN (1, $7)
ORDER BY job_id
LIMIT 1;

-- Job ids grow with time, so the key gives the order: latest first. $6 is '' on the first page.
-- name: list_before
SELECT
    job_id, workspace_id, user_id, persona_id, session_id, kind, arguments, state, step, progress,
    attempt, error_reason, error_message, result, due_time, create_time, start_time, end_time
FROM jobs j
WHERE j.workspace_id = $1 AND j.user_id = $2 AND j.persona_id = $3
    AND ($4 = '' OR j.session_id = $4)
    AND ($5 = '[]' OR CAST(j.state AS TEXT) {in:$5})
    AND ($6 = '' OR j.job_id < $6)
ORDER BY j.job_id DESC
LIMIT $7;

-- The job is looked up with "=", not with IN: PostgreSQL may look anew for each row that it compares,
-- and finds another job each time, as it skips what is locked; all of them would be claimed.
-- $1: now; $2: the kinds that have a handler here; $3: microseconds until the claim runs out. That no
-- two jobs of a session run is also what an index demands: of two claims at once one is undone.
-- name: claim_next
UPDATE jobs SET
    state = 2, attempt = attempt + 1, start_time = COALESCE(start_time, $1),
    claim = claim + 1, lease_until = {now} + $3
WHERE (workspace_id, user_id, job_id) = (
    SELECT j.workspace_id, j.user_id, j.job_id
    FROM jobs j
    WHERE j.state = 1 AND j.due_time <= $1 AND j.kind {in:$2}
        AND NOT EXISTS (
            SELECT 1 FROM jobs r
            WHERE r.workspace_id = j.workspace_id AND r.user_id = j.user_id
                AND r.session_id = j.session_id AND r.session_id <> '' AND r.state = 2
        )
    ORDER BY j.due_time
    LIMIT 1
    {skip_locked}
)
RETURNING
    job_id, workspace_id, user_id, persona_id, session_id, kind, arguments, state, step, progress,
    attempt, error_reason, error_message, result, due_time, create_time, start_time, end_time,
    claim;

-- name: extend
UPDATE jobs SET lease_until = {now} + $5
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- $1: the kinds that have a handler here.
-- name: next_due_time
SELECT due_time FROM jobs
WHERE state = 1 AND kind {in:$1}
ORDER BY due_time
LIMIT 1;

-- Of all workspaces.
-- name: count_by_state
SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state;

-- $4 in what follows: the claim. Whose claim is not the last one has lost the job to another worker.
-- name: note_step
UPDATE jobs SET step = $5, progress = $6
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- name: succeed
UPDATE jobs SET
    state = 3, progress = 1, result = $5, error_reason = '', error_message = '', end_time = $6
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- name: fail
UPDATE jobs SET state = 4, error_reason = $5, error_message = $6, end_time = $7
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- name: postpone
UPDATE jobs SET state = 1, error_reason = $5, error_message = $6, due_time = $7
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- An attempt that was broken off by a shutdown does not count.
-- name: release
UPDATE jobs SET state = 1, attempt = attempt - 1
WHERE workspace_id = $1 AND user_id = $2 AND job_id = $3 AND claim = $4 AND state = 2;

-- Given up or cancelled, it begins again with the step that it had come to.
-- name: retry
UPDATE jobs SET
    state = 1, attempt = 0, error_reason = '', error_message = '', due_time = $5, end_time = NULL
WHERE workspace_id = $1 AND user_id = $2 AND persona_id = $3 AND job_id = $4 AND state IN (4, 5);

-- After a crash. A job that was running in each of its attempts is likely what crashed us. $5: 1 for
-- all that run, else only those whose worker has not been heard of for too long.
-- name: fail_interrupted
UPDATE jobs SET state = 4, error_reason = $2, error_message = $3, end_time = $4
WHERE state = 2 AND attempt >= $1 AND (CAST($5 AS BIGINT) = 1 OR lease_until < {now});

-- name: release_interrupted
UPDATE jobs SET state = 1, due_time = $1
WHERE state = 2 AND (CAST($2 AS BIGINT) = 1 OR lease_until < {now});

-- name: delete_of_session
DELETE FROM jobs
WHERE workspace_id = $1 AND user_id = $2 AND session_id = $3;

-- By when it was due, for which there is an index.
-- name: sweep
DELETE FROM jobs
WHERE (workspace_id, user_id, job_id) IN (
    SELECT workspace_id, user_id, job_id FROM jobs
    WHERE state IN (3, 4, 5) AND due_time < $1
    LIMIT $2
);
