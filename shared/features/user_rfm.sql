-- Recency, frequency and monetary value of each customer, scored against all others, and the segment they amount to.
--
-- Grain:    one row per customer with at least one sale; customers without one do not appear.
-- Window:   all sales placed before $as_of_us, which is the run's own time, never that of the latest order.
-- Timezone: UTC; a day is 24 hours counted back from $as_of_us.
-- Columns:  user_id,
--           recency    whole days since the latest sale,
--           frequency  sales,
--           monetary   sum of their total_amount,
--           r_score, f_score, m_score  1 to 5, 5 is best: the fifth of all customers in which the customer's middle rank
--                      lies, 1 + floor(5 * (worse + equal / 2) / customers), where `equal` counts the customer too.
--                      Equal customers always score alike; if all are equal, all score 3,
--           segment    of (r_score, mean of f_score and m_score): see rfm_segments.sql, put in for {{rfm_segments}}.
-- Orders without a customer (guests) are left out. {{sale_statuses}} is filled in from the domain's definition of a sale.
WITH customers AS (
  SELECT
    user_id,
    (($as_of_us - max(epoch_us(created_at))) // 86400000000)::INTEGER AS recency,
    count(*)::INTEGER AS frequency,
    sum(total_amount)::DECIMAL(18, 2) AS monetary
  FROM orders
  WHERE status IN ({{sale_statuses}})
    AND user_id IS NOT NULL
    AND epoch_us(created_at) < $as_of_us
  GROUP BY user_id
),
ranked AS (
  SELECT
    *,
    count(*) OVER () AS customers,
    rank() OVER (ORDER BY recency DESC) - 1 AS r_worse,
    count(*) OVER (PARTITION BY recency) AS r_equal,
    rank() OVER (ORDER BY frequency) - 1 AS f_worse,
    count(*) OVER (PARTITION BY frequency) AS f_equal,
    rank() OVER (ORDER BY monetary) - 1 AS m_worse,
    count(*) OVER (PARTITION BY monetary) AS m_equal
  FROM customers
),
scored AS (
  SELECT
    *,
    (1 + 5 * (2 * r_worse + r_equal) // (2 * customers))::INTEGER AS r_score,
    (1 + 5 * (2 * f_worse + f_equal) // (2 * customers))::INTEGER AS f_score,
    (1 + 5 * (2 * m_worse + m_equal) // (2 * customers))::INTEGER AS m_score
  FROM ranked
)
SELECT
  scored.user_id,
  scored.recency,
  scored.frequency,
  scored.monetary,
  scored.r_score,
  scored.f_score,
  scored.m_score,
  segments.segment
FROM scored
JOIN ({{rfm_segments}}) AS segments
  ON segments.r_score = scored.r_score
  AND segments.fm_score = (scored.f_score + scored.m_score + 1) // 2
ORDER BY scored.user_id
