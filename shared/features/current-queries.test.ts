import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../adapters/duckdb-query-fixture.ts';
import { epochMillis } from '../domain/index.ts';
import type { BatchRow } from '../lake/index.ts';
import { currentTable, rawTable } from '../tables/index.ts';
import {
  commitTime,
  type Products,
  productHistories,
  productsByHand,
  textOf,
} from '../testing/product-histories.ts';
import { currentChanges, currentRows, currentRowsAsOf, surveyChanges } from './current-queries.ts';
import type { QueryTable } from './query-engine.ts';

const PRODUCTS = currentTable('products');
const { schema: RAW } = rawTable('products');

describe('the latest rows of a shop table', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());

  const run = () => ({ engine: fixture.engine });
  const store = async (rows: readonly BatchRow[]): Promise<Commit> => ({
    rows,
    newest: rows
      .map(({ _lsn }) => _lsn as bigint)
      .sort(byValue)
      .at(-1)!,
    table: await fixture.store(RAW, rows),
  });
  const latest = async (raw: QueryTable): Promise<Products> => {
    const rows = await fixture.rows(currentRows(PRODUCTS, { ...run(), raw }));
    return new Map(rows.map((row) => [row.product_id as number, textOf(row)]));
  };

  it('are kept by applying what each stretch of changes makes of them, whatever comes late, twice or in any order', async () => {
    await fc.assert(
      fc.asyncProperty(productHistories, async ({ refreshes, shop }) => {
        const kept = new Map<number, string>();
        const known: Commit[] = [];
        for (const commits of refreshes) {
          const fresh = await Promise.all(commits.map(store));
          known.push(...fresh);
          const changed = tableOf(fresh);
          const survey = await surveyChanges(PRODUCTS, { ...run(), changed });
          expect(survey).toEqual(surveyByHand(commits.flat()));
          const { floorLsn, truncates } = survey;
          if (truncates > 0) {
            kept.clear();
            for (const [id, text] of await latest(tableOf(known))) kept.set(id, text);
          } else if (floorLsn !== null) {
            const raw = tableOf(known.filter(({ newest }) => newest >= floorLsn));
            const query = { ...run(), raw, changed, floorLsn };
            for (const row of await fixture.rows(currentChanges(PRODUCTS, query))) {
              if (row._exists === true) kept.set(row.product_id as number, textOf(row));
              else kept.delete(row.product_id as number);
            }
          }
          expect(kept).toEqual(productsByHand(known.flatMap(({ rows }) => rows)));
        }
        expect(kept).toEqual(await latest(tableOf(known)));
        expect(kept).toEqual(shop);
      }),
      { numRuns: 80 },
    );
  }, 120_000);

  it('stay as they are for keys of which only older changes came', async () => {
    const row = (id: number, lsn: bigint, op = 'u') => ({ product_id: id, _op: op, _lsn: lsn, _offset: lsn });
    const known = await store([row(1, 7n), row(2, 7n, 'd'), row(3, 3n), row(4, 7n)]);
    const late = await store([row(1, 5n), row(2, 6n), row(3, 5n), row(4, 7n, 'r')]);
    const query = { ...run(), changed: late.table, raw: tableOf([known, late]), floorLsn: 5n };
    const found = await fixture.rows(currentChanges(PRODUCTS, query));
    expect(found.map((changed) => changed.product_id)).toEqual([3]);
  });

  it('are, as of a moment, those of the changes committed before it', async () => {
    const moments = fc.integer({ min: -1, max: 32 }).map((lsn) => epochMillis(commitTime(lsn)));
    await fc.assert(
      fc.asyncProperty(productHistories, moments, async ({ refreshes }, asOf) => {
        const commits = refreshes.flat();
        const raw = await fixture.store(RAW, ...commits);
        const rows = await fixture.rows(currentRowsAsOf(PRODUCTS, { ...run(), raw, asOf }));
        const before = commits.flat().filter(({ _ts }) => (_ts as bigint) < BigInt(asOf) * 1_000n);
        expect(new Map(rows.map((row) => [row.product_id, textOf(row)]))).toEqual(productsByHand(before));
      }),
      { numRuns: 60 },
    );
  });

  it('are none of no changes', async () => {
    const none: QueryTable = { schema: RAW, files: [] };
    expect(await surveyChanges(PRODUCTS, { ...run(), changed: none })).toEqual(surveyByHand([]));
    const query = { ...run(), raw: none, asOf: epochMillis(0) };
    expect(await fixture.rows(currentRowsAsOf(PRODUCTS, query))).toEqual([]);
  });

  it.each(['users', 'orders', 'order_items'] as const)('are found for %s too', async (table) => {
    const target = currentTable(table);
    const key = target.primaryKey[0]!;
    const changes = [
      { [key]: 1, _op: 'c', _lsn: 1n, _ts: 10_000n },
      { [key]: 2, _op: 'c', _lsn: 2n, _ts: 20_000n },
      { [key]: 1, _op: 'd', _lsn: 3n, _ts: 30_000n },
    ];
    const raw = await fixture.store(rawTable(table).schema, changes);
    const columns = target.schema.fields.map(({ name }) => name);
    const found = await fixture.rows(currentChanges(target, { ...run(), raw, changed: raw, floorLsn: 2n }));
    expect(found.map((row) => [row[key], row._exists])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(Object.keys(found[0]!)).toEqual([...columns, '_exists']);
    const then = await fixture.rows(currentRowsAsOf(target, { ...run(), raw, asOf: epochMillis(30) }));
    expect(then.map((row) => row[key])).toEqual([1, 2]);
    expect(Object.keys(then[0]!)).toEqual(columns);
  });
});

/** Of raw/products: one data file. */
interface Commit {
  readonly rows: readonly BatchRow[];
  /** The highest `_lsn`. */
  readonly newest: bigint;
  readonly table: QueryTable;
}

function tableOf(commits: readonly Commit[]): QueryTable {
  return { schema: RAW, files: commits.flatMap(({ table }) => table.files) };
}

function surveyByHand(rows: readonly BatchRow[]) {
  const newest = new Map<unknown, bigint>();
  for (const { product_id: id, _op, _lsn } of rows) {
    const lsn = _lsn as bigint;
    if (_op !== 't' && lsn >= (newest.get(id) ?? lsn)) newest.set(id, lsn);
  }
  const [lowest] = [...newest.values()].sort(byValue);
  return {
    changes: rows.length,
    truncates: rows.filter(({ _op }) => _op === 't').length,
    keys: newest.size,
    floorLsn: lowest ?? null,
  };
}

function byValue(a: bigint, b: bigint): number {
  return Number(a - b);
}
