import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import type { ControlTable } from '../../shared/control/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { DAY_MS, decodeBehaviourEvent, epochMillis } from '../../shared/domain/index.ts';
import type { NewRecord } from '../../shared/kafka/index.ts';
import { memoryObjectStore, type ObjectStore } from '../../shared/lake/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { servingStateReader } from '../../shared/serving/index.ts';
import {
  COFFEES,
  fillOnlineStore,
  learnedRanker,
  MUG,
  NOW,
  ORDERS,
  product,
  promoteModel,
  putCreated,
  putPopularity,
  putProducts,
  TEA_DRINKER,
  TEAS,
} from '../../shared/testing/tea-and-coffee.ts';
import { type Answer, type RecommendPorts, recommend } from './recommend.ts';
import { parseRecommendRequest } from './request.ts';

// The shelves beside a customer's own: what stands around products, what trends, and what is new.

const [TEA, NEXT_TEA] = TEAS as [number, number, number];
const NEVER_SOLD = 901;

let folder: string;
let online: OnlineStore;
let controlTable: ControlTable;
let store: ObjectStore;
let recorded: NewRecord[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelves-'));
  online = openLmdbOnlineStore({ path: folder });
  await fillOnlineStore(online);
  controlTable = createMemoryControlTable();
  store = memoryObjectStore();
  recorded = [];
});
afterEach(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

/** A function that has just started. */
function coldStart(over: Partial<RecommendPorts> = {}) {
  const servingState = servingStateReader({
    controlTable: async () => controlTable,
    objectStore: async () => store,
    online: async () => online,
    now: () => NOW,
    onStale: (error) => expect.unreachable(String(error)),
  });
  return (
    path: string,
    query: Record<string, string> = {},
    pathParameters: Record<string, string> = {},
  ): Promise<Answer> =>
    recommend(parseRecommendRequest({ path, pathParameters, query }), {
      online,
      servingState,
      eventLog: {
        append: async (records) => {
          recorded.push(...records);
          return [];
        },
      },
      now: () => NOW,
      newId: () => 'answer',
      ...over,
    });
}

type Ask = ReturnType<typeof coldStart>;
const ofProduct = (ask: Ask, shelf: string, id: number, query: Record<string, string> = {}) =>
  ask(`/v1/products/${id}/${shelf}`, query, { productId: String(id) });
const ofCustomer = (ask: Ask, id: number, query: Record<string, string> = {}) =>
  ask(`/v1/recommendations/${id}`, query, { userId: String(id) });
const productsOf = ({ items }: Answer): number[] => items.map(({ productId }) => productId);
const promote = async () => promoteModel('v1', { store, controlTable, learned: await learnedRanker() });

describe('similar', () => {
  it('answers for a product what it is, and why each item stands there', async () => {
    await promote();
    const answer = await ofProduct(coldStart(), 'similar', TEA, { n: '2' });
    expect(answer).toMatchObject({ productId: TEA, modelVersion: 'v1', fallback: null });
    expect(answer).not.toHaveProperty('userId');
    expect(productsOf(answer).sort()).toEqual(TEAS.slice(1));
    expect(answer.items[0]).toEqual({
      productId: expect.any(Number),
      name: expect.stringMatching(/^Tea /),
      category: 'Tea',
      price: '4.50',
      score: expect.any(Number),
      source: 'als',
      reason: 'like Tea 1, by who buys it',
    });
  });

  it('shows what is popular of its category beside a product that nobody bought yet', async () => {
    await putProducts(online, new Map([[NEVER_SOLD, product({ name: 'Coffee 901', category: 'Coffee' })]]));
    await promote();
    const answer = await ofProduct(coldStart(), 'similar', NEVER_SOLD, { n: '4' });
    expect(answer.fallback).toBe('popular');
    expect(productsOf(answer).slice(0, 3).sort()).toEqual(COFFEES);
    expect(productsOf(answer)[3]).toBe(MUG);
  });

  it('answers for a product that is sold out, and not for one that the shop does not have', async () => {
    await putProducts(
      online,
      new Map([
        [TEA, product({ stock: 0 })],
        [NEXT_TEA, null],
      ]),
      2n,
    );
    await promote();
    const ask = coldStart();
    const answer = await ofProduct(ask, 'similar', TEA);
    expect(productsOf(answer)).not.toContain(TEA);
    expect(productsOf(answer)).not.toContain(NEXT_TEA);
    expect(answer.items.length).toBeGreaterThan(0);
    for (const id of [NEXT_TEA, 4_711])
      await expect(ofProduct(ask, 'similar', id)).rejects.toMatchObject({
        code: 'not_found',
        message: `the shop has no product ${id}`,
      });
  });
});

describe('bought-together', () => {
  it('counts the orders that held both', async () => {
    await promote();
    const { fallback, items } = await ofProduct(coldStart(), 'bought-together', TEA, { n: '1' });
    const orders = ORDERS.filter(
      ({ products }) => products.includes(TEA) && products.includes(items[0]!.productId),
    );
    expect(fallback).toBeNull();
    expect(items[0]).toMatchObject({
      source: 'together',
      reason: `bought together with Tea 1 in ${orders.length} orders`,
    });
  });
});

describe('basket', () => {
  it('adds to what lies in it, and lists nothing of it', async () => {
    await promote();
    const answer = await ofCustomer(coldStart(), TEA_DRINKER, {
      shelf: 'basket',
      basket: `${TEA},${COFFEES[0]},4711`,
      n: '100',
    });
    expect(answer).toMatchObject({ userId: TEA_DRINKER, fallback: null });
    expect(productsOf(answer).sort((a, b) => a - b)).toEqual([...TEAS.slice(1), ...COFFEES.slice(1), MUG]);
    expect(answer.items.slice(0, 4).every(({ source }) => source === 'together')).toBe(true);
  });
});

describe('trending', () => {
  it('is what sells at this moment, before what sold more in all', async () => {
    const { fallback, items } = await coldStart()('/v1/trending', { n: '2' });
    expect(fallback).toBeNull();
    expect(items[0]).toMatchObject({
      productId: MUG,
      source: 'trending',
      reason: 'trending: 20 orders in the last 14 days',
    });
  });
});

describe('customers without a history', () => {
  it('are shown what those chose who bought for the first time lately', async () => {
    const first = Array.from({ length: 30 }, (_, i) => ({
      customer: 1_000 + i,
      order: 5_000 + i,
      at: epochMillis(NOW - DAY_MS),
      products: [TEA],
    }));
    await putPopularity(online, [...ORDERS, ...first], NOW);
    const { fallback, items } = await ofCustomer(coldStart(), 999, { n: '2' });
    expect(fallback).toBe('popular');
    expect(items).toMatchObject([
      { productId: TEA, source: 'newcomers', reason: 'popular in first orders of customers' },
      { productId: MUG, source: 'popular' },
    ]);
  });
});

describe('a product that is new in the shop', () => {
  it('has its share of places before anybody bought it, once it can be sold', async () => {
    await putCreated(online, NEVER_SOLD, epochMillis(NOW - 3 * DAY_MS));
    const newProducts = { share: 0.5, days: 30 };
    const ask = coldStart({ newProducts });
    const shown = async (query: Record<string, string> = {}) =>
      (await ofCustomer(ask, TEA_DRINKER, { n: '2', ...query })).items.filter(
        ({ source }) => source === 'new',
      );
    expect(await shown()).toEqual([]);
    await putProducts(online, new Map([[NEVER_SOLD, product({ name: 'Kettle' })]]));
    expect(await shown()).toMatchObject([
      { productId: NEVER_SOLD, name: 'Kettle', reason: 'new in the shop for 3 days' },
    ]);
    expect(await shown({ shelf: 'discover' })).toHaveLength(1);
    for (const query of [{ shelf: 'buy-again' }, { category: 'Tea' }, { exclude: String(NEVER_SOLD) }])
      expect(await shown(query)).toEqual([]);
    expect(
      (await ofCustomer(coldStart(), TEA_DRINKER, { n: '2' })).items.map(({ source }) => source),
    ).not.toContain('new');
  });
});

describe('every shelf of nobody', () => {
  const shelves = [
    ['similar', (ask: Ask, query: Record<string, string>) => ofProduct(ask, 'similar', TEA, query), [TEA]],
    [
      'bought-together',
      (ask: Ask, query: Record<string, string>) => ofProduct(ask, 'bought-together', TEA, query),
      [TEA],
    ],
    ['trending', (ask: Ask, query: Record<string, string>) => ask('/v1/trending', query), []],
  ] as const;

  it.each(shelves)('%s lists only what can be sold, of the category and not excluded', async (_, list) => {
    await putProducts(online, new Map([[COFFEES[0]!, product({ category: 'Coffee', stock: 0 })]]), 2n);
    await putProducts(online, new Map([[COFFEES[1]!, product({ category: 'Coffee', active: false })]]), 2n);
    await promote();
    const ask = coldStart();
    expect(productsOf(await list(ask, { category: 'Coffee' }))).toEqual([COFFEES[2]]);
    const listed = productsOf(await list(ask, { exclude: `${MUG},${NEXT_TEA}`, n: '100' }));
    expect(
      listed.filter((id) => id === MUG || id === NEXT_TEA || id === COFFEES[0] || id === COFFEES[1]),
    ).toEqual([]);
    expect(listed).toContain(COFFEES[2]);
  });

  it.each(shelves)('%s is recorded as of nobody, with what it was about', async (shelf, list, about) => {
    await promote();
    const answer = await list(coldStart(), { n: '1' });
    expect(recorded).toHaveLength(1);
    expect(Buffer.from(recorded[0]!.key!).toString()).toBe('answer');
    expect(decodeBehaviourEvent(recorded[0]!.value)).toMatchObject({
      kind: 'event',
      event: {
        userId: null,
        shelf,
        about,
        recommendationId: 'answer',
        items: [{ productId: answer.items[0]!.productId, source: answer.items[0]!.source }],
      },
    });
  });
});
