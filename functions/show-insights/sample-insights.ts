import {
  type ControlTable,
  createModelRegistry,
  createRunLedger,
  type JobRun,
  recordAlert,
  runIdAt,
} from '../../shared/control/index.ts';
import {
  BEHAVIOUR_TOPIC,
  DAY_MS,
  type EpochMillis,
  epochMillis,
  MINUTE_MS,
  microsOfMillis,
} from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { type BatchRow, batchOfRows, type Table } from '../../shared/lake/index.ts';
import { keys, type OnlineStore, REVENUE_FIELDS } from '../../shared/online/index.ts';
import {
  ALS_RECOMMENDER,
  changeTopic,
  currentTable,
  type LakeTable,
  PRODUCT_POPULARITY,
  RECOMMENDATIONS,
  SHOP_TABLES,
  USER_RFM,
} from '../../shared/tables/index.ts';

export interface SamplePorts {
  readonly lakeTable: (path: string) => Table;
  readonly onlineStore: OnlineStore;
  readonly eventLog: EventLog;
  readonly controlTable: ControlTable;
}

const PARTITIONS = 2;

/** For tests: empty topics, as at the first start. */
export async function createSampleTopics(eventLog: EventLog): Promise<void> {
  const topics = [...SHOP_TABLES.map(changeTopic), BEHAVIOUR_TOPIC];
  await eventLog.createTopics(topics.map((topic) => ({ topic, partitions: PARTITIONS })));
}

/**
 * For tests: a small shop as the platform would have left it behind, written through the ports. Product 1 has a name
 * that tries to break out of HTML and CSV.
 */
export async function writeSample(ports: SamplePorts, now: EpochMillis): Promise<void> {
  await writeLake(ports, now);
  await writeMinutes(ports.onlineStore, now);
  await writeControl(ports.controlTable, now);
  await ports.eventLog.append(
    Array.from({ length: 7 }, (_, index) => ({
      topic: changeTopic('orders'),
      partition: index % PARTITIONS,
      timestamp: now,
      key: null,
      value: Buffer.from('{}'),
    })),
  );
}

export const HOSTILE_NAME = '=cmd|"<img src=x onerror=alert(1)>"';

const PRODUCTS = [
  [HOSTILE_NAME, 'Home'],
  ['Noise-cancelling headphones', 'Electronics'],
  ['The Left Hand of Darkness', 'Books'],
  ['Merino crew-neck jumper', 'Clothing'],
  ['Cast-iron casserole, 4.7 l', 'Home'],
  ['USB-C hub, 7 ports', 'Electronics'],
  ['Linen shirt', 'Clothing'],
] as const;

async function writeLake({ lakeTable }: SamplePorts, now: EpochMillis): Promise<void> {
  const put = async (table: LakeTable, rows: readonly BatchRow[]) => {
    await lakeTable(table.name).overwrite({
      schema: table.schema,
      batches: [batchOfRows(table.schema, rows)],
    });
  };
  await put(currentTable('orders'), sampleOrders(now));
  await put(
    currentTable('products'),
    PRODUCTS.map(([name, category], index) => ({
      product_id: index + 1,
      name,
      category,
      price: '19.90',
      stock: 5,
      active: true,
    })),
  );
  await put(
    PRODUCT_POPULARITY,
    [...PRODUCTS, ['sold, then deleted', '']].map((_, index) => ({
      product_id: index + 1,
      purchase_count: 400 - 40 * index,
      purchase_count_28d: 40 - 4 * index,
      units: BigInt(500 - 41 * index),
      revenue: `${18_250 - 2117 * index}.50`,
    })),
  );
  await put(
    USER_RFM,
    SEGMENTS.flatMap(([segment, customers, recency, frequency], kind) =>
      Array.from({ length: customers }, (_, index) => ({
        user_id: 1000 * kind + index + 1,
        recency: recency + (index % 5),
        frequency,
        monetary: `${frequency * 40}.25`,
        segment,
      })),
    ),
  );
  await put(RECOMMENDATIONS, sampleRecommendations(now));
}

const SEGMENTS = [
  ['Champions', 41, 3, 12],
  ['Loyal', 64, 14, 8],
  ['Potential loyalist', 52, 10, 3],
  ['New', 23, 2, 1],
  ['Need attention', 31, 45, 4],
  ['At risk', 38, 120, 6],
  ['Hibernating', 57, 160, 2],
  ['Lost', 29, 260, 1],
] as const;

