-- A backup holds the job that wrote it, as it was then: running. $1: now.
-- name: end_backups
UPDATE jobs SET state = 5, end_time = $1
WHERE kind = 'backup' AND state IN (1, 2);
