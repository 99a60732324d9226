import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPurchases } from '../../functions/train-model/read-source.ts';
import { updateOnlineState } from '../../functions/update-online-state/update-online-state.ts';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { type ChangeEvent, type EpochMillis, epochMillis, userId } from '../../shared/domain/index.ts';
import { fitAlsTo, foldedFactors, interactionsAt, rankerAt } from '../../shared/evaluation/fitted-als.ts';
import { labelledMoments } from '../../shared/evaluation/ranking-rows.ts';
import { PRODUCT_ALS } from '../../shared/evaluation/search-space.ts';
import { splitAt, type TemporalSplit } from '../../shared/evaluation/temporal-split.ts';
import { shopAt } from '../../shared/evaluation/train-learned.ts';
import { currentRowsAsOf, type QueryTable } from '../../shared/features/index.ts';
import { type BatchRow, rowsOfBatch } from '../../shared/lake/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import {
  basketsOf,
  DEFAULT_SETTINGS,
  decodeLearned,
  encodeLearned,
  FEATURE_NAMES,
  foldCustomer,
  LIST_KINDS,
  type ListKind,
  momentOf,
  type Purchase,
  type Ranker,
  type RankingMoment,
  rankingFeatures,
  signalsOf,
  viewOf,
} from '../../shared/ranking/index.ts';
import { readHistory } from '../../shared/serving/index.ts';
import { changeTopic, currentTable, rawBatch, rawTable } from '../../shared/tables/index.ts';
import { ChangeBuilder, itemRow, orderRow } from '../../shared/testing/changes.ts';
import { type CorrectedShop, correctedShop } from './corrected-shop.fixture.ts';

// Serving knows a customer from the online store, training from the lake. Both follow one shop here, change by change, and at every
// moment looked at, each computes its features of the customer from its own side alone.

const INSTANTS = 20;
const CUSTOMERS_PER_INSTANT = 50;
const PRODUCTS = 150;
const CATEGORIES = new Map(Array.from({ length: PRODUCTS }, (_, i) => [i + 1, `category ${i % 12}`]));

let folder: string;
let online: OnlineStore;
let lake: QueryFixture;
let shop: CorrectedShop;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-'));
  online = openLmdbOnlineStore({ path: join(folder, 'online') });
  lake = await openQueryFixture();
  shop = correctedShop({ customers: 80, products: PRODUCTS, days: 200 });
});
afterAll(async () => {
  await online.close();
  await lake.dispose();
  await rm(folder, { recursive: true, force: true });
});

it('serving computes at 1,000 past moments every feature as training does, to the last bit', async () => {
  const raw = await rawTables(shop.changes);
  let arrived = 0;
  const compared = { moments: 0, candidates: 0, bought: 0, differing: [] as string[] };
  for (const [index, at] of instants().entries()) {
    const known = shop.changes.filter(({ commitAt }) => commitAt < at);
    await deliver(known.slice(arrived), index);
    arrived = known.length;

    const split = await lakeAt(at, raw);
    const { trained, served } = await rankersAt(split);
    const customers = sample(index).map((customer) => ({
      customer,
      history: split.histories.get(customer) ?? [],
      // Whatever is to be found, the moment is the same: it makes the customer one of both kinds of list.
      truth: new Set([0]),
      novelTruth: new Set([0]),
    }));
    const training = [
      ...labelledMoments({ ranker: trained, cut: at, customers, factorsOf: foldedFactors(trained, at) }),
    ];
    for (const [row, { customer }] of customers.entries()) {
      const serving = await servingMoments(served, customer, at);
      for (const kind of LIST_KINDS) {
        const expected = training[row]?.[kind]?.moment;
        if (expected === undefined) throw new Error(`no ${kind} moment of customer ${customer} in training`);
        const what = `${kind} of customer ${customer} at ${new Date(at).toISOString()}`;
        compared.differing.push(...differences(serving[kind], expected, what));
        compared.candidates += expected.candidates.products.length;
      }
      compared.moments += 1;
      if (customers[row]!.history.length > 0) compared.bought += 1;
    }
  }
  expect(compared.differing.slice(0, 20)).toEqual([]);
  expect(compared.moments).toBe(INSTANTS * CUSTOMERS_PER_INSTANT);
  expect(compared.bought).toBeGreaterThan(800);
  expect(compared.candidates).toBeGreaterThan(50_000);
});

it('the moments are of a shop in which every kind of correction happened', () => {
  expect(Math.min(...Object.values(shop.corrections))).toBeGreaterThan(20);
});

it('serving counts an order dated ahead of its clock at once, as placed this moment; training waits for its time', async () => {
  const at = shop.end;
  const ahead = new Date(at + 60_000).toISOString();
  const db = new ChangeBuilder(at - 1_000);
  const customer = 9_999;
  const changes = [
    db.insert('orders', orderRow(900_001, { user_id: customer, created_at: ahead })),
    db.insert('order_items', itemRow(9_000_001, 900_001, { product_id: 7, price_per_unit: '5.10' })),
  ];
  await updateOnlineState(changes, { online });
  expect(await readHistory(userId(customer), at, online)).toEqual([
    { product: 7, basket: 900_001, at, quantity: 2, price: 5.1 },
  ]);
  const raw = await rawTables(changes);
  expect([...(await lakeAt(at, raw)).before]).toEqual([]);
  expect([...(await lakeAt(epochMillis(at + 60_001), raw)).before]).toMatchObject([
    { customer, at: at + 60_000 },
  ]);
});

