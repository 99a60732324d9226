/**
 * The golden tables of delta-kernel-rs (Apache-2.0) in `../shared/data/delta-golden`: each is read equal to its expected
 * rows, which DuckDB reads, or refused as listed here; never read wrong.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { decimalText } from '../schema/decimal.ts';
import { rowsOf } from '../testing.ts';

const golden = fileURLToPath(new URL('../../../../shared/data/delta-golden', import.meta.url));
const tables = readdirSync(golden);

interface Refusal {
  readonly code: string;
  readonly why: string;
  /** The files that its log tells, where that can be loaded. */
  readonly files?: readonly string[];
}

const noDataFiles = (...files: readonly string[]): Refusal => ({
  code: 'lake_data_file_missing',
  why: 'a log without the data files that it tells of',
  files,
});
const noMetadata: Refusal = { code: 'lake_log_corrupt', why: 'no metaData, or one without a schema' };

const REFUSED: Readonly<Record<string, Refusal>> = {
  checkpoint: noDataFiles('15'),
  'data-reader-absolute-paths-escaped-chars': noMetadata,
  'delete-re-add-same-file-different-transactions': noDataFiles('bar', 'foo'),
  'deltalog-commit-info': noMetadata,
  'deltalog-invalid-protocol-version': { code: 'lake_protocol_unsupported', why: 'reader version 99' },
  'deltalog-state-reconstruction-from-checkpoint-missing-metadata': noMetadata,
  'deltalog-state-reconstruction-from-checkpoint-missing-protocol': {
    code: 'lake_log_corrupt',
    why: 'no protocol',
  },
  'deltalog-state-reconstruction-without-metadata': noMetadata,
  'log-replay-special-characters-b': noDataFiles('special%20p@%23h'),
  'no-delta-log-folder': { code: 'lake_table_missing', why: 'no log' },
  'update-deleted-directory': noMetadata,
};

/** Tables whose log removes under one spelling of a path what it added under another: no rows are left. */
const EMPTY: ReadonlySet<string> = new Set([
  'canonicalized-paths-normal-a',
  'canonicalized-paths-normal-b',
  'canonicalized-paths-special-a',
  'canonicalized-paths-special-b',
]);

const PACIFIC_SUMMER_MICROS = 7n * 3_600_000_000n;

/** What the expected rows have wrong, by table and column. */
const CORRECTIONS: Readonly<Record<string, Readonly<Record<string, (expected: unknown) => unknown>>>> = {
  // Written as `2021-09-08 11:11:11` with no zone, which is UTC to all readers but the one that wrote the expectation.
  'data-reader-partition-values': {
    as_timestamp: (micros) => (typeof micros === 'bigint' ? micros - PACIFIC_SUMMER_MICROS : micros),
  },
};

const counts = { equal: 0, refused: 0 };
let duckdb: DuckDBConnection;

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
});

afterAll(() => {
  const wrong = tables.length - counts.equal - counts.refused;
  console.log(`golden tables: ${counts.equal} equal, ${counts.refused} refused as intended, ${wrong} wrong`);
  duckdb.closeSync();
});

describe('a golden table', () => {
  it.each(tables.filter((name) => REFUSED[name] === undefined))('%s is read equal', async (name) => {
    const store = await openFolderStore(join(golden, name, 'delta'));
    const rows = await rowsOf(store, await loadSnapshot(store, ''));
    expect(sorted(rows)).toEqual(sorted(EMPTY.has(name) ? [] : await expectedRows(name)));
    counts.equal++;
  });

  it.each(Object.entries(REFUSED))('%s is refused with $code: $why', async (name, { code, files }) => {
    expect(existsSync(join(golden, name, 'expected'))).toBe(false);
    const store = await openFolderStore(join(golden, name, 'delta'));
    const loading = loadSnapshot(store, '');
    if (files !== undefined) {
      expect([...(await loading).files].map(({ path }) => path).sort()).toEqual(files);
    }
    await expect(loading.then((snapshot) => rowsOf(store, snapshot))).rejects.toMatchObject({ code });
    counts.refused++;
  });
});

async function expectedRows(name: string): Promise<Record<string, unknown>[]> {
  const files = join(golden, name, 'expected', '*.parquet').replaceAll("'", "''");
  const read = await duckdb.runAndReadAll(`SELECT * FROM read_parquet('${files}')`);
  const corrections = CORRECTIONS[name] ?? {};
  return read.getRowObjects().map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => {
        const plain = plainOf(value);
        return [column, corrections[column]?.(plain) ?? plain];
      }),
    ),
  );
}

/** A value of DuckDB as the lake has it. */
function plainOf(value: unknown): unknown {
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale);
  if (value instanceof DuckDBListValue) return value.items.map(plainOf);
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map((entry) => [plainOf(entry.key), plainOf(entry.value)] as const);
    return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : entries;
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, child]) => [key, plainOf(child)]));
  }
  return value;
}

/** Rows in one order, whatever order the files came in. */
function sorted(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.map((row) => textOf(row)).sort();
}

/** Equal for equal values: the number 1, the bigint 1n and the text "1" are none. */
function textOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, entry]) => `${textOf(key)}:${textOf(entry)}`).sort()}}`;
  }
  if (Array.isArray(value)) return `[${value.map(textOf)}]`;
  if (typeof value === 'object' && value !== null) {
    return textOf(new Map(Object.entries(value).filter(([, child]) => child !== undefined)));
  }
  return JSON.stringify(value) ?? 'null';
}
