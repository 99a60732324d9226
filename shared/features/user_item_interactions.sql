-- How much each customer has taken to each product, from sales alone.
--
-- Grain:    one row per customer and product that the customer bought.
-- Window:   all sales placed before $as_of_us; nothing at or after it.
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  user_id, product_id,
--           interaction_score  sum over the customer's orders with the product of 0.5 ^ (age of the order / half-life):
--                              an order placed this moment counts 1, one as old as $half_life_days counts 0.5,
--           order_count        orders with the product, each counted once however many lines it has,
--           last_ordered_at    when the latest of them was placed.
-- Orders without a customer (guests) are left out. {{sale_statuses}} is filled in from the domain's definition of a sale.
WITH bought AS (
  SELECT DISTINCT o.user_id, i.product_id, o.order_id, o.created_at
  FROM orders o
  JOIN order_items i ON i.order_id = o.order_id
  WHERE o.status IN ({{sale_statuses}})
    AND o.user_id IS NOT NULL
    AND epoch_us(o.created_at) < $as_of_us
)
SELECT
  user_id,
  product_id,
  -- Added up oldest first, so that the last digit does not depend on the order in which threads finish.
  sum(
    power(0.5, ($as_of_us - epoch_us(created_at)) / ($half_life_days * 86400000000.0))
    ORDER BY created_at, order_id
  ) AS interaction_score,
  count(*)::INTEGER AS order_count,
  max(created_at) AS last_ordered_at
FROM bought
GROUP BY user_id, product_id
ORDER BY user_id, product_id
