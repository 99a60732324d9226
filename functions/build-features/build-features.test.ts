import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import type { QueryEngine } from '../../shared/features/index.ts';
import {
  type BatchRow,
  batchOfRows,
  readSnapshot,
  rowsOfBatch,
  type Table,
} from '../../shared/lake/index.ts';
import {
  PRODUCT_POPULARITY,
  rawTable,
  SHOP_ACTIVITY,
  type ShopTable,
  USER_ITEM_INTERACTIONS,
  USER_RFM,
} from '../../shared/tables/index.ts';
import {
  type BuildFeaturesPorts,
  type BuildFeaturesReport,
  buildFeatures,
  type TableReport,
} from './build-features.ts';

const RUN = { runId: '20261123T120000000Z-a', asOf: epochMillis(Date.UTC(2026, 10, 23, 12)) };
const LATER = { runId: '20261123T121000000Z-b', asOf: epochMillis(Date.UTC(2026, 10, 23, 12, 10)) };
const MADE = { kind: 'rebuilt', why: 'no-current-table' } as const;
const RENEWED = { kind: 'rebuilt', why: 'new-moment' } as const;
const YESTERDAY_US = BigInt(Date.UTC(2026, 10, 22, 12)) * 1_000n;

describe('build features', () => {
  let fixture: QueryFixture;
  let ports: BuildFeaturesPorts;
  let lsn = 0n;
  beforeEach(async () => {
    fixture = await openQueryFixture();
    ports = { ...fixture, now: () => RUN.asOf };
    lsn = 0n;
  });
  afterEach(() => fixture.dispose());

  const change = async (table: ShopTable, op: string, ...rows: readonly BatchRow[]): Promise<void> => {
    const { name, schema } = rawTable(table);
    const changes = rows.map((row) => {
      lsn += 1n;
      return { ...row, _op: op, _lsn: lsn, _offset: lsn };
    });
    await fixture.lakeTable(name).append({ schema, batches: [batchOfRows(schema, changes)] });
  };
  const rowsOf = async (path: string): Promise<BatchRow[]> => {
    const snapshot = await fixture.lakeTable(path).snapshot();
    const rows: BatchRow[] = [];
    if (snapshot === null) return rows;
    for await (const batch of readSnapshot(fixture.objectStore, snapshot)) rows.push(...rowsOfBatch(batch));
    return rows;
  };
  const metadataOf = async (path: string, version: number): Promise<unknown> => {
    const commit = await fixture.objectStore.get(
      `${path}/_delta_log/${String(version).padStart(20, '0')}.json`,
    );
    const info = JSON.parse(Buffer.from(commit!).toString().split('\n')[0]!);
    return JSON.parse(info.commitInfo.userMetadata);
  };
  const sale = (id: number, user: number, status = 'paid'): BatchRow => ({
    order_id: id,
    user_id: user,
    total_amount: '10.00',
    status,
    created_at: YESTERDAY_US,
  });
  const line = (id: number, order: number, product: number): BatchRow => ({
    order_item_id: id,
    order_id: order,
    product_id: product,
    quantity: 1,
    price_per_unit: '10.00',
  });
  const openShop = async (): Promise<void> => {
    await change('users', 'r', { user_id: 1, name: 'Ada' }, { user_id: 2, name: 'Ben' });
    await change('products', 'r', { product_id: 7, name: 'Kettle' });
    await change('orders', 'r', sale(1, 1), sale(2, 2), sale(3, 2, 'cancelled'));
    await change('order_items', 'r', line(1, 1, 7), line(2, 2, 7), line(3, 3, 7));
  };

  it('brings current and feature tables up to one version of the raw tables', async () => {
    await openShop();
    await change('users', 'd', { user_id: 2, name: 'Ben' });
    expect(await buildFeatures(RUN, ports)).toEqual({
      ...RUN,
      shopTime: RUN.asOf,
      pinned: { 'raw/users': 1, 'raw/products': 0, 'raw/orders': 0, 'raw/order_items': 0 },
      tables: [
        { name: 'current/users', version: 0, rows: 1, change: MADE },
        { name: 'current/products', version: 0, rows: 1, change: MADE },
        { name: 'current/orders', version: 0, rows: 3, change: MADE },
        { name: 'current/order_items', version: 0, rows: 3, change: MADE },
        { name: 'features/user_item_interactions', version: 0, rows: 2, change: RENEWED },
        { name: 'features/product_popularity', version: 0, rows: 1, change: RENEWED },
        { name: 'features/user_rfm', version: 0, rows: 2, change: RENEWED },
        { name: 'features/shop_activity', version: 0, rows: 1, change: RENEWED },
      ],
    });
    expect(await rowsOf('current/users')).toMatchObject([{ user_id: 1, name: 'Ada' }]);
    expect(await rowsOf(PRODUCT_POPULARITY.name)).toMatchObject([
      {
        product_id: 7,
        purchase_count: 2,
        purchase_count_7d: 2,
        avg_price: '10.00',
        units: 2n,
        revenue: '20.00',
      },
    ]);
    expect((await rowsOf(USER_RFM.name)).map(({ user_id, monetary }) => [user_id, monetary])).toEqual([
      [1, '10.00'],
      [2, '10.00'],
    ]);
  });

  it('names run, time and pinned versions in the commit of every table', async () => {
    await openShop();
    const { pinned, tables } = await buildFeatures(RUN, ports);
    for (const { name, version } of tables) {
      expect(await metadataOf(name, version!)).toEqual({ ...RUN, pinned });
    }
  });

  it('writes nothing when the same run is repeated, even after the shop has moved on', async () => {
    await openShop();
    const first = await buildFeatures(RUN, ports);
    const again = await buildFeatures(RUN, ports);
    expect(again.tables).toEqual(first.tables.map((table) => ({ ...table, change: keptOf(table) })));
    await change('orders', 'c', sale(4, 1));
    const moved = await buildFeatures(RUN, ports);
    expect(written(moved)).toEqual(['current/orders']);
    expect(await rowsOf(USER_RFM.name)).toMatchObject([{ frequency: 1 }, { frequency: 1 }]);
  });

  it('looks back from the end of a history that ended long ago', async () => {
    await openShop();
    const nextYear = { runId: '20271123T120000000Z-c', asOf: epochMillis(Date.UTC(2027, 10, 23, 12)) };
    const report = await buildFeatures(nextYear, ports);
    expect(report.shopTime).toBe(Number(YESTERDAY_US / 1_000n) + 1);
    expect(await rowsOf(SHOP_ACTIVITY.name)).toEqual([
      { as_of: YESTERDAY_US + 1_000n, orders_7d: 2, orders_14d: 2, orders_28d: 2 },
    ]);
    expect(await rowsOf(USER_RFM.name)).toMatchObject([{ recency: 0 }, { recency: 0 }]);
    expect(written(await buildFeatures(nextYear, ports))).toEqual([]);
  });

  it('leaves current tables alone whose raw table has not moved, and rebuilds the features as of the new time', async () => {
    await openShop();
    await buildFeatures(RUN, ports);
    await change('orders', 'u', sale(3, 2, 'paid'));
    const KEPT = { kind: 'kept', why: 'raw-unchanged' };
    expect((await buildFeatures(LATER, ports)).tables.map(({ name, change }) => [name, change])).toEqual([
      ['current/users', KEPT],
      ['current/products', KEPT],
      ['current/orders', { kind: 'merged', changes: 1, upserts: 1, deletes: 0 }],
      ['current/order_items', KEPT],
      ['features/user_item_interactions', RENEWED],
      ['features/product_popularity', RENEWED],
      ['features/user_rfm', RENEWED],
      ['features/shop_activity', RENEWED],
    ]);
    const interactions = await rowsOf(USER_ITEM_INTERACTIONS.name);
    expect(interactions.map(({ user_id, order_count }) => [user_id, order_count])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('reads what was pinned, whatever arrives while it runs', async () => {
    await openShop();
    const busy: BuildFeaturesPorts = {
      ...ports,
      lakeTable: (path) =>
        path === 'current/users'
          ? afterSnapshot(path, () => change('orders', 'c', sale(4, 1)))
          : ports.lakeTable(path),
    };
    const afterSnapshot = (path: string, happen: () => Promise<void>): Table => {
      const table = ports.lakeTable(path);
      return {
        ...table,
        snapshot: async () => {
          await happen();
          return table.snapshot();
        },
      };
    };
    const report = await buildFeatures(RUN, busy);
    expect(report.pinned['raw/orders']).toBe(0);
    expect(report.tables.find(({ name }) => name === 'current/orders')?.rows).toBe(3);
    const next = await buildFeatures(LATER, ports);
    expect(next.tables.find(({ name }) => name === 'current/orders')?.rows).toBe(4);
  });

  it('finishes on a second attempt what a first one left half done', async () => {
    await openShop();
    await expect(buildFeatures(RUN, { ...ports, engine: failingAfter(ports.engine, 6) })).rejects.toThrow(
      'power cut',
    );
    const report = await buildFeatures(RUN, ports);
    expect(written(report)).toEqual([
      'features/product_popularity',
      'features/user_rfm',
      'features/shop_activity',
    ]);
    expect(report.tables.map(({ rows }) => rows)).toEqual([2, 1, 3, 3, 2, 1, 2, 1]);
  });

  it('refreshes from a raw table that was deleted and made again', async () => {
    await openShop();
    await change('orders', 'c', sale(4, 1));
    await buildFeatures(RUN, ports);
    for (const { path } of await fixture.objectStore.list('raw/orders/'))
      await fixture.objectStore.delete(path);
    await change('orders', 'r', sale(9, 1));
    await buildFeatures(LATER, ports);
    expect((await rowsOf('current/orders')).map(({ order_id }) => order_id)).toEqual([9]);
  });

  it('gives a shop without any table empty features', async () => {
    const report = await buildFeatures(RUN, ports);
    expect(report.pinned['raw/orders']).toBe(null);
    expect(report.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['current/users', null],
      ['current/products', null],
      ['current/orders', null],
      ['current/order_items', null],
      ['features/user_item_interactions', 0],
      ['features/product_popularity', 0],
      ['features/user_rfm', 0],
      ['features/shop_activity', 1],
    ]);
  });

  it('stops at its deadline without a commit', async () => {
    await openShop();
    await expect(buildFeatures(RUN, { ...ports, deadline: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'query_interrupted',
    });
    expect(await fixture.lakeTable('current/users').snapshot()).toBe(null);
  });
});

function written({ tables }: BuildFeaturesReport): string[] {
  return tables.filter(({ change }) => change.kind !== 'kept').map(({ name }) => name);
}

function keptOf({ name }: TableReport): TableReport['change'] {
  return { kind: 'kept', why: name.startsWith('current/') ? 'raw-unchanged' : 'built-before' };
}

function failingAfter(engine: QueryEngine, queries: number): QueryEngine {
  let left = queries;
  return {
    query: (sql, options) => {
      const rows = engine.query(sql, options);
      return (async function* () {
        left -= 1;
        if (left < 0) throw new Error('power cut');
        yield* rows;
      })();
    },
    close: () => engine.close(),
  };
}
