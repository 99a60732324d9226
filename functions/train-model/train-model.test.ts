import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { decodeModel } from '../../shared/als/index.ts';
import { type ControlTable, createModelRegistry, type Metrics } from '../../shared/control/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { DAY_MS, epochMillis } from '../../shared/domain/index.ts';
import { NOW, shopWithRhythms } from '../../shared/evaluation/shop-with-rhythms.fixture.ts';
import { type BatchRow, batchOfRows } from '../../shared/lake/index.ts';
import { decodeLearned, FEATURE_NAMES, parseRankingSettings } from '../../shared/ranking/index.ts';
import { UNKNOWN_CATEGORY } from '../../shared/ranking/shop-state.ts';
import { ALS_RECOMMENDER, currentTable, modelFolder } from '../../shared/tables/index.ts';
import { trainModel } from './train-model.ts';

const AS_OF = epochMillis(Date.UTC(2026, 10, 23));
const RUN = { runId: 'run-1', asOf: AS_OF };
const CUSTOMERS = 24;

let fixture: QueryFixture;
let controlTable: ControlTable;
let progress: string[];
beforeEach(async () => {
  fixture = await openQueryFixture();
  controlTable = createMemoryControlTable();
  progress = [];
});
afterEach(() => fixture.dispose());

const registry = () => createModelRegistry(controlTable, ALS_RECOMMENDER);

function train(run = RUN, table = controlTable) {
  return trainModel(run, {
    lakeTable: fixture.lakeTable,
    objectStore: fixture.objectStore,
    engine: fixture.engine,
    controlTable: table,
    now: () => epochMillis(AS_OF + 1_000),
    deadline: new AbortController().signal,
    onProgress: (message) => progress.push(message),
  });
}

/** Every customer comes once a week, for the same two products of many, until `weeks` ago; one order a visit. */
async function openShop(status = 'paid', weeksAgo = 0): Promise<void> {
  const orders: BatchRow[] = [];
  const items: BatchRow[] = [];
  for (let week = weeksAgo; week < weeksAgo + 8; week++) {
    for (let customer = 1; customer <= CUSTOMERS; customer++) {
      const order = 100 * (week + 1) + customer;
      orders.push({
        order_id: order,
        user_id: customer,
        total_amount: '10.00',
        status,
        created_at: BigInt(AS_OF - week * 7 * DAY_MS - DAY_MS) * 1_000n,
      });
      for (const product of [customer, 200 + (customer % 12)]) {
        items.push({
          order_item_id: 1_000 * order + product,
          order_id: order,
          product_id: product,
          quantity: 1,
          price_per_unit: '5.00',
        });
      }
    }
  }
  for (const [name, rows] of [
    ['orders', orders],
    ['order_items', items],
  ] as const) {
    const { name: path, schema } = currentTable(name);
    await fixture.lakeTable(path).append({ schema, batches: [batchOfRows(schema, rows)] });
  }
}

/** Customers who use each of their products up in a time of its own: trees rank them better than the blend. */
async function openShopWithRhythms(): Promise<void> {
  const sold = shopWithRhythms(50).filter(({ at }) => at < NOW);
  const baskets = new Map(sold.map((purchase) => [purchase.basket, purchase]));
  const orders = [...baskets].map(([basket, { customer, at }]) => ({
    order_id: basket,
    user_id: customer,
    total_amount: '10.00',
    status: 'paid',
    created_at: BigInt(AS_OF - NOW + at) * 1_000n,
  }));
  const items = sold.map(({ basket, product }, line) => ({
    order_item_id: line + 1,
    order_id: basket,
    product_id: product,
    quantity: 1,
    price_per_unit: '5.00',
  }));
  const [first, second] = [...new Set(sold.map(({ product }) => product))].sort((a, b) => a - b);
  const products = [
    { product_id: first!, category: 'Tea' },
    { product_id: second!, category: 'Coffee' },
  ];
  for (const [name, rows] of [
    ['orders', orders],
    ['order_items', items],
    ['products', products],
  ] as const) {
    const { name: path, schema } = currentTable(name);
    await fixture.lakeTable(path).append({ schema, batches: [batchOfRows(schema, rows)] });
  }
}

