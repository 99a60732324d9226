import type { ControlTable } from '../../../shared/control/index.ts';
import type { EpochMillis } from '../../../shared/domain/index.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { EventLog } from '../../../shared/kafka/index.ts';
import type { OnlineStore } from '../../../shared/online/index.ts';
import { changeTopic } from '../../../shared/tables/index.ts';
import type { LakeReader } from './lake-reader.ts';
import { type PipelineState, pipelineState } from './pipeline.ts';
import { type RecommendationCounts, recommendationCounts } from './recommendations.ts';
import { type DailyRevenue, dailyRevenue, minuteRevenue, type RevenuePoint } from './revenue.ts';
import { type RfmDistribution, rfmDistribution } from './rfm.ts';
import { type TopProducts, topProducts } from './top-products.ts';

export interface InsightPorts {
  readonly lake: LakeReader;
  readonly onlineStore: Pick<OnlineStore, 'read'>;
  readonly eventLog: Pick<EventLog, 'positions'>;
  readonly controlTable: ControlTable;
  readonly now: () => EpochMillis;
}

/** What could be read, or why it could not: one broken source does not take the page away. */
export type Part<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'failed'; readonly reason: string };

/** Everything on the dashboard. */
export interface Overview {
  readonly now: EpochMillis;
  readonly daily: Part<DailyRevenue>;
  readonly minutes: Part<readonly RevenuePoint[]>;
  readonly top: Part<TopProducts>;
  readonly rfm: Part<RfmDistribution>;
  readonly recommendations: Part<RecommendationCounts>;
  readonly pipeline: Part<PipelineState>;
}

const DAYS = 30;
const TOP = 10;

export async function overview(ports: InsightPorts): Promise<Overview> {
  const now = ports.now();
  const [daily, minutes, top, rfm, recommendations, pipeline] = await Promise.all([
    part(dailyRevenue(ports.lake, DAYS)),
    part(lastHour(ports)),
    part(topProducts(ports.lake, TOP)),
    part(rfmDistribution(ports.lake)),
    part(recommendationCounts(ports.lake, now)),
    part(pipelineState(ports)),
  ]);
  return { now, daily, minutes, top, rfm, recommendations, pipeline };
}

/** Revenue of the 60 UTC minutes that end with this one. */
export async function lastHour(ports: InsightPorts): Promise<readonly RevenuePoint[]> {
  const partitions = await ports.eventLog.positions(changeTopic('orders'));
  return minuteRevenue(ports.onlineStore, { now: ports.now(), minutes: 60, partitions: partitions.length });
}

async function part<T>(read: Promise<T>): Promise<Part<T>> {
  try {
    return { state: 'read', value: await read };
  } catch (thrown) {
    return { state: 'failed', reason: messageOf(thrown) };
  }
}
