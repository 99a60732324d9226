/**
 * The golden tables of delta-kernel-rs (Apache-2.0) in `../shared/data/delta-golden`, as SQL shows them: whatever the log
 * reader takes, the views give equal to the expected rows, types included.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import type { QueryEngine, QueryTable } from '../features/index.ts';
import { rowsOf } from '../features/query-engine.contract.ts';
import { type DataType, type Field, loadSnapshot, type Snapshot } from '../lake/index.ts';
import { pinnedTable } from '../tables/index.ts';
import { openDuckDbQueryEngine } from './duckdb-query-engine.ts';
import { openFolderStore } from './fs-object-store.ts';

const golden = fileURLToPath(new URL('../../../shared/data/delta-golden', import.meta.url));
const tables = readdirSync(golden).filter((name) => existsSync(join(golden, name, 'expected')));

/** Their expected timestamps are of a writer elsewhere: see `../shared/data/README.md`. */
const WRONG_EXPECTATIONS: ReadonlySet<string> = new Set(['data-reader-partition-values']);

describe('golden tables by SQL', () => {
  let folder: string;
  let engine: QueryEngine;
  let equal = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duckdb-golden-'));
    engine = await openDuckDbQueryEngine({ tempDir: folder, readableFolders: [golden] });
  });
  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
    console.log(`golden tables by SQL: ${equal} equal of ${tables.length}`);
  });

  it.each(tables)('%s shows its expected rows', async (name) => {
    const store = await openFolderStore(join(golden, name, 'delta'));
    let table: QueryTable;
    let snapshot: Snapshot;
    try {
      snapshot = await loadSnapshot(store, '');
      table = await pinnedTable(snapshot, snapshot, store);
    } catch (error) {
      // What the log reader refuses is its own golden test's business.
      if (error instanceof PlatformError) return;
      throw error;
    }
    if (WRONG_EXPECTATIONS.has(name)) return;
    const rows = await rowsOf(engine.query('SELECT * FROM t', { tables: { t: table } }));
    const expected = await rowsOf(
      engine.query('SELECT * FROM t', { tables: { t: await expectedTable(name, snapshot) } }),
    );
    expect(sorted(rows)).toEqual(sorted(expected));
    equal += 1;
  });

  it('are mostly shown: refusing everything is no support', () => {
    expect(equal).toBeGreaterThanOrEqual(35);
  });
});

/** Plain Parquet: nothing is mapped, nothing is beside the files. */
async function expectedTable(name: string, { schema }: Snapshot): Promise<QueryTable> {
  const store = await openFolderStore(join(golden, name, 'expected'));
  const files = (await store.list('')).filter(({ path }) => path.endsWith('.parquet'));
  return {
    schema: { type: 'struct', fields: schema.fields.map(unmapped) },
    files: files.map(({ path }) => ({ uri: store.uri(path), partition: {}, deleted: null })),
  };
}

function unmapped(column: Field): Field {
  return { ...column, type: unmappedType(column.type), metadata: {} };
}

function unmappedType(type: DataType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'array':
      return { ...type, elementType: unmappedType(type.elementType) };
    case 'map':
      return { ...type, keyType: unmappedType(type.keyType), valueType: unmappedType(type.valueType) };
    case 'struct':
      return { ...type, fields: type.fields.map(unmapped) };
  }
}

function sorted(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const asText = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  return rows.map((row) => JSON.stringify(row, asText)).sort();
}
