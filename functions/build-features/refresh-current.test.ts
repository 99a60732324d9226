import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { currentRows } from '../../shared/features/index.ts';
import {
  type Products,
  productHistories,
  productsByHand,
  textOf,
} from '../../shared/features/product-histories.ts';
import { type BatchRow, batchOfRows } from '../../shared/lake/index.ts';
import { compact } from '../../shared/lake/maintain/compact.ts';
import { countingEnvironment, rowsOf } from '../../shared/lake/testing.ts';
import { currentTable, pinnedTable, rawTable } from '../../shared/tables/index.ts';
import { type CurrentRefresh, type RefreshPorts, refreshCurrent } from './refresh-current.ts';

const RAW = rawTable('products');
const CURRENT = currentTable('products');

describe('a refresh of a current table', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  beforeEach(() => emptyLake());
  afterAll(() => fixture.dispose());

  const emptyLake = async (): Promise<void> => {
    for (const { path } of await fixture.objectStore.list('')) await fixture.objectStore.delete(path);
  };
  const addChanges = (rows: readonly BatchRow[]) =>
    fixture.lakeTable(RAW.name).append({ schema: RAW.schema, batches: [batchOfRows(RAW.schema, rows)] });
  const refresh = async (ports: Partial<RefreshPorts> = {}): Promise<CurrentRefresh> => {
    const raw = await fixture.lakeTable(RAW.name).snapshot();
    const all = { ...fixture, now: () => 0, userMetadata: '{}', ...ports };
    return (await refreshCurrent('products', raw, all)).refresh;
  };
  const current = async (): Promise<Products> => {
    const snapshot = await fixture.lakeTable(CURRENT.name).snapshot();
    if (snapshot === null) return new Map();
    const rows = await rowsOf(fixture.objectStore, snapshot);
    expect(new Set(rows.map((row) => row.product_id)).size).toBe(rows.length);
    return new Map(rows.map((row) => [row.product_id as number, textOf(row)]));
  };
  /** What current.sql makes of all changes. */
  const latest = async (): Promise<Products> => {
    const raw = await pinnedTable(RAW, await fixture.lakeTable(RAW.name).snapshot(), fixture.objectStore);
    const rows = await fixture.rows(currentRows(CURRENT, { engine: fixture.engine, raw }));
    return new Map(rows.map((row) => [row.product_id as number, textOf(row)]));
  };
  const joinFiles = (path: string) =>
    compact(fixture.lakeTable(path), fixture.objectStore, countingEnvironment(), {
      ...{ targetFileBytes: 1_000_000, minInputFiles: 2, settledBefore: Number.POSITIVE_INFINITY },
    });

  it('gives the rows of all changes, however they came in and whatever files were joined in between', async () => {
    const joins = fc.array(fc.constantFrom(null, null, RAW.name, CURRENT.name), { minLength: 4 });
    const ways = new Set<string>();
    await fc.assert(
      fc.asyncProperty(productHistories, joins, async ({ refreshes, shop }, toJoin) => {
        await emptyLake();
        const known: BatchRow[] = [];
        for (const [index, commits] of refreshes.entries()) {
          for (const rows of commits) await addChanges(rows);
          known.push(...commits.flat());
          const path = toJoin[index] ?? null;
          if (path !== null) await joinFiles(path);
          const done = await refresh();
          ways.add(done.kind === 'merged' ? 'merged' : done.why);
          expect(await current()).toEqual(productsByHand(known));
        }
        expect(await current()).toEqual(await latest());
        expect(await current()).toEqual(shop);
      }),
      { numRuns: 200 },
    );
    const every = ['merged', 'mostly-new', 'no-current-table', 'no-raw-table', 'raw-unchanged', 'truncated'];
    expect([...ways].sort()).toEqual(every);
  });
});
