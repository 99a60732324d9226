import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryBatch, QueryEngine, QueryTable } from '../features/index.ts';
import { type BatchRow, batchOfRows, type ObjectStore, openTable, type Table } from '../lake/index.ts';
import { pinnedTable } from '../tables/index.ts';
import { openDuckDbQueryEngine } from './duckdb-query-engine.ts';
import { openFolderStore } from './fs-object-store.ts';
import { openObjectFileCache } from './object-file-cache.ts';
import { queryEngineOverObjects } from './object-file-query-engine.ts';

/** For tests: DuckDB over lake tables in a temporary folder, written by the lake's own writer. */
export interface QueryFixture {
  readonly engine: QueryEngine;
  readonly objectStore: ObjectStore;
  /** A handle of its own for every caller, as separate processes have. */
  lakeTable(path: string): Table;
  /** A table whose commits each add one list of rows; a row may lack columns. */
  store(schema: QueryTable['schema'], ...commits: (readonly BatchRow[])[]): Promise<QueryTable>;
  rows(batches: AsyncIterable<QueryBatch>): Promise<Record<string, unknown>[]>;
  dispose(): Promise<void>;
}

/** @param otherStore holds the tables in place of a folder; DuckDB reads copies of its objects */
export async function openQueryFixture(otherStore?: ObjectStore): Promise<QueryFixture> {
  // A quote and a space in the path must not end the list of files.
  const folder = await mkdtemp(join(tmpdir(), "duckdb isn't [a] *100%? glob "));
  const objectStore = otherStore ?? (await openFolderStore(join(folder, 'lake')));
  const duckDb = await openDuckDbQueryEngine({
    tempDir: join(folder, 'spill'),
    readableFolders: [await realpath(folder)],
  });
  const cacheOptions = { store: objectStore, folder: join(folder, 'objects'), maxBytes: 1_000_000 };
  const engine =
    otherStore === undefined
      ? duckDb
      : queryEngineOverObjects(duckDb, await openObjectFileCache(cacheOptions));
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `${ids}`;
  };
  const lakeTable = (path: string): Table =>
    openTable(objectStore, path, { now: () => 0, newId, random: () => 0, sleep: async () => undefined });
  return {
    engine,
    objectStore,
    lakeTable,
    store: async (schema, ...commits) => {
      const table = lakeTable(`table-${newId()}`);
      for (const rows of commits) await table.append({ schema, batches: [batchOfRows(schema, rows)] });
      const snapshot = await table.snapshot();
      return pinnedTable({ schema }, snapshot, objectStore);
    },
    rows: rowsOf,
    dispose: async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function rowsOf(batches: AsyncIterable<QueryBatch>): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const { rowCount, columns } of batches) {
    const entries = Object.entries(columns);
    for (let i = 0; i < rowCount; i += 1) {
      rows.push(Object.fromEntries(entries.map(([name, values]) => [name, values[i]])));
    }
  }
  return rows;
}
