/**
 * parquetjs-lite shares no code with hyparquet. It knows neither decimals nor dictionary pages, which the writer chooses
 * where values repeat, and it cuts timestamps to milliseconds: all else it reads as it was written.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { countingEnvironment } from '../testing.ts';
import { openTable } from '../write/table.ts';

interface ParquetJs {
  readonly ParquetReader: {
    openFile(
      path: string,
    ): Promise<{ getCursor(): { next(): Promise<Readonly<Record<string, unknown>> | null> } }>;
  };
}

const { ParquetReader } = createRequire(import.meta.url)('parquetjs-lite') as ParquetJs;
const folder = await mkdtemp(join(tmpdir(), 'parquetjs-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

it('parquetjs-lite reads a data file of ours row for row', async () => {
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
  const columns = Object.fromEntries(
    schema.fields.map(({ name }) => [name, rows.map((row) => row[name as keyof typeof row])]),
  );
  const store = memoryObjectStore();
  const written = await openTable(store, 't', countingEnvironment()).append({
    schema,
    batches: [{ rowCount: rows.length, columns }],
  });
  if (written.outcome !== 'committed') throw new Error('not committed');
  const [file] = [...written.snapshot.files];
  const path = join(folder, 'data.parquet');
  await writeFile(path, (await store.get(`t/${file?.path}`)) ?? new Uint8Array());

  const cursor = (await ParquetReader.openFile(path)).getCursor();
  const read: unknown[] = [];
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) read.push({ ...row });
  const expected = rows.map(({ raw, day, at, ...row }) => ({
    ...row,
    raw: Buffer.from(raw),
    day: new Date(day * 86_400_000),
    at: at === null ? null : new Date(Number(at / 1000n)),
  }));
  expect(read).toEqual(expected.map((row) => withoutNulls(row)));
});

/** It leaves nulls out. */
function withoutNulls(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
