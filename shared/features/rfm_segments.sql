-- The name of every cell of the RFM grid.
--
-- Grain:    one row per recency score and value score, 1 to 5 each: a partition, every customer has exactly one segment.
-- Columns:  r_score   5 = bought most recently,
--           fm_score  mean of frequency and monetary score, half rounded up: (f_score + m_score + 1) // 2,
--           segment.
--
--           fm 1             fm 2                fm 3                fm 4         fm 5
--    r 5    New              Potential loyalist  Potential loyalist  Champions    Champions
--    r 4    Promising        Potential loyalist  Potential loyalist  Loyal        Champions
--    r 3    About to sleep   Need attention      Need attention      Loyal        Loyal
--    r 2    Hibernating      Hibernating         At risk             At risk      Cannot lose
--    r 1    Lost             Lost                At risk             Cannot lose  Cannot lose
SELECT *
FROM (
  VALUES
    (5, 1, 'New'), (5, 2, 'Potential loyalist'), (5, 3, 'Potential loyalist'), (5, 4, 'Champions'), (5, 5, 'Champions'),
    (4, 1, 'Promising'), (4, 2, 'Potential loyalist'), (4, 3, 'Potential loyalist'), (4, 4, 'Loyal'), (4, 5, 'Champions'),
    (3, 1, 'About to sleep'), (3, 2, 'Need attention'), (3, 3, 'Need attention'), (3, 4, 'Loyal'), (3, 5, 'Loyal'),
    (2, 1, 'Hibernating'), (2, 2, 'Hibernating'), (2, 3, 'At risk'), (2, 4, 'At risk'), (2, 5, 'Cannot lose'),
    (1, 1, 'Lost'), (1, 2, 'Lost'), (1, 3, 'At risk'), (1, 4, 'Cannot lose'), (1, 5, 'Cannot lose')
) AS grid (r_score, fm_score, segment)
