import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import type { ControlTable } from '../../shared/control/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import {
  BEHAVIOUR_TOPIC,
  DAY_MS,
  decodeBehaviourEvent,
  type EpochMillis,
  epochMillis,
} from '../../shared/domain/index.ts';
import type { EventLog, KafkaRecord } from '../../shared/kafka/index.ts';
import { memoryObjectStore, type ObjectStore } from '../../shared/lake/index.ts';
import type { OnlineProduct, OnlineStore } from '../../shared/online/index.ts';
import { servingStateReader } from '../../shared/serving/index.ts';
import {
  COFFEES,
  fillOnlineStore,
  MUG,
  NOW,
  ORDERS,
  product,
  promoteModel,
  putOrder,
  putPopularity,
  putProducts,
  TEA_DRINKER,
  TEAS,
} from '../../shared/testing/tea-and-coffee.ts';
import { type Answer, recommend } from './recommend.ts';
import { parseRecommendRequest } from './request.ts';

let folder: string;
let online: OnlineStore;
let eventLog: EventLog;
let controlTable: ControlTable;
let store: ObjectStore;
let now: EpochMillis;
let ids: number;
let opened = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recommend-'));
  online = openLmdbOnlineStore({ path: join(folder, 'online') });
  eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
  await eventLog.createTopics([{ topic: BEHAVIOUR_TOPIC, partitions: 2 }]);
  controlTable = createMemoryControlTable();
  store = memoryObjectStore();
  now = NOW;
  ids = 0;
});
afterEach(async () => {
  await online.close();
  await eventLog.close();
  await rm(folder, { recursive: true, force: true });
});

/** A function that has just started, which asks and answers as the handler does. */
function coldStart(store_ = online) {
  const servingState = servingStateReader({
    controlTable: async () => controlTable,
    objectStore: async () => store,
    online: async () => store_,
    now: () => now,
    onStale: (error) => expect.unreachable(String(error)),
  });
  return (user: number, query: Record<string, string> = {}): Promise<Answer> =>
    recommend(parseRecommendRequest({ path: '', pathParameters: { userId: String(user) }, query }), {
      online: store_,
      servingState,
      eventLog,
      now: () => now,
      newId: () => `answer-${++ids}`,
    });
}

const productsOf = ({ items }: Answer): number[] => items.map(({ productId }) => productId);

