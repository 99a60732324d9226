import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildRecommendations } from '../../functions/build-recommendations/build-recommendations.ts';
import { recommend } from '../../functions/recommend/recommend.ts';
import { parseRecommendRequest } from '../../functions/recommend/request.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { uniform } from '../../shared/als/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { BEHAVIOUR_TOPIC, DAY_MS, epochMillis } from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { batchOfRows } from '../../shared/lake/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { readServingState } from '../../shared/serving/index.ts';
import { BATCH_RECOMMENDATIONS, currentTable } from '../../shared/tables/index.ts';
import { memoryLake } from '../../shared/testing/memory-lake.ts';
import {
  type CustomerOrder,
  fillOnlineStore,
  learnedRanker,
  NOW,
  ORDERS,
  product,
  promoteModel,
  putCreated,
  putOrder,
  putPopularity,
  putProducts,
} from '../../shared/testing/tea-and-coffee.ts';

// The lists that build-recommendations writes are the answers that recommend gives at the same moment.

const CUSTOMERS = Array.from({ length: 50 }, (_, i) => i + 1);
const LIST_LENGTH = 20;
const NEW_PRODUCTS = [901, 902, 903];
/** Beside those that the model knows. */
const MORE_PRODUCTS = Array.from({ length: 60 }, (_, i) => 100 + i);

let folder: string;
let online: OnlineStore;
let eventLog: EventLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'as-served-'));
  online = openLmdbOnlineStore({ path: join(folder, 'online') });
  eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
  await eventLog.createTopics([{ topic: BEHAVIOUR_TOPIC, partitions: 1 }]);
});
afterEach(async () => {
  await online.close();
  await eventLog.close();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['before a model is trained', async () => null],
  ['by the blend', async () => undefined],
  ['by trees', learnedRanker],
])('writes for every customer what a request is answered %s', async (_, trained) => {
  const lake = memoryLake();
  const controlTable = createMemoryControlTable();
  await openShop();
  const learned = await trained();
  if (learned !== null)
    await promoteModel('v1', { store: lake.store, controlTable, ...(learned && { learned }) });
  const users = currentTable('users');
  await lake.table(users.name).append({
    schema: users.schema,
    batches: [
      batchOfRows(
        users.schema,
        CUSTOMERS.map((id) => ({ user_id: id })),
      ),
    ],
  });
  const servingState = () =>
    readServingState({
      controlTable: async () => controlTable,
      objectStore: async () => lake.store,
      online: async () => online,
      now: () => NOW,
    });

  const newProducts = { share: 0.05, days: 30 };
  await buildRecommendations(
    { runId: 'run-1', asOf: NOW },
    {
      lakeTable: lake.table,
      objectStore: lake.store,
      online,
      servingState,
      now: () => NOW,
      deadline: new AbortController().signal,
      onProgress: () => undefined,
      newProducts,
    },
  );

  const answers = [];
  for (const user of CUSTOMERS) {
    const request = parseRecommendRequest({
      path: '',
      pathParameters: { userId: String(user) },
      query: { n: String(LIST_LENGTH) },
    });
    const ports = { online, servingState, eventLog, now: () => NOW, newId: () => 'answer', newProducts };
    const { items, fallback, modelVersion, generatedAt } = await recommend(request, ports);
    for (const [place, { productId, score, source, reason }] of items.entries())
      answers.push({
        user_id: user,
        shelf: 'for-you',
        position: place + 1,
        product_id: productId,
        score,
        source,
        reason,
        fallback,
        model_version: modelVersion,
        generated_at: BigInt(Date.parse(generatedAt)) * 1_000n,
      });
  }
  expect(answers).toHaveLength(LIST_LENGTH * CUSTOMERS.length);
  expect(answers.filter(({ source }) => source === 'new')).toHaveLength(CUSTOMERS.length);
  expect(await lake.rows(BATCH_RECOMMENDATIONS.name)).toEqual(answers);
});

/**
 * Customers 30, 40 and 50 never bought anything, some products cannot be sold, some were bought since the features were built, and some
 * are new.
 */
async function openShop(): Promise<void> {
  const next = uniform(7, 'purchases');
  const draw = (below: number): number => Math.floor(below * next());
  await fillOnlineStore(online);
  const states = [{}, {}, {}, { stock: 0 }, { active: false }];
  await putProducts(
    online,
    new Map(MORE_PRODUCTS.map((id) => [id, product({ name: `Thing ${id}`, ...states[id % states.length] })])),
  );
  await putProducts(online, new Map(NEW_PRODUCTS.map((id) => [id, product({ name: `New ${id}` })])));
  for (const id of NEW_PRODUCTS) await putCreated(online, id, epochMillis(NOW - DAY_MS));
  const orders: CustomerOrder[] = Array.from({ length: 400 }, (_, order) => ({
    customer: CUSTOMERS.filter((id) => id % 10 !== 0)[draw(45)]!,
    order: 10_000 + order,
    at: epochMillis(NOW - draw(120) * DAY_MS),
    products: Array.from({ length: 1 + draw(6) }, () => MORE_PRODUCTS[draw(MORE_PRODUCTS.length - 5)]!),
  }));
  for (const order of orders) await putOrder(online, order);
  await putPopularity(online, [...ORDERS, ...orders], NOW);
  await putOrder(online, { customer: 1, order: 20_000, at: NOW, products: MORE_PRODUCTS.slice(-5) });
}
