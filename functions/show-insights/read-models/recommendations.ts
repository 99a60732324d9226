import { DAY_MS, type EpochMillis } from '../../../shared/domain/index.ts';
import { RECOMMENDATIONS } from '../../../shared/tables/index.ts';
import { countIn, textIn } from './cells.ts';
import type { AsOf, LakeReader } from './lake-reader.ts';

export interface RecommendationCounts {
  /** Answers: ever, and since the UTC midnight before `now`. */
  readonly total: number;
  readonly today: number;
  /** Distinct customers of today's answers. */
  readonly customersToday: number;
  /** Share of all answers that a simpler source had to give, 0 to 1; null without answers. */
  readonly fallbackShare: number | null;
  /** Answers by shelf, and recommended items by the source that found them; most first. */
  readonly byShelf: readonly Share[];
  readonly bySource: readonly Share[];
  readonly asOf: AsOf;
}

export interface Share {
  readonly name: string;
  readonly count: number;
}

/** What `serving/recommendations` holds; an answer appears there a few seconds after it was given. */
export async function recommendationCounts(
  lake: LakeReader,
  now: EpochMillis,
): Promise<RecommendationCounts> {
  const tables = { served: RECOMMENDATIONS };
  const midnight = now - (now % DAY_MS);
  const [rows, asOf] = await Promise.all([
    lake.query({ sql: COUNTS, tables, params: { midnight_us: midnight * 1000 } }),
    lake.asOf(RECOMMENDATIONS),
  ]);
  const shares = (dimension: string): Share[] =>
    rows
      .filter((row) => row.dimension === dimension)
      .map((row) => ({ name: textIn(row, 'name'), count: countIn(row, 'amount') }));
  const only = (dimension: string) => shares(dimension)[0]?.count ?? 0;
  const total = only('total');
  return {
    total,
    today: only('today'),
    customersToday: only('customers today'),
    fallbackShare: total === 0 ? null : only('fallback') / total,
    byShelf: shares('shelf'),
    bySource: shares('source'),
    asOf,
  };
}

/** Grain: one row per figure. Every answer has exactly one item at position 1, so those rows count the answers. */
const COUNTS = `
  WITH answers AS (
    SELECT shelf, fallback, user_id, epoch_us(generated_at) >= $midnight_us AS is_today
    FROM served
    WHERE position = 1
  )
  SELECT dimension, name, amount
  FROM (
    SELECT 'total' AS dimension, '' AS name, count(*) AS amount FROM answers
    UNION ALL
    SELECT 'today', '', count(*) FILTER (is_today) FROM answers
    UNION ALL
    SELECT 'customers today', '', count(DISTINCT user_id) FILTER (is_today) FROM answers
    UNION ALL
    SELECT 'fallback', '', count(fallback) FROM answers
    UNION ALL
    SELECT 'shelf', shelf, count(*) FROM answers GROUP BY shelf
    UNION ALL
    SELECT 'source', source, count(*) FROM served GROUP BY source
  )
  ORDER BY amount DESC, name`;
