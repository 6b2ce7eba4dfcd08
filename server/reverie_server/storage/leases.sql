-- Leases: which server does what, for as long as it says that it lives. Times are the database's.

-- $3: for how many microseconds.
-- name: take
INSERT INTO leases (name, holder, fence, until_time) VALUES ($1, $2, 1, {now} + $3)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    fence = CASE
        WHEN leases.holder = excluded.holder THEN leases.fence
        ELSE leases.fence + 1
    END,
    until_time = excluded.until_time
WHERE leases.holder = excluded.holder OR leases.until_time < {now}
RETURNING fence;

-- name: put
INSERT INTO leases (name) VALUES ($1)
ON CONFLICT (name) DO NOTHING;

-- What is free is looked up first: within the condition of the change, PostgreSQL may look anew for
-- each row that it compares, and finds more each time, as it skips what is locked.
-- $1: a prefix; $2: the holder; $3: how many; $4: for how many microseconds.
-- name: take_free
WITH free AS MATERIALIZED (
    SELECT name FROM leases
    WHERE substr(name, 1, length($1)) = $1 AND until_time < {now} AND holder <> $2
    ORDER BY until_time, name
    LIMIT $3
    {skip_locked}
)
UPDATE leases SET holder = $2, fence = fence + 1, until_time = {now} + $4
WHERE name IN (SELECT name FROM free)
RETURNING name, fence;

-- name: renew
UPDATE leases SET until_time = {now} + $3
WHERE holder = $2 AND substr(name, 1, length($1)) = $1
RETURNING name, fence;

-- $3: in how many microseconds the next one may take it.
-- name: give_up
UPDATE leases SET holder = '', until_time = {now} + $3
WHERE name = $1 AND holder = $2;

-- Changes nothing, but keeps others from taking it over until the transaction ends.
-- name: hold
UPDATE leases SET fence = fence
WHERE name = $1 AND holder = $2 AND fence = $3;

-- name: is_taken
SELECT 1 FROM leases WHERE name = $1 AND until_time >= {now};

-- name: count_held
SELECT COUNT(*) FROM leases
WHERE substr(name, 1, length($1)) = $1 AND holder <> '' AND until_time >= {now};

-- name: forget
DELETE FROM leases WHERE name = $1 AND holder = $2;

-- Of servers that died long ago.
-- name: sweep
DELETE FROM leases
WHERE substr(name, 1, length($1)) = $1 AND until_time < {now} - $2;