describe('recommend', () => {
  it('answers from the history, with the live model, what each item is and why', async () => {
    await fillOnlineStore(online);
    await promoteModel('v1', { store, controlTable });
    const answer = await coldStart()(TEA_DRINKER, { n: '3' });
    expect(answer).toMatchObject({
      userId: TEA_DRINKER,
      recommendationId: 'answer-1',
      modelVersion: 'v1',
      generatedAt: '2026-11-23T12:00:00.000Z',
      fallback: null,
    });
    expect(answer.items).toHaveLength(3);
    expect(answer.items).toContainEqual({
      productId: 3,
      name: 'Tea 3',
      category: 'Tea',
      price: '4.50',
      score: expect.any(Number),
      source: 'personal',
      reason: 'you buy it about every 30 days, last time 60 days ago',
    });
  });

  it('names the purchase behind what it predicts', async () => {
    await fillOnlineStore(online);
    await promoteModel('v1', { store, controlTable });
    await putOrder(online, { customer: 99, order: 9_000, at: epochMillis(NOW - DAY_MS), products: [1] });
    const { items } = await coldStart()(99, { shelf: 'discover', category: 'Tea' });
    expect(items[0]).toMatchObject({ source: 'als', reason: 'like what you bought: Tea 1' });
  });

  it('lists only what is in stock, active, of the category and not excluded, and all of that, however deep it lies', async () => {
    await fc.assert(
      fc.asyncProperty(catalogues, requests, async (rows, query) => {
        const ownStore = openLmdbOnlineStore({ path: join(folder, `shop-${opened++}`) });
        try {
          const catalogue = new Map(rows.map((row, i) => [i + 1, row]));
          await putProducts(ownStore, new Map([...catalogue].map(([id, row]) => [id, row ?? product()])));
          await putProducts(ownStore, catalogue, 2n);
          const orders = rows.map((_, i) => ({
            customer: 1 + (i % 3),
            order: i + 1,
            at: NOW,
            products: [i + 1],
          }));
          for (const order of orders) await putOrder(ownStore, order);
          await putPopularity(ownStore, orders, epochMillis(NOW + 1));
          const excluded = new Set((query.exclude ?? '').split(',').map(Number));
          const sellable = [...catalogue]
            .filter(([id, row]) => row?.active === true && row.stock > 0 && !excluded.has(id))
            .filter(([, row]) => query.category === undefined || row?.category === query.category)
            .map(([id]) => id);
          const listed = productsOf(await coldStart(ownStore)(Number(query.user), queryOf(query)));
          expect(sellable).toEqual(expect.arrayContaining(listed));
          expect(new Set(listed).size).toBe(listed.length);
          if (query.shelf === 'for-you') {
            expect(listed).toHaveLength(Math.min(Number(query.n), sellable.length));
          }
        } finally {
          await ownStore.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stops at the end of the catalogue', async () => {
    await fillOnlineStore(online);
    const listed = productsOf(await coldStart()(TEA_DRINKER, { n: '100' }));
    expect([...listed].sort((a, b) => a - b)).toEqual([...TEAS, ...COFFEES, MUG]);
  });

  it('shows what is popular to a customer without a history, and to one with nothing left on the shelf', async () => {
    await fillOnlineStore(online);
    const ask = coldStart();
    expect(await ask(999, { n: '1' })).toMatchObject({
      fallback: 'popular',
      items: [{ productId: MUG, source: 'popular', reason: 'popular in the last 14 days: 20 orders' }],
    });
    const nothingOwn = await ask(TEA_DRINKER, { shelf: 'buy-again', category: 'Coffee' });
    expect(nothingOwn.fallback).toBe('popular');
    expect(productsOf(nothingOwn).sort()).toEqual(COFFEES);
  });

  it('answers before a model is trained, and before features are built', async () => {
    await putProducts(online, new Map(TEAS.map((id) => [id, product()])));
    await putOrder(online, { customer: 5, order: 1, at: epochMillis(NOW - DAY_MS), products: [2] });
    const ask = coldStart();
    expect(await ask(5)).toMatchObject({
      modelVersion: null,
      fallback: null,
      items: [{ productId: 2, source: 'personal', reason: 'you bought it 1 day ago' }],
    });
    expect(await ask(6)).toMatchObject({ modelVersion: null, fallback: 'popular', items: [] });
  });

  it('looks at a history that has ended from its end', async () => {
    await fillOnlineStore(online);
    now = epochMillis(NOW + 5 * 365 * DAY_MS);
    const { items, generatedAt } = await coldStart()(TEA_DRINKER, { exclude: String(MUG), n: '1' });
    expect(generatedAt).toBe('2031-11-22T12:00:00.000Z');
    expect(items[0]?.reason).toMatch(/last time 60 days ago$/);
  });

  it('records every answer as it was given', async () => {
    await fillOnlineStore(online);
    const ask = coldStart();
    const answers = [
      await ask(TEA_DRINKER, { n: '2' }),
      await ask(999, { shelf: 'discover', n: '1' }),
      await ask(7, { category: 'Furniture' }),
    ];
    const events = await servedEvents(answers.length);
    const expected = answers.map(({ items, generatedAt, ...answer }, i) => ({
      type: 'served',
      ...answer,
      generatedAt: Date.parse(generatedAt),
      shelf: ['for-you', 'discover', 'for-you'][i],
      about: [],
      featureSet: null,
      items: items.map(({ productId, score, source, reason }) => ({
        productId,
        score,
        source,
        reason,
        features: null,
      })),
    }));
    expect(events).toHaveLength(answers.length);
    expect(events).toEqual(expect.arrayContaining(expected));
  });

  it('gives no answer that it could not record', async () => {
    await fillOnlineStore(online);
    await eventLog.close();
    await expect(coldStart()(TEA_DRINKER)).rejects.toThrow();
    eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
    expect(await eventLog.positions(BEHAVIOUR_TOPIC)).toMatchObject([{ latest: 0 }, { latest: 0 }]);
  });

  it('knows of no order but those of the customer asked for', async () => {
    await fillOnlineStore(online);
    const ask = coldStart();
    const owned = ORDERS.filter(({ customer }) => customer === 7).flatMap(({ products }) => products);
    expect(productsOf(await ask(7, { shelf: 'buy-again' })).sort()).toEqual([...new Set(owned)].sort());
  });
});

/** null: deleted. Most of the catalogue cannot be sold, so that a short answer lies deep. */
const catalogues: fc.Arbitrary<(OnlineProduct | null)[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 6,
      arbitrary: fc
        .record({
          category: fc.constantFrom('Tea', 'Coffee'),
          stock: fc.constantFrom(0, 0, 0, 3),
          active: fc.constantFrom(true, true, false),
        })
        .map((over) => product(over)),
    },
  ),
  { minLength: 1, maxLength: 90 },
);

interface RandomRequest {
  readonly user: string;
  readonly n: string;
  readonly shelf: string;
  readonly category?: string | undefined;
  readonly exclude?: string | undefined;
}

const requests: fc.Arbitrary<RandomRequest> = fc.record({
  user: fc.constantFrom('1', '2', '99'),
  n: fc.constantFrom('1', '2', '5', '100'),
  shelf: fc.constantFrom('for-you', 'buy-again', 'discover'),
  category: fc.option(fc.constantFrom('Tea', 'Coffee', 'Furniture'), { nil: undefined }),
  exclude: fc.option(
    fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 10 }).map((list) => list.join(',')),
    { nil: undefined },
  ),
});

function queryOf({ n, shelf, category, exclude }: RandomRequest): Record<string, string> {
  return {
    n,
    shelf,
    ...(category === undefined ? {} : { category }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

/** What lies in the topic once it holds `count` records. */
async function servedEvents(count: number): Promise<unknown[]> {
  const records: KafkaRecord[] = [];
  const consumer = await eventLog.subscribe({
    groupId: 'test',
    topic: BEHAVIOUR_TOPIC,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (delivered) => {
      records.push(...delivered);
    },
    onError: (error) => expect.unreachable(String(error)),
  });
  await vi.waitFor(() => expect(records.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });
  await consumer.stop();
  return records.map(({ value }) => {
    const decoded = decodeBehaviourEvent(value);
    return decoded.kind === 'event' ? decoded.event : decoded;
  });
}
