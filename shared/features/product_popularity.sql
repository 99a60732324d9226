-- How well each product sells.
--
-- Grain:    one row per product that was ever sold.
-- Window:   all sales placed before $as_of_us, and the 7, 14 and 28 days of 24 hours that end there: [as_of - days, as_of).
-- Timezone: UTC; times are microseconds since 1970-01-01.
-- Columns:  product_id,
--           purchase_count, purchase_count_7d, purchase_count_14d, purchase_count_28d
--                            orders with the product, each counted once however many lines it has,
--           decayed_orders   the same orders, each counting half for every $trend_half_life_days of its age,
--           decayed_first_orders
--                            of those that were their customer's first sale, by $first_orders_half_life_days; of two sales
--                            of one moment the one with the lower order_id is first, and guests have no first one,
--           avg_price        revenue per unit, rounded half up to cents; null when no unit was sold,
--           units            pieces sold,
--           revenue          sum of quantity * price_per_unit,
--           last_ordered_at  when the latest of the orders was placed.
-- Orders without a customer (guests) count. {{sale_statuses}} is filled in from the domain's definition of a sale.
WITH sales AS (
  SELECT
    order_id,
    created_at,
    user_id IS NOT NULL
      AND row_number() OVER (PARTITION BY user_id ORDER BY created_at, order_id) = 1 AS is_first
  FROM orders
  WHERE status IN ({{sale_statuses}})
    AND epoch_us(created_at) < $as_of_us
),
sold AS (
  SELECT
    i.product_id,
    o.order_id,
    any_value(o.created_at) AS created_at,
    any_value(o.is_first) AS is_first,
    $as_of_us - epoch_us(any_value(o.created_at)) AS age_us,
    sum(i.quantity) AS units,
    sum(i.quantity * (i.price_per_unit * 100)::BIGINT) AS cents
  FROM sales o
  JOIN order_items i ON i.order_id = o.order_id
  GROUP BY i.product_id, o.order_id
),
totals AS (
  SELECT
    product_id,
    count(*)::INTEGER AS purchase_count,
    (count(*) FILTER (WHERE age_us <= 7 * 86400000000))::INTEGER AS purchase_count_7d,
    (count(*) FILTER (WHERE age_us <= 14 * 86400000000))::INTEGER AS purchase_count_14d,
    (count(*) FILTER (WHERE age_us <= 28 * 86400000000))::INTEGER AS purchase_count_28d,
    sum(0.5::DOUBLE ** (age_us / ($trend_half_life_days * 86400000000::DOUBLE))) AS decayed_orders,
    coalesce(
      sum(0.5::DOUBLE ** (age_us / ($first_orders_half_life_days * 86400000000::DOUBLE))) FILTER (is_first),
      0
    ) AS decayed_first_orders,
    sum(units)::BIGINT AS units,
    sum(cents)::BIGINT AS cents,
    max(created_at) AS last_ordered_at
  FROM sold
  GROUP BY product_id
)
SELECT
  product_id,
  purchase_count,
  purchase_count_7d,
  purchase_count_14d,
  purchase_count_28d,
  decayed_orders,
  decayed_first_orders,
  -- Whole cents throughout: a division of decimals would pass through floats.
  (CASE WHEN units > 0 THEN (2 * cents + units) // (2 * units) END * 0.01::DECIMAL(3, 2))::DECIMAL(10, 2) AS avg_price,
  units,
  (cents * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS revenue,
  last_ordered_at
FROM totals
ORDER BY product_id
