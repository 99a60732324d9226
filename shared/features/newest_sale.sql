-- When the shop sold last.
--
-- Grain:    one row.
-- Window:   all sales placed before $as_of_us; nothing at or after it.
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  newest_us; null when nothing was sold.
-- {{sale_statuses}} is filled in from the domain's definition of a sale.
SELECT max(epoch_us(created_at)) AS newest_us
FROM orders
WHERE status IN ({{sale_statuses}})
  AND epoch_us(created_at) < $as_of_us