async function putLive(version: string, metrics: Metrics): Promise<void> {
  await registry().register({
    version,
    registeredAt: AS_OF,
    metrics,
    baselines: {},
    lakeVersions: {},
    parameters: {},
  });
  await registry().promote(version, (await registry().live())?.version ?? null, AS_OF);
}

async function artifact(version: string) {
  const folder = `${modelFolder(version)}/`;
  const files = [];
  for (const { path } of await fixture.objectStore.list(folder)) {
    files.push({
      path: path.slice(folder.length),
      bytes: (await fixture.objectStore.get(path)) ?? new Uint8Array(),
    });
  }
  return files;
}

describe('trainModel', () => {
  it('goes from the sales in the lake to a live version that can be loaded, with its measure', async () => {
    await openShop();
    const report = await train();
    expect(report).toMatchObject({ outcome: 'promoted', version: 'run-1' });
    expect(report.reason).toContain(`over ${CUSTOMERS} customers beats popularity`);
    expect(await registry().live()).toMatchObject({ version: 'run-1', previous: [] });

    const { model, manifest } = await decodeModel(await artifact('run-1'));
    expect([...model.userIds]).toEqual(Array.from({ length: CUSTOMERS }, (_, i) => i + 1));
    expect(model.itemIds).toHaveLength(CUSTOMERS + 12);
    expect(manifest.lakeVersions).toEqual({
      'current/orders': 0,
      'current/order_items': 0,
      'current/products': 0,
    });
    expect(parseRankingSettings(manifest.ranking)).toEqual(manifest.ranking);

    const registered = await registry().get('run-1');
    expect(registered?.metrics).toMatchObject({
      ndcgAt10: manifest.metrics.ndcgAt10,
      validationCustomers: CUSTOMERS,
    });
    expect(registered?.baselines.popularity?.ndcgAt10).toBeLessThan(registered?.metrics.ndcgAt10 ?? 0);
    expect(registered?.parameters).toMatchObject({ implicitPrefs: true });
  });

  it('stores trees and shop beside the factors where trees rank better, in a form that LightGBM reads', async () => {
    await openShopWithRhythms();
    expect(await train()).toMatchObject({ outcome: 'promoted', version: 'run-1' });
    // The first model of a shop is there soon, without trees.
    expect((await artifact('run-1')).map(({ path }) => path)).not.toContain('ranker/any.txt');
    const soon = { runId: 'run-2', asOf: epochMillis(AS_OF + 600_000) };
    expect(await train(soon)).toMatchObject({ outcome: 'promoted', version: 'run-2' });
    const files = await artifact('run-2');
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['ranker/any.txt', 'ranker/shop.bin']),
    );
    const { attachments, model } = await decodeModel(files);
    const learned = decodeLearned(attachments);
    expect(learned?.trees.any?.featureNames).toEqual(FEATURE_NAMES);
    expect(learned?.shop.products).toEqual(model.itemIds);
    // The price of a piece and the category of a product reach the features.
    expect(new Set(learned?.shop.statistics.price)).toEqual(new Set([5]));
    expect(learned?.shop.categoryOf.slice(0, 3)).toEqual(Int32Array.of(1, 0, UNKNOWN_CATEGORY));
    const registered = await registry().get('run-2');
    expect(registered?.metrics.ndcgAt10).toBeGreaterThan(registered?.baselines.blend?.ndcgAt10 ?? 1);
  });

  it('does nothing twice when a run is repeated', async () => {
    await openShop();
    await train();
    const [before, files] = [await registry().live(), await artifact('run-1')];
    progress = [];
    expect(await train()).toEqual({ outcome: 'promoted', version: 'run-1', reason: 'it is live already' });
    expect(progress).toEqual([]);
    expect(await registry().live()).toEqual(before);
    expect(await artifact('run-1')).toEqual(files);
  });

  it('trains nothing where nothing was sold since the newest version, and anew after a sale or a day', async () => {
    await openShop();
    await putLive('before', { ndcgAt10: 0.01 });
    await train();
    progress = [];
    const soon = { runId: 'run-2', asOf: epochMillis(AS_OF + 600_000) };
    expect(await train(soon)).toEqual({
      outcome: 'unchanged',
      version: 'run-1',
      reason:
        'run-1 was trained from current/orders at version 0 and current/order_items at version 0 and current/products at version 0 on 2026-11-23; it is live already',
    });
    expect(progress).toEqual([]);
    expect(await registry().get('run-2')).toBeNull();

    expect(await train({ runId: 'run-3', asOf: epochMillis(AS_OF + DAY_MS) })).toMatchObject({
      version: 'run-3',
    });
    await openShop('paid', 1);
    const later = { runId: 'run-4', asOf: epochMillis(AS_OF + DAY_MS + 600_000) };
    expect(await train(later)).toMatchObject({ version: 'run-4' });
    expect((await registry().get('run-4'))?.lakeVersions).toEqual({
      'current/orders': 1,
      'current/order_items': 1,
      'current/products': 0,
    });
  });

  it('decides on the newest version again instead of training it again', async () => {
    await openShop();
    await putLive('better', { ndcgAt10: 10 });
    await train();
    progress = [];
    const soon = { runId: 'run-2', asOf: epochMillis(AS_OF + 600_000) };
    expect(await train(soon)).toMatchObject({
      outcome: 'unchanged',
      version: 'run-1',
      reason: expect.stringContaining('is worse than the live model (10.000)'),
    });
    await putLive('worse', { ndcgAt10: 0.01 });
    expect(await train(soon)).toMatchObject({ outcome: 'promoted', version: 'run-1' });
    expect(await registry().live()).toMatchObject({ version: 'run-1', previous: ['worse', 'better'] });
    expect(progress).toEqual([]);
  });

  it('does not make a version live again that was rolled back from', async () => {
    await openShop();
    await putLive('before', { ndcgAt10: 0.01 });
    expect(await train()).toMatchObject({ outcome: 'promoted', version: 'run-1' });
    await registry().rollback('run-1', AS_OF);
    const soon = { runId: 'run-2', asOf: epochMillis(AS_OF + 600_000) };
    expect(await train(soon)).toMatchObject({
      outcome: 'unchanged',
      version: 'run-1',
      reason: expect.stringContaining('it was rolled back from'),
    });
    expect((await registry().live())?.version).toBe('before');
  });

  it('goes on with the promotion of a run that ended after registering', async () => {
    await openShop();
    await putLive('better', { ndcgAt10: 10 });
    expect(await train()).toMatchObject({ outcome: 'kept-live' });
    await putLive('worse', { ndcgAt10: 0.01 });
    progress = [];
    expect(await train()).toMatchObject({ outcome: 'promoted', version: 'run-1' });
    expect(progress).toEqual([]);
    expect(await registry().live()).toMatchObject({ version: 'run-1', previous: ['worse', 'better'] });
  });

  it('registers a candidate that is worse than the live one, and leaves that live', async () => {
    await openShop();
    await putLive('better', { ndcgAt10: 10 });
    expect(await train()).toMatchObject({
      outcome: 'kept-live',
      version: 'run-1',
      reason: expect.stringContaining('worse than the live model (10.000)'),
    });
    expect(await registry().live()).toMatchObject({ version: 'better' });
    expect(await registry().get('run-1')).not.toBeNull();
  });

  it('leaves alone what went live while it decided', async () => {
    await openShop();
    const overtaken: ControlTable = {
      ...controlTable,
      put: async (key, value, expectedVersion) => {
        if (key.sort === 'live') await putLive('faster', { ndcgAt10: 0.5 });
        return controlTable.put(key, value, expectedVersion);
      },
    };
    expect(await train(RUN, overtaken)).toEqual({
      outcome: 'kept-live',
      version: 'run-1',
      reason: 'another model went live meanwhile',
    });
    expect(await registry().live()).toMatchObject({ version: 'faster', previous: [] });
  });

  it.each([
    ['there are no tables yet', async () => {}],
    ['every order was cancelled', () => openShop('cancelled')],
    ['every sale is later than the run', () => openShop('paid', -100)],
  ])('trains nothing where %s', async (_, open) => {
    await open();
    expect(await train()).toEqual({
      outcome: 'nothing-sold',
      version: null,
      reason: 'no customer has bought anything',
    });
    expect(await registry().list()).toEqual([]);
    expect(await artifact('run-1')).toEqual([]);
  });

  it('measures a history that has ended on its own last fortnight', async () => {
    await openShop('paid', 60);
    expect(await train()).toMatchObject({ outcome: 'promoted' });
  });
});
