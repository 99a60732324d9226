-- How much the whole shop sells: what the share of a product is measured against.
--
-- Grain:    one row.
-- Window:   all sales placed before $as_of_us, and the 7, 14 and 28 days of 24 hours that end there: [as_of - days, as_of).
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  as_of, orders_7d, orders_14d, orders_28d.
-- Orders without a customer (guests) count. {{sale_statuses}} is filled in from the domain's definition of a sale.
WITH sold AS (
  SELECT $as_of_us - epoch_us(created_at) AS age_us
  FROM orders
  WHERE status IN ({{sale_statuses}})
    AND epoch_us(created_at) < $as_of_us
)
SELECT
  make_timestamptz($as_of_us) AS as_of,
  (count(*) FILTER (WHERE age_us <= 7 * 86400000000))::INTEGER AS orders_7d,
  (count(*) FILTER (WHERE age_us <= 14 * 86400000000))::INTEGER AS orders_14d,
  (count(*) FILTER (WHERE age_us <= 28 * 86400000000))::INTEGER AS orders_28d
FROM sold
