-- Rows of one shop table as they stood at a moment: current.sql over the changes that were committed before it.
--
-- Grain:    one row per {{key}} that existed.
-- Window:   the changes with _ts < $as_of_us, microseconds since 1970: a change committed at that very moment is not among them,
--           as in every feature query. Nothing is known of the time before the first snapshot of the shop: no row existed then.
-- Timezone: UTC.
-- Columns:  the columns of the shop table.
--
-- `changes` are the rows of a raw snapshot; files without a change before the moment may be left out.
-- {{current}} is current.sql, filled in for the table.
WITH raw AS (
  SELECT *
  FROM changes
  WHERE _ts < make_timestamptz($as_of_us)
)
SELECT * FROM (
  {{current}}
)
