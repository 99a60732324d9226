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
WITH newest AS (
  SELECT {{key}}, max(_lsn) AS lsn
  FROM changed
  WHERE _op <> 't'
  GROUP BY {{key}}
)
SELECT
  (SELECT count(*) FROM changed) AS changes,
  (SELECT count(*) FROM changed WHERE _op = 't') AS truncates,
  count(*) AS keys,
  min(lsn) AS floor_lsn
FROM newest
