-- Latest row of every key of one shop table, from all of its changes.
--
-- Grain:    one row per {{key}} that exists.
-- Window:   all changes in the pinned raw snapshot.
-- Timezone: none; times pass through.
-- Columns:  the columns of the shop table.
--
-- Of two changes of one key the one with the higher _lsn is newer; at one _lsn a snapshot read (r) is older than a streamed
-- change, because a snapshot at x shows what was committed before x. _offset settles what is left: copies of one change.
-- A truncate (t) names no row; it removes every row whose latest change is older. A change of key arrives as d and c.
-- {{key}} and {{columns}} are filled in from the table's schema.
WITH truncated AS (
  SELECT max(_lsn) AS lsn
  FROM raw
  WHERE _op = 't'
),
latest AS (
  SELECT
    {{columns}},
    _op,
    _lsn,
    row_number() OVER (PARTITION BY {{key}} ORDER BY _lsn DESC, _op <> 'r' DESC, _offset DESC) AS age
  FROM raw
  WHERE _op <> 't'
)
SELECT {{columns}}
FROM latest
WHERE age = 1
  AND _op <> 'd'
  -- The row lock keeps other changes of the row off the truncate's own _lsn, so only a snapshot read can share it, and is older.
  AND _lsn > coalesce((SELECT lsn FROM truncated), -1)
ORDER BY {{key}}
