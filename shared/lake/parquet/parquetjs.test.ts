/**
 * parquetjs-lite shares no code with hyparquet or DuckDB, the two that write our data files. It knows no decimals, nor
 * dictionaries of data pages of version 2, which the writer in JavaScript chooses where values repeat, and it cuts timestamps
 * to milliseconds: all else it reads as it was written.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BulkDataFiles, openDuckDbDataFiles } from '../../adapters/duckdb-data-files.ts';
import { type FolderStore, openFolderStore } from '../../adapters/fs-object-store.ts';
import { filesOfFolder } from '../../adapters/store-files.ts';
import type { DataFiles } from '../data-files/data-files.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import { field, type Schema, schemaOf } from '../schema/schema.ts';
import { countingEnvironment } from '../testing.ts';
import { openTable } from '../write/table.ts';

interface ParquetJs {
  readonly ParquetReader: {
    openFile(path: string): Promise<{
      getCursor(): { next(): Promise<Readonly<Record<string, unknown>> | null> };
      close(): Promise<void>;
    }>;
  };
}

const { ParquetReader } = createRequire(import.meta.url)('parquetjs-lite') as ParquetJs;

let folder = '';
let store: FolderStore;
let duckDb: BulkDataFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquetjs-'));
  store = await openFolderStore(join(folder, 'lake'));
  duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(folder, 'spill') });
});
afterAll(async () => {
  await duckDb.close();
  await rm(folder, { recursive: true, force: true });
});

const WRITERS: Readonly<Record<string, () => DataFiles>> = {
  JavaScript: () => parquetDataFiles(store),
  DuckDB: () => duckDb,
};

describe.each(Object.keys(WRITERS))('parquetjs-lite, of a data file that %s has written,', (writer) => {
  it('reads each row', async () => {
    const schema = schemaOf(
      field('i', 'integer', { nullable: false }),
      field('l', 'long'),
      field('d', 'double'),
      field('t', 'string'),
      field('ok', 'boolean'),
      field('raw', 'binary'),
      field('day', 'date'),
      field('at', 'timestamp'),
    );
    const rows = Array.from({ length: 100 }, (_, k) => ({
      i: k * 7 - 50,
      l: k % 3 === 0 ? null : 9007199254740993n + BigInt(k),
      d: k % 5 === 0 ? null : k / 3,
      t: k % 4 === 0 ? null : `naïve ${k} 😀`,
      ok: k % 7 === 0 ? null : k % 2 === 0,
      raw: Uint8Array.of(k, 255 - k),
      day: k - 20,
      at: k % 6 === 0 ? null : BigInt(k) * 1_000_000n,
    }));
    const expected = rows.map(({ raw, day, at, ...row }) => ({
      ...row,
      raw: Buffer.from(raw),
      day: new Date(day * 86_400_000),
      at: at === null ? null : new Date(Number(at / 1000n)),
    }));
    expect(byNumber(await readAll(await fileOf(writer, schema, rows)))).toEqual(expected.map(withoutNulls));
  });

  it('does not read a decimal', async () => {
    const schema = schemaOf(field('m', 'decimal(10,2)'));
    const file = await fileOf(writer, schema, [{ m: '1.50' }, { m: '-0.25' }]);
    await expect(readAll(file)).rejects.toThrow('DECIMAL');
  });
});

describe('parquetjs-lite, where values repeat,', () => {
  const schema = schemaOf(field('t', 'string'));
  const rows = Array.from({ length: 5_000 }, (_, k) => ({ t: `repeated ${k % 2}` }));

  it('does not read the pages of version 2 that JavaScript writes', async () => {
    await expect(fileOf('JavaScript', schema, rows).then(readAll)).rejects.toThrow('RLE_DICTIONARY');
  });

  it('reads those of version 1 that DuckDB writes', async () => {
    const read = await readAll(await fileOf('DuckDB', schema, rows));
    expect(read.map(({ t }) => t).sort()).toEqual(rows.map(({ t }) => t).sort());
  });
});

async function fileOf(writer: string, schema: Schema, rows: readonly BatchRow[]): Promise<string> {
  const path = `${writer}-${schema.fields.map(({ name }) => name).join('')}`;
  const dataFiles = WRITERS[writer]?.();
  if (dataFiles === undefined) throw new Error(`no writer ${writer}`);
  const table = openTable(store, path, countingEnvironment({ dataFiles }));
  const written = await table.append({ schema, batches: [batchOfRows(schema, rows)] });
  if (written.outcome !== 'committed') throw new Error(written.outcome);
  const [file] = [...written.snapshot.files];
  return store.uri(`${path}/${file?.path}`);
}

async function readAll(file: string): Promise<Record<string, unknown>[]> {
  const reader = await ParquetReader.openFile(file);
  try {
    const cursor = reader.getCursor();
    const read: Record<string, unknown>[] = [];
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) read.push({ ...row });
    return read;
  } finally {
    await reader.close();
  }
}

/** Rows of a table have no order. */
function byNumber(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
  return [...rows].sort((left, right) => Number(left.i) - Number(right.i));
}

/** It leaves nulls out. */
function withoutNulls(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
