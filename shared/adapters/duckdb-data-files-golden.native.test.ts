/** The golden tables of delta-kernel-rs in `../shared/data/delta-golden`: rows by DuckDB are those by the lake's own reader. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type DataFiles, loadSnapshot, parquetDataFiles, readSnapshot, rowsOfBatch } from '../lake/index.ts';
import { type BulkDataFiles, openDuckDbDataFiles } from './duckdb-data-files.ts';
import { type FolderStore, openFolderStore } from './fs-object-store.ts';
import { filesOfFolder } from './store-files.ts';

const golden = fileURLToPath(new URL('../../../shared/data/delta-golden', import.meta.url));
const tables = readdirSync(golden).filter((name) => existsSync(join(golden, name, 'delta')));

let root = '';
let store: FolderStore;
let duckDb: BulkDataFiles;
const counts = { equal: 0, leftToTheLake: 0, refused: 0 };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'duckdb-golden-'));
  store = await openFolderStore(golden);
  duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: root });
});
afterAll(async () => {
  await duckDb.close();
  await rm(root, { recursive: true });
  const { equal, leftToTheLake, refused } = counts;
  process.stdout.write(
    `golden tables through DuckDB: ${equal} equal, ${leftToTheLake} left to the lake, ${refused} refused by both\n`,
  );
});

describe('golden tables', () => {
  it.each(tables)('%s', async (name) => {
    const expected = await rowsOrRefusal(name, parquetDataFiles(store));
    if (typeof expected === 'string') {
      counts.refused += 1;
      return expect(await rowsOrRefusal(name, duckDb)).toBe(expected);
    }
    const { schema } = await loadSnapshot(store, `${name}/delta`);
    if (!duckDb.takes(schema)) {
      counts.leftToTheLake += 1;
      return;
    }
    expect(await rowsOrRefusal(name, duckDb)).toEqual(expected);
    counts.equal += 1;
  });
});

/** Rows in one order, as text; or the code that tells why there are none. */
async function rowsOrRefusal(name: string, dataFiles: DataFiles): Promise<readonly string[] | string> {
  const rows: string[] = [];
  try {
    const snapshot = await loadSnapshot(store, `${name}/delta`);
    for await (const batch of readSnapshot(store, snapshot, { dataFiles })) {
      rows.push(...rowsOfBatch(batch).map((row) => JSON.stringify(row, exactly)));
    }
  } catch (error) {
    if (error instanceof PlatformError) return error.code;
    throw error;
  }
  return rows.sort();
}

function exactly(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`;
  return value;
}
