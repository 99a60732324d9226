-- How much the changes in some new files of raw/<table> touch.
--
-- Grain:    one row.
-- Window:   `changed`, the rows of the new files.
-- Timezone: none.
-- Columns:  changes    the rows,
--           truncates  how many of them empty the table,
--           keys       how many keys the others are of,
--           floor_lsn  the lowest of these keys' own highest _lsn: what lies below it in raw/<table> decides about none of them.
--                      Null without keys.
-- {{key}} is filled in from the table's schema.
WITH of_one_key AS (
  SELECT {{key}}, _op = 't' AS is_truncate, count(*) AS changes, max(_lsn) AS lsn
  FROM changed
  GROUP BY ALL
)
SELECT
  coalesce(sum(changes), 0)::BIGINT AS changes,
  coalesce(sum(changes) FILTER (is_truncate), 0)::BIGINT AS truncates,
  count(*) FILTER (NOT is_truncate) AS keys,
  min(lsn) FILTER (NOT is_truncate) AS floor_lsn
FROM of_one_key
