-- The interactions of one customer after another, to be loaded into the online store hash by hash.
--
-- Grain:    one row per customer and product, customers together.
-- Columns:  user_id, product_id, interaction_score.
SELECT user_id, product_id, interaction_score
FROM user_item_interactions
ORDER BY user_id, product_id
