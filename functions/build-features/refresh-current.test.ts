import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { currentRows } from '../../shared/features/index.ts';
import { type BatchRow, batchOfRows, commitPath } from '../../shared/lake/index.ts';
import { writeCheckpoint } from '../../shared/lake/log/checkpoint.ts';
import { compact } from '../../shared/lake/maintain/compact.ts';
import { rowsOf } from '../../shared/lake/testing.ts';
import { currentTable, pinnedTable, rawTable } from '../../shared/tables/index.ts';
import {
  type Products,
  productHistories,
  productsByHand,
  textOf,
} from '../../shared/testing/product-histories.ts';
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
  const filesOf = async (path: string): Promise<readonly string[]> =>
    [...((await fixture.lakeTable(path).snapshot())?.files ?? [])].map((file) => file.path);
  const joinFiles = (path: string) =>
    compact(fixture.lakeTable(path), fixture.objectStore, {
      targetFileBytes: 1_000_000,
      minInputFiles: 2,
      settledBefore: Number.POSITIVE_INFINITY,
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
  }, 300_000);

  it('writes the files around the keys that changed, and leaves the others', async () => {
    const rows = Array.from({ length: 150_000 }, (_, id) => ({
      ...{ product_id: id, name: createHash('md5').update(`${id}`).digest('hex') },
      ...{ _op: 'r', _lsn: 1n, _offset: BigInt(id) },
    }));
    await addChanges(rows);
    await refresh();
    const before = await filesOf(CURRENT.name);
    expect(before.length).toBeGreaterThan(2);
    await addChanges([7, 8, 9].map((id) => ({ product_id: id, _op: 'u', _lsn: 2n, _offset: BigInt(id) })));
    expect(await refresh()).toEqual({ kind: 'merged', changes: 3, upserts: 3, deletes: 0 });
    const after = await filesOf(CURRENT.name);
    expect(before.filter((path) => !after.includes(path))).toHaveLength(1);
  });

  describe('after a first one', () => {
    const change = (op: string, lsn: number, id: number): BatchRow => ({
      ...{ product_id: id, name: `@${lsn}`, category: 'shelf', _op: op },
      ...{ _lsn: BigInt(lsn), _offset: BigInt(lsn), _ts: BigInt(lsn) },
    });
    beforeEach(async () => {
      for (const id of [1, 3, 5, 7]) await addChanges([change('r', 10, id), change('r', 10, id + 1)]);
      await addChanges([change('u', 20, 8)]);
      expect(await refresh()).toEqual({ kind: 'rebuilt', why: 'no-current-table' });
    });

    it('does nothing where the raw table has not moved', async () => {
      expect(await refresh()).toEqual({ kind: 'kept', why: 'raw-unchanged' });
    });

    it('merges what changed and says how much', async () => {
      await addChanges([change('u', 30, 1), change('c', 31, 9), change('d', 32, 2), change('u', 33, 1)]);
      expect(await refresh()).toEqual({ kind: 'merged', changes: 4, upserts: 2, deletes: 1 });
      expect(await current()).toEqual(await latest());
      expect(await refresh()).toEqual({ kind: 'kept', why: 'raw-unchanged' });
    });

    it('changes no row for changes that are older than what is there', async () => {
      await addChanges([change('u', 19, 8), change('r', 10, 1)]);
      expect(await refresh()).toEqual({ kind: 'merged', changes: 2, upserts: 1, deletes: 0 });
      expect((await current()).get(8)).toBe('@20 in shelf');
    });

    it('looks at no raw file that is older than the changes', async () => {
      await addChanges([change('u', 30, 1)]);
      const files: number[] = [];
      const engine: RefreshPorts['engine'] = {
        ...fixture.engine,
        query: (sql, options) => {
          files.push(...Object.values(options.tables).map((table) => table.files.length));
          return fixture.engine.query(sql, options);
        },
      };
      await refresh({ engine });
      expect(files).toEqual([1, 1, 1]);
    });

    it('moves on where raw files were only joined', async () => {
      await joinFiles(RAW.name);
      expect(await refresh()).toEqual({ kind: 'merged', changes: 0, upserts: 0, deletes: 0 });
      expect(await refresh()).toEqual({ kind: 'kept', why: 'raw-unchanged' });
    });

    it('makes the table anew after a truncate', async () => {
      await addChanges([{ _op: 't', _lsn: 30n, _offset: 30n }, change('c', 31, 9)]);
      expect(await refresh()).toEqual({ kind: 'rebuilt', why: 'truncated' });
      expect(await current()).toEqual(new Map([[9, '@31 in shelf']]));
    });

    it('makes the table anew where the raw table no longer tells what is new', async () => {
      await addChanges([change('u', 30, 1)]);
      await addChanges([change('u', 31, 2)]);
      const newest = await fixture.lakeTable(RAW.name).snapshot();
      if (newest === null) throw new Error('there is no raw table');
      await writeCheckpoint(fixture.objectStore, newest, 0);
      for (let version = 0; version < newest.version; version++) {
        await fixture.objectStore.delete(commitPath(RAW.name, version));
      }
      expect(await refresh()).toEqual({ kind: 'rebuilt', why: 'log-expired' });
    });

    it('makes the table anew where rows of the raw table were removed', async () => {
      await fixture.lakeTable(RAW.name).delete({ where: { op: '=', column: 'product_id', value: 3 } });
      expect(await refresh()).toEqual({ kind: 'rebuilt', why: 'rows-removed' });
      expect([...(await current()).keys()].sort()).toEqual([1, 2, 4, 5, 6, 7, 8]);
    });

    it('ends in the same rows when another run merges first', async () => {
      await addChanges([change('u', 30, 1)]);
      const lakeTable: RefreshPorts['lakeTable'] = (path) => {
        const table = fixture.lakeTable(path);
        return {
          ...table,
          merge: async (write) => {
            await refresh();
            await addChanges([change('u', 31, 2)]);
            return table.merge(write);
          },
        };
      };
      expect(await refresh({ lakeTable })).toEqual({ kind: 'kept', why: 'raw-unchanged' });
      expect((await current()).get(1)).toBe('@30 in shelf');
      expect(await refresh()).toEqual({ kind: 'merged', changes: 1, upserts: 1, deletes: 0 });
    });

    it('commits what made it, under the properties of the table', async () => {
      await addChanges([change('u', 30, 1)]);
      await refresh({ userMetadata: '{"runId":"r"}' });
      const snapshot = await fixture.lakeTable(CURRENT.name).snapshot();
      expect(snapshot?.metadata.configuration).toEqual(CURRENT.configuration);
      const commit = await fixture.objectStore.get(commitPath(CURRENT.name, 1));
      expect(Buffer.from(commit ?? []).toString()).toContain('{\\"runId\\":\\"r\\"}');
    });
  });
});
