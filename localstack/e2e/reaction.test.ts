import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { recommend } from '../../functions/recommend/recommend.ts';
import { parseRecommendRequest } from '../../functions/recommend/request.ts';
import { updateOnlineState } from '../../functions/update-online-state/update-online-state.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import {
  BEHAVIOUR_TOPIC,
  type ChangeEvent,
  type EpochMillis,
  epochMillis,
} from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { memoryObjectStore } from '../../shared/lake/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import type { LearnedRanker } from '../../shared/ranking/index.ts';
import { servingStateReader } from '../../shared/serving/index.ts';
import { ChangeBuilder, itemRow, orderRow } from '../../shared/testing/changes.ts';
import {
  COFFEES,
  fillOnlineStore,
  learnedRanker,
  MUG,
  NOW,
  promoteModel,
  TEA_DRINKER,
} from '../../shared/testing/tea-and-coffee.ts';

// What update-online-state writes is what recommend reads: the two functions meet in the online store alone.

let folder: string;
let online: OnlineStore;
let eventLog: EventLog;
let ask: (user: number, query?: Record<string, string>) => ReturnType<typeof recommend>;
let promote: (version: string, learned?: LearnedRanker) => Promise<void>;
let now: EpochMillis;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reaction-'));
  online = openLmdbOnlineStore({ path: join(folder, 'online') });
  eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
  await eventLog.createTopics([{ topic: BEHAVIOUR_TOPIC, partitions: 1 }]);
  const controlTable = createMemoryControlTable();
  const store = memoryObjectStore();
  await fillOnlineStore(online);
  now = NOW;
  promote = (version, learned) =>
    promoteModel(version, { store, controlTable, ...(learned === undefined ? {} : { learned }) });
  await promote('v1');
  const servingState = servingStateReader({
    controlTable: async () => controlTable,
    objectStore: async () => store,
    online: async () => online,
    now: () => now,
    onStale: (error) => expect.unreachable(String(error)),
  });
  ask = (user, query = {}) =>
    recommend(parseRecommendRequest({ path: '', pathParameters: { userId: String(user) }, query }), {
      online,
      servingState,
      eventLog,
      now: () => NOW,
      newId: () => 'answer',
      newProducts: { share: 0.5, days: 30 },
    });
});
afterEach(async () => {
  await online.close();
  await eventLog.close();
  await rm(folder, { recursive: true, force: true });
});

const apply = (...changes: ChangeEvent[]) => updateOnlineState(changes, { online });
const placedNow = { created_at: new Date(NOW).toISOString() };

it('answers a purchase with the very next request, and its cancellation as well, by the same model', async () => {
  const db = new ChangeBuilder();
  const query = { n: '4', exclude: String(MUG) };
  const bought = COFFEES[2];
  const before = await ask(TEA_DRINKER, query);
  const order = orderRow(9_001, { user_id: TEA_DRINKER, ...placedNow });
  await apply(
    db.insert('orders', order),
    db.insert('order_items', itemRow(90_011, 9_001, { product_id: bought })),
  );
  const after = await ask(TEA_DRINKER, query);
  expect(before.items.map(({ productId }) => productId)).not.toContain(bought);
  expect(after.items).toContainEqual(
    expect.objectContaining({ productId: bought, source: 'personal', reason: 'you bought it today' }),
  );
  expect(after.modelVersion).toBe('v1');

  await apply(db.update('orders', order, { ...order, status: 'cancelled' }));
  expect(await ask(TEA_DRINKER, query)).toEqual(before);
});

