import type { Money } from '../../../shared/domain/index.ts';
import { USER_RFM } from '../../../shared/tables/index.ts';
import { countIn, moneyIn, textIn } from './cells.ts';
import type { AsOf, LakeReader } from './lake-reader.ts';

export interface RfmSegment {
  readonly segment: string;
  readonly customers: number;
  /** What they bought in all, in the shop's currency. */
  readonly revenue: Money;
  /** Mean days since their last order. */
  readonly recencyDays: number;
  /** Mean number of orders. */
  readonly orders: number;
}

export interface RfmDistribution {
  /** Most customers first. */
  readonly segments: readonly RfmSegment[];
  readonly customers: number;
  readonly asOf: AsOf;
}

/** How customers with at least one sale spread over the RFM segments. */
export async function rfmDistribution(lake: LakeReader): Promise<RfmDistribution> {
  const [rows, asOf] = await Promise.all([
    lake.query({ sql: SEGMENTS, tables: { rfm: USER_RFM } }),
    lake.asOf(USER_RFM),
  ]);
  const segments = rows.map((row) => ({
    segment: textIn(row, 'segment'),
    customers: countIn(row, 'customers'),
    revenue: moneyIn(row, 'revenue'),
    recencyDays: countIn(row, 'recency'),
    orders: countIn(row, 'frequency'),
  }));
  return { segments, customers: segments.reduce((sum, { customers }) => sum + customers, 0), asOf };
}

/** Grain: one row per segment that has customers. */
const SEGMENTS = `
  SELECT
    segment,
    count(*) AS customers,
    sum(monetary)::DECIMAL(18, 2) AS revenue,
    round(avg(recency), 1)::DOUBLE AS recency,
    round(avg(frequency), 1)::DOUBLE AS frequency
  FROM rfm
  GROUP BY segment
  ORDER BY customers DESC, segment`;
