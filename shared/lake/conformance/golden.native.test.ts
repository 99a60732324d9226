/**
 * The golden tables of delta-kernel-rs (Apache-2.0) in `../shared/data/delta-golden`: each is read equal to its expected
 * rows, or refused with a code; never read wrong.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { PlatformError } from '../../errors.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { readParquetColumns } from '../parquet/parquet-file.ts';
import { rowsOfBatch, type Value } from '../schema/batch.ts';
import type { Schema } from '../schema/schema.ts';
import { rowsOf } from '../testing.ts';

const golden = fileURLToPath(new URL('../../../../shared/data/delta-golden', import.meta.url));
const tables = readdirSync(golden);
const counts = { equal: 0, refused: 0 };

afterAll(() => {
  console.log(
    `golden tables: ${counts.equal} equal, ${counts.refused} refused with a code, of ${tables.length}`,
  );
});

describe('golden tables', () => {
  it.each(tables)('%s is read equal or refused with a code', async (name) => {
    const store = await openFolderStore(join(golden, name, 'delta'));
    try {
      const snapshot = await loadSnapshot(store, '');
      const rows = await rowsOf(store, snapshot);
      expect(
        existsSync(join(golden, name, 'expected')),
        'a table without expected rows must be refused',
      ).toBe(true);
      expect(sorted(rows)).toEqual(sorted(await expectedRows(name, snapshot.schema)));
      counts.equal++;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      expect(error.code).toMatch(/^lake_/);
      counts.refused++;
    }
  });

  it('are mostly read: refusing everything is no support', () => {
    expect(counts.equal).toBeGreaterThanOrEqual(33);
  });
});

async function expectedRows(name: string, schema: Schema): Promise<Record<string, Value>[]> {
  const store = await openFolderStore(join(golden, name, 'expected'));
  const rows: Record<string, Value>[] = [];
  for (const { path } of await store.list('')) {
    if (!path.endsWith('.parquet')) continue;
    const bytes = (await store.get(path)) ?? new Uint8Array();
    for await (const batch of readParquetColumns(bytes, schema.fields, path))
      rows.push(...rowsOfBatch(batch));
  }
  return rows;
}

function sorted(rows: readonly Record<string, Value>[]): string[] {
  return rows.map((row) => JSON.stringify(row, asText)).sort();
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return String(value);
  return value;
}
