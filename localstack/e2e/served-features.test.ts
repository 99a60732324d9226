import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ingestRecommendations } from '../../functions/ingest-recommendations/ingest-recommendations.ts';
import { recommend } from '../../functions/recommend/recommend.ts';
import { parseRecommendRequest } from '../../functions/recommend/request.ts';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { BEHAVIOUR_TOPIC, type UserId, userId } from '../../shared/domain/index.ts';
import type { EventLog, KafkaRecord } from '../../shared/kafka/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import {
  basketsOf,
  FEATURE_NAMES,
  FEATURE_SET,
  foldCustomer,
  type LearnedRanker,
  type ListKind,
  momentOf,
  rankingFeatures,
  signalsOf,
  viewOf,
} from '../../shared/ranking/index.ts';
import { readHistory, servingStateReader } from '../../shared/serving/index.ts';
import { pinnedTable, RECOMMENDATIONS } from '../../shared/tables/index.ts';
import {
  fillOnlineStore,
  learnedRanker,
  NOW,
  promoteModel,
  TEA_DRINKER,
} from '../../shared/testing/tea-and-coffee.ts';
import { predictRows, type RankingRows } from '../../shared/trees/index.ts';

// From an answer through the topic into the lake, and from there into rows that trees can be trained on.

let folder: string;
let online: OnlineStore;
let eventLog: EventLog;
let lake: QueryFixture;
let learned: LearnedRanker;
let servingState: ReturnType<typeof servingStateReader>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'served-features-'));
  online = openLmdbOnlineStore({ path: join(folder, 'online') });
  eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
  await eventLog.createTopics([{ topic: BEHAVIOUR_TOPIC, partitions: 1 }]);
  lake = await openQueryFixture();
  await fillOnlineStore(online);
  learned = await learnedRanker();
  const controlTable = createMemoryControlTable();
  await promoteModel('v1', { store: lake.objectStore, controlTable, learned });
  servingState = servingStateReader({
    controlTable: async () => controlTable,
    objectStore: async () => lake.objectStore,
    online: async () => online,
    now: () => NOW,
    onStale: (error) => expect.unreachable(String(error)),
  });
});
afterEach(async () => {
  await online.close();
  await eventLog.close();
  await lake.dispose();
  await rm(folder, { recursive: true, force: true });
});

it('rows to train on are in the lake as they were served, to the last bit', async () => {
  const customers = [TEA_DRINKER, userId(3), userId(4)];
  for (const customer of customers) {
    for (const shelf of ['for-you', 'discover']) await ask(customer, { shelf });
  }
  await ingest(6);

  for (const [kind, shelf] of [
    ['any', 'for-you'],
    ['novel', 'discover'],
  ] as const) {
    const served = await servedRows(shelf);
    expect(served.map(({ user }) => user)).toEqual(customers);
    for (const { user, products, scores, rows } of served) {
      const again = new Float64Array(products.length);
      predictRows(learned.trees[kind]!, rows.features, again);
      expect([...again]).toEqual(scores);
      expect(rows.features).toEqual(await featuresNow(user, kind, products));
    }
  }
});

it('a list that no trees ranked is in the lake without features', async () => {
  await ask(TEA_DRINKER, { shelf: 'basket', basket: '1' });
  await ask(userId(999), {});
  await ingest(2);
  const rows = await query('SELECT DISTINCT feature_set, features FROM served');
  expect(rows).toEqual([{ feature_set: null, features: null }]);
});

it('an answer tells how each score comes about only where it is asked to', async () => {
  const plain = await ask(TEA_DRINKER, {});
  expect(plain.items.some((item) => 'explanation' in item)).toBe(false);
  const explained = await ask(TEA_DRINKER, { explain: 'true' });
  expect(explained.items.map(({ explanation: _, ...item }) => item)).toEqual(plain.items);
  for (const { score, explanation } of explained.items) {
    const { rankedBy, base, contributions } = JSON.parse(JSON.stringify(explanation)) as NonNullable<
      typeof explanation
    >;
    expect(rankedBy).toBe('trees');
    expect(contributions.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(score, 9);
  }
});

function ask(customer: UserId, query: Record<string, string>) {
  let id = 0;
  const pathParameters = { userId: String(customer) };
  return recommend(parseRecommendRequest({ path: '', pathParameters, query }), {
    online,
    servingState,
    eventLog,
    now: () => NOW,
    newId: () => `answer-${customer}-${query.shelf}-${id++}`,
  });
}

async function ingest(answers: number): Promise<void> {
  const records: KafkaRecord[] = [];
  const consumer = await eventLog.subscribe({
    groupId: 'ingest-recommendations',
    topic: BEHAVIOUR_TOPIC,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (delivered) => {
      records.push(...delivered);
    },
    onError: (error) => expect.unreachable(String(error)),
  });
  await vi.waitFor(() => expect(records).toHaveLength(answers), { timeout: 5_000 });
  await consumer.stop();
  await ingestRecommendations(records, {
    lakeTable: lake.lakeTable,
    eventLog,
    eventLogIncarnation: 'log-1',
    now: () => NOW,
  });
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const snapshot = await lake.lakeTable(RECOMMENDATIONS.name).snapshot();
  const served = await pinnedTable(RECOMMENDATIONS, snapshot, lake.objectStore);
  return lake.rows(lake.engine.query(sql, { tables: { served } }));
}

interface ServedList {
  readonly user: number;
  readonly products: readonly number[];
  readonly scores: readonly number[];
  /** Without labels: what was bought of it comes later. */
  readonly rows: Pick<RankingRows, 'features' | 'groups' | 'featureNames'>;
}

async function servedRows(shelf: string): Promise<ServedList[]> {
  const lists = await query(`
    SELECT user_id, list(product_id ORDER BY position) AS products, list(score ORDER BY position) AS scores,
           list(features ORDER BY position) AS features
    FROM served WHERE shelf = '${shelf}' AND feature_set = '${FEATURE_SET}'
    GROUP BY user_id, recommendation_id ORDER BY user_id`);
  return lists.map(({ user_id, products, scores, features }) => {
    const values = (features as (number | null)[][]).flat();
    return {
      user: user_id as number,
      products: products as number[],
      scores: scores as number[],
      rows: {
        features: Float32Array.from(values, (value) => value ?? Number.NaN),
        groups: Int32Array.of((products as number[]).length),
        featureNames: FEATURE_NAMES,
      },
    };
  });
}

/** As training computes them of the same history and shop, of these candidates. */
async function featuresNow(
  customer: number,
  kind: ListKind,
  products: readonly number[],
): Promise<Float32Array> {
  const { ranker } = await servingState();
  const history = await readHistory(userId(customer), NOW, online);
  const signals = signalsOf(
    ranker,
    basketsOf(history),
    NOW,
    foldCustomer(ranker, basketsOf(history), NOW)?.factors ?? null,
  );
  const moment = momentOf(viewOf(ranker, basketsOf(history), NOW, signals)!, kind);
  const rows = rankingFeatures(moment);
  return Float32Array.from(
    products.flatMap((product) => {
      const row = moment.candidates.products.indexOf(product);
      return [...rows.subarray(row * FEATURE_NAMES.length, (row + 1) * FEATURE_NAMES.length)];
    }),
  );
}
