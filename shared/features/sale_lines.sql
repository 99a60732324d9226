-- What every customer bought, line by line: what a model is trained on.
--
-- Grain:    one row per line of an order. Lines of one order with the same product stay apart, as in the online store: what they
--           amount to is said in one place, by whoever ranks.
-- Window:   all sales placed before $as_of_us; nothing at or after it.
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  user_id, product_id, order_id, created_at_ms (milliseconds), quantity (pieces), unit_price (of a piece).
-- Orders without a customer (guests) are left out. {{sale_statuses}} is filled in from the domain's definition of a sale.
SELECT
  o.user_id,
  i.product_id,
  o.order_id,
  (epoch_us(o.created_at) // 1000)::DOUBLE AS created_at_ms,
  i.quantity::DOUBLE AS quantity,
  i.price_per_unit::DOUBLE AS unit_price
FROM orders o
JOIN order_items i ON i.order_id = o.order_id
WHERE o.status IN ({{sale_statuses}})
  AND o.user_id IS NOT NULL
  AND epoch_us(o.created_at) < $as_of_us
ORDER BY o.user_id, o.order_id, i.product_id, i.order_item_id
