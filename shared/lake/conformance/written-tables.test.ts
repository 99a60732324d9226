import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOfRow } from '../../../localstack/e2e/deltalake/engine-values.ts';
import { bulkDataFiles } from '../../adapters/bulk-data-files.ts';
import { openDuckDbDataFiles } from '../../adapters/duckdb-data-files.ts';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { filesOfFolder } from '../../adapters/store-files.ts';
import type { DataFiles } from '../data-files/data-files.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { readSnapshot } from '../read/scan.ts';
import { planScan } from '../read/scan-plan.ts';
import { type BatchRow, batchOfRows, rowsOfBatch } from '../schema/batch.ts';
import { matches } from '../schema/predicate-match.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, rowsOf } from '../testing.ts';
import { WRITTEN_TABLES, writeTable } from './written-tables.fixture.ts';

/** Whatever DuckDB takes goes to it, however little it is. */
const ALWAYS = { writtenRows: 1, readBytes: 1, filteredBytes: 1, rewrittenBytes: 1 };

let folder = '';
let store: ObjectStore;
let bulk: ReturnType<typeof bulkDataFiles>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'written-tables-'));
  const files = await openFolderStore(join(folder, 'lake'));
  store = files;
  const duckDb = await openDuckDbDataFiles({ files: filesOfFolder(files), tempDir: join(folder, 'spill') });
  bulk = bulkDataFiles(duckDb, parquetDataFiles(files), ALWAYS);
});
afterAll(async () => {
  await bulk.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['js', 'bulk'] as const)('of the catalogue for other engines, written by %s,', (writer) => {
  it.each(WRITTEN_TABLES)('$name has the rows that were written, and those of each query', async (table) => {
    const path = `${writer}/${table.name}`;
    const dataFiles: DataFiles = writer === 'bulk' ? bulk : parquetDataFiles(store);
    const environment = countingEnvironment({ now: Date.now });
    const written = await writeTable(store, path, table, environment, dataFiles);
    const snapshot = await loadSnapshot(store, path);
    const complete = batchOfRows(snapshot.schema, written);
    expect(texts(await rowsOf(store, snapshot))).toEqual(texts(rowsOfBatch(complete)));
    let pruned = 0;
    for (const where of table.where) {
      pruned += (await planScan(store, snapshot, { where })).pruned;
      const found: BatchRow[] = [];
      for await (const batch of readSnapshot(store, snapshot, { where, dataFiles })) {
        found.push(...rowsOfBatch(batch));
      }
      const isWanted = matches(where, snapshot.schema);
      const wanted = rowsOfBatch(complete).filter((_, row) => isWanted(complete, row));
      expect(texts(found)).toEqual(texts(wanted));
    }
    // Else other engines would have nothing to skip either.
    if (snapshot.files.size > 1) expect(pruned).toBeGreaterThan(0);
  });
});

function texts(rows: readonly BatchRow[]): string[] {
  return rows.map(textOfRow).sort();
}