/** Spread over the history; every fourth is the very millisecond of a commit, which neither side may know of. */
function instants(): EpochMillis[] {
  const span = shop.end - shop.start;
  return Array.from({ length: INSTANTS }, (_, i) => {
    const at = epochMillis(shop.start + Math.round(span * (0.1 + (0.9 * i) / INSTANTS)) + 377 * i);
    const next = shop.changes.find(({ commitAt }) => commitAt >= at);
    return i % 4 === 0 && next !== undefined ? next.commitAt : at;
  });
}

/** Another part of the customers at each instant. */
function sample(instant: number): readonly number[] {
  return Array.from(
    { length: CUSTOMERS_PER_INSTANT },
    (_, i) => shop.customers[(instant * 7 + i) % shop.customers.length]!,
  );
}

/** As the topics deliver: each table for itself, now orders first and now their lines, and a part of it once more. */
async function deliver(changes: readonly ChangeEvent[], instant: number): Promise<void> {
  const tables = instant % 2 === 0 ? ['orders', 'order_items'] : ['order_items', 'orders'];
  for (const table of tables) {
    const ofTable = changes.filter((change) => change.table === table);
    await updateOnlineState(ofTable, { online });
    await updateOnlineState(ofTable.slice(0, Math.floor(ofTable.length / 3)), { online });
  }
}

type SalesTable = 'orders' | 'order_items';
type RawTables = Readonly<Record<SalesTable, QueryTable>>;

/** With what lies at or after a moment, which is for the lake's queries to leave out. */
async function rawTables(changes: readonly ChangeEvent[]): Promise<RawTables> {
  const stored = (table: SalesTable): Promise<QueryTable> => {
    const positioned = changes
      .filter((change) => change.table === table)
      .map((change, offset) => ({ change, position: { topic: changeTopic(table), partition: 0, offset } }));
    const { batch, rejected } = rawBatch(table, positioned);
    if (rejected.length > 0) throw new Error(`no rows of raw/${table}: ${JSON.stringify(rejected)}`);
    return lake.store(rawTable(table).schema, rowsOfBatch(batch));
  };
  return { orders: await stored('orders'), order_items: await stored('order_items') };
}

/** What training reads of the lake as it stood at a moment. */
async function lakeAt(asOf: EpochMillis, raw: RawTables): Promise<TemporalSplit> {
  const { engine } = lake;
  const standing = async (table: SalesTable): Promise<QueryTable> => {
    const current = currentTable(table);
    const rows = await lake.rows(currentRowsAsOf(current, { engine, raw: raw[table], asOf }));
    return lake.store(current.schema, rows as BatchRow[]);
  };
  const [orders, orderItems] = [await standing('orders'), await standing('order_items')];
  const purchases = await readPurchases(
    { asOf, orders, orderItems },
    { engine, deadline: new AbortController().signal },
  );
  return splitAt(purchases, asOf, 14);
}

/** One ranker as training has it, and the same as serving reads it from the artifact. */
async function rankersAt(
  split: TemporalSplit,
): Promise<{ readonly trained: Ranker; readonly served: Ranker }> {
  const settings = DEFAULT_SETTINGS;
  const als = { ...PRODUCT_ALS, rank: 8, maxIter: 3 };
  const model = await fitAlsTo(interactionsAt(split, settings), als, { seed: 42 }, 'ALS');
  const learned = { shop: shopAt(split, CATEGORIES), trees: { any: null, novel: null } };
  const files = encodeLearned(learned).map(({ path, bytes }) => [path, bytes] as const);
  return {
    trained: rankerAt(split, model, settings, learned),
    served: rankerAt(split, model, settings, decodeLearned(new Map(files))),
  };
}

async function servingMoments(
  ranker: Ranker,
  customer: number,
  at: EpochMillis,
): Promise<Readonly<Record<ListKind, RankingMoment>>> {
  const history: Purchase[] = await readHistory(userId(customer), at, online);
  const signals = signalsOf(
    ranker,
    basketsOf(history),
    at,
    foldCustomer(ranker, basketsOf(history), at)?.factors ?? null,
  );
  const view = viewOf(ranker, basketsOf(history), at, signals);
  if (view === null) throw new Error('the artifact holds no shop');
  return { any: momentOf(view, 'any'), novel: momentOf(view, 'novel') };
}

/** Candidates that only one side has or that stand elsewhere, and features that are not the same number. */
function differences(serving: RankingMoment, training: RankingMoment, what: string): string[] {
  const [ours, theirs] = [serving.candidates.products, training.candidates.products];
  if (ours.join() !== theirs.join()) return [`candidates for ${what}: ${ours.join()} and ${theirs.join()}`];
  // What features are made of is of 64 bits, where theirs are of 32.
  if (!isDeepStrictEqual(serving.customer, training.customer)) return [`statistics for ${what}`];
  const [served, trained] = [rankingFeatures(serving), rankingFeatures(training)];
  const found: string[] = [];
  trained.forEach((value, at) => {
    if (Object.is(served[at], value)) return;
    const product = ours[Math.floor(at / FEATURE_NAMES.length)];
    const feature = FEATURE_NAMES[at % FEATURE_NAMES.length];
    found.push(`${feature} of product ${product} for ${what}: ${served[at]} and ${value}`);
  });
  return found;
}
