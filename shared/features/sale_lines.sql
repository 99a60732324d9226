-- What every customer bought, line by line: what a model is trained on.
--
-- Grain:    one row per customer, product and order; lines of one order with the same product are added up.
-- Window:   all sales placed before $as_of_us; nothing at or after it.
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  user_id, product_id, order_id, created_at_ms (milliseconds), quantity (pieces),
--           unit_price (mean of a piece in the order; null where no piece was sold).
-- Orders without a customer (guests) are left out. {{sale_statuses}} is filled in from the domain's definition of a sale.
SELECT
  o.user_id,
  i.product_id,
  o.order_id,
  (epoch_us(any_value(o.created_at)) // 1000)::DOUBLE AS created_at_ms,
  sum(i.quantity)::DOUBLE AS quantity,
  sum(i.quantity * i.price_per_unit)::DOUBLE / nullif(sum(i.quantity), 0) AS unit_price
FROM orders o
JOIN order_items i ON i.order_id = o.order_id
WHERE o.status IN ({{sale_statuses}})
  AND o.user_id IS NOT NULL
  AND epoch_us(o.created_at) < $as_of_us
GROUP BY o.user_id, i.product_id, o.order_id
ORDER BY o.user_id, o.order_id, i.product_id