it('answers a purchase at once by the trees of a learned ranker as well', async () => {
  const db = new ChangeBuilder();
  await promote('v2', await learnedRanker());
  now = epochMillis(NOW + 3_000);
  await vi.waitFor(async () => expect((await ask(TEA_DRINKER)).modelVersion).toBe('v2'));
  const query = { n: '5', exclude: String(MUG) };
  const [bought, next] = [COFFEES[2], COFFEES[1]];
  const before = await ask(TEA_DRINKER, query);
  const order = orderRow(9_004, { user_id: TEA_DRINKER, ...placedNow });
  await apply(
    db.insert('orders', order),
    db.insert('order_items', itemRow(90_041, 9_004, { product_id: bought })),
  );
  const after = await ask(TEA_DRINKER, query);
  const placeOf = (answer: typeof after, product: number | undefined): number =>
    answer.items.findIndex(({ productId }) => productId === product);
  expect(placeOf(before, bought)).toBe(-1);
  expect(after.items[placeOf(after, bought)]).toMatchObject({
    source: 'personal',
    reason: 'you bought it today',
  });
  expect(after.items[placeOf(after, next)]).toMatchObject({
    reason: `bought together with Coffee ${bought} in 10 orders`,
  });
  await apply(db.update('orders', order, { ...order, status: 'cancelled' }));
  expect(await ask(TEA_DRINKER, query)).toEqual(before);
});

it('shows what goes with a purchase to a customer who was unknown until then', async () => {
  const db = new ChangeBuilder();
  expect((await ask(500)).fallback).toBe('popular');
  await apply(
    db.insert('orders', orderRow(9_002, { user_id: 500, ...placedNow })),
    db.insert('order_items', itemRow(90_021, 9_002, { product_id: COFFEES[0] })),
  );
  const { fallback, items } = await ask(500, { shelf: 'discover', n: '2', exclude: String(MUG) });
  expect(fallback).toBeNull();
  expect(items.map(({ productId }) => productId as number).sort()).toEqual(COFFEES.slice(1));
});

it('takes a customer whose every order was cancelled for one without a history', async () => {
  const db = new ChangeBuilder();
  const order = orderRow(9_003, { user_id: 501, ...placedNow });
  await apply(
    db.insert('orders', order),
    db.insert('order_items', itemRow(90_031, 9_003, { product_id: COFFEES[0] })),
  );
  expect((await ask(501)).fallback).toBeNull();
  await apply(db.update('orders', order, { ...order, status: 'cancelled' }));
  expect(await ask(501)).toMatchObject({ fallback: 'popular', items: (await ask(502)).items });
});

it('drops a product with its last piece, with its deactivation and with its deletion', async () => {
  const db = new ChangeBuilder();
  const row = { product_id: MUG, name: 'Mug', category: 'Home', price: '4.50', stock: 1, active: true };
  const listsMug = async () =>
    (await ask(502, { n: '100' })).items.some(({ productId }) => productId === MUG);
  expect(await listsMug()).toBe(true);
  await apply(db.update('products', row, { ...row, stock: 0 }));
  expect(await listsMug()).toBe(false);
  await apply(db.update('products', row, row));
  expect(await listsMug()).toBe(true);
  await apply(db.update('products', row, { ...row, active: false }));
  expect(await listsMug()).toBe(false);
  await apply(db.update('products', row, row), db.delete('products', row));
  expect(await listsMug()).toBe(false);
});

it('shows a product that is created now, before anybody bought it', async () => {
  const db = new ChangeBuilder(NOW);
  const row = { product_id: 900, name: 'Kettle', category: 'Home', price: '9.50', stock: 1, active: true };
  const query = { n: '4' };
  expect((await ask(TEA_DRINKER, query)).items.map(({ source }) => source)).not.toContain('new');
  await apply(db.insert('products', row));
  now = epochMillis(NOW + 3_000);
  await vi.waitFor(async () =>
    expect((await ask(TEA_DRINKER, query)).items.at(-1)).toMatchObject({
      productId: 900,
      source: 'new',
      reason: 'new in the shop today',
    }),
  );
  await apply(db.update('products', row, { ...row, stock: 0 }));
  expect((await ask(TEA_DRINKER, query)).items.map(({ productId }) => productId as number)).not.toContain(
    900,
  );
});