/** 40 days with a weekly rhythm; every 7th order is cancelled, which takes it out of all revenue. */
function sampleOrders(now: EpochMillis): BatchRow[] {
  const rows: BatchRow[] = [];
  for (let daysAgo = 39; daysAgo >= 0; daysAgo--) {
    const midnight = now - (now % DAY_MS) - daysAgo * DAY_MS;
    const weekday = new Date(midnight).getUTCDay();
    const orders = 24 + ((weekday + 6) % 7) * 3 + ((daysAgo * 7) % 11) - (daysAgo === 0 ? 20 : 0);
    for (let n = 0; n < orders; n++) {
      rows.push({
        order_id: rows.length + 1,
        user_id: (n % 50) + 1,
        total_amount: `${20 + ((n * 13 + daysAgo * 5) % 90)}.40`,
        status: n % 7 === 6 ? 'cancelled' : 'completed',
        created_at: microsOfMillis(epochMillis(midnight + n * MINUTE_MS)),
      });
    }
  }
  return rows;
}

/** 60 answers of 2 items, a third of them yesterday's; every 6th is a fallback to popular products. */
function sampleRecommendations(now: EpochMillis): BatchRow[] {
  const sources = ['personal', 'als', 'popular'];
  return Array.from({ length: 120 }, (_, row) => {
    const answer = Math.floor(row / 2);
    const fallback = answer % 6 === 0 ? 'popular' : null;
    return {
      recommendation_id: `r${answer}`,
      user_id: (answer % 20) + 1,
      generated_at: microsOfMillis(epochMillis(now - (answer % 3 === 0 ? DAY_MS : 1000))),
      shelf: answer % 4 === 0 ? 'discover' : 'for-you',
      fallback,
      model_version: 'm-2',
      position: (row % 2) + 1,
      product_id: (row % 7) + 1,
      score: 0.5,
      source: fallback ?? sources[row % 3] ?? 'popular',
      reason: 'bought before',
    };
  });
}

async function writeMinutes(online: OnlineStore, now: EpochMillis): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const facts = Array.from({ length: 60 }, (_, minutesAgo) => ({
      fact: `${minutesAgo}`,
      version: 2n,
      adds:
        (minutesAgo + partition) % 4 === 3
          ? []
          : [REVENUE_FIELDS.cents, REVENUE_FIELDS.orders].map((field) => ({
              key: keys.revenue(epochMillis(now - minutesAgo * MINUTE_MS), partition),
              field,
              amount: field === REVENUE_FIELDS.orders ? 1n : BigInt(2490 + ((minutesAgo * 37) % 50) * 100),
            })),
    }));
    await online.contribute(`${changeTopic('orders')}-${partition}`, facts);
  }
}

async function writeControl(table: ControlTable, now: EpochMillis): Promise<void> {
  const ledger = createRunLedger(table, 'daily');
  const job = (name: string, startedAt: number, tookMs: number): JobRun => ({
    job: name,
    status: 'succeeded',
    attempts: 1,
    startedAt: epochMillis(startedAt),
    finishedAt: epochMillis(startedAt + tookMs),
    error: null,
    report: null,
  });
  for (const [index, minutesAgo] of [34, 24, 14, 4].entries()) {
    const startedAt = epochMillis(now - minutesAgo * MINUTE_MS);
    const runId = runIdAt(startedAt, `${index}`);
    const failed = index === 3;
    await ledger.writeRun(
      {
        runId,
        status: failed ? 'failed' : 'succeeded',
        startedAt,
        finishedAt: epochMillis(startedAt + 21_000),
        error: null,
      },
      1,
    );
    await ledger.writeJob(runId, job('build-features', startedAt, 6200), 1);
    await ledger.writeJob(runId, job('load-online-store', startedAt + 6200, 1400), 1);
    const train = job('train-model', startedAt + 7600, 13_400);
    const error = failed ? 'train-model failed: model m-3 lost against m-2 <b>' : null;
    await ledger.writeJob(runId, { ...train, status: failed ? 'failed' : 'succeeded', error }, 1);
  }
  const registry = createModelRegistry(table, ALS_RECOMMENDER);
  for (const [index, version] of ['m-1', 'm-2'].entries()) {
    const at = epochMillis(now - (24 - 10 * index) * MINUTE_MS);
    await registry.register({
      version,
      registeredAt: at,
      metrics: { ndcgAt10: 0.371, recallAt10: 0.288, hitRateAt10: 0.712, validationCustomers: 812 },
      baselines: {
        popularity: { ndcgAt10: 0.07, recallAt10: 0.051 },
        'personal frequency': { ndcgAt10: 0.342 },
      },
      lakeVersions: { 'current/orders': 12 },
      parameters: { rank: 32 },
    });
    await registry.promote(version, index === 0 ? null : 'm-1', at);
  }
  await recordAlert(table, {
    alertId: 'dead-letter/1',
    kind: 'dead-letter',
    at: epochMillis(now - 50 * MINUTE_MS),
    source: 'ingest-changes < ecommerce.public.orders',
    title: 'A record of ecommerce.public.orders could not be processed by ingest-changes',
    detail:
      'order has no id (record ecommerce.public.orders-1@41, 6 attempts; kept in ecommerce.public.orders.dead-letter)',
  });
}
