-- What the changes in some new files of raw/<table> do to its latest rows: current.sql for the keys of these changes alone.
--
-- Grain:    one row per {{key}} whose newest change of all is a new one. A key that has a newer change which is not new stands
--           as it should already: a late partition, a replayed record or a second capture brought an old change.
-- Window:   `changed`, the rows of the new files, none of them a truncate; `raw`, the pinned raw snapshot that holds them,
--           of which nothing below $floor_lsn (changes_survey.sql) is looked at, nor needs to be given.
-- Timezone: none; times pass through.
-- Columns:  the columns of the shop table, then _exists: false where the key has no row after the change.
--
-- Both are read once: they may be hundreds of small files, and to open these is most of the work.
-- Which of two changes is newer, and what a truncate removes, is as current.sql says.
-- {{key}} and {{columns}} are filled in from the table's schema.
WITH fresh AS MATERIALIZED (
  SELECT {{key}}, _lsn, _op
  FROM changed
),
recent AS MATERIALIZED (
  SELECT {{columns}}, _op, _lsn, _offset
  FROM raw
  WHERE _lsn >= $floor_lsn
    AND (_op = 't' OR {{key}} IN (SELECT {{key}} FROM fresh))
),
latest AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY {{key}} ORDER BY _lsn DESC, _op <> 'r' DESC, _offset DESC) AS age
  FROM recent
  WHERE _op <> 't'
)
SELECT
  {{columns}},
  _op <> 'd' AND _lsn > coalesce((SELECT max(_lsn) FROM recent WHERE _op = 't'), -1) AS _exists
FROM latest
WHERE age = 1
  AND ({{key}}, _lsn, _op) IN (SELECT ({{key}}, _lsn, _op) FROM fresh)
ORDER BY {{key}}
