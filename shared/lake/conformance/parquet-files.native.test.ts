/**
 * Parquet files as another writer can be told to write them: codecs, page versions, encodings, units of time, nesting. Needs
 * Python with `localstack/e2e/deltalake/requirements.txt`; its interpreter is named by the environment variable
 * DELTALAKE_PYTHON.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParquetFile, readParquetColumns } from '../parquet/parquet-reader.ts';
import { rowsOfBatch, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import {
  arrayOf,
  type DataType,
  type Field,
  field,
  type MapType,
  type StructType,
} from '../schema/schema.ts';

const python = process.env.DELTALAKE_PYTHON ?? 'python3';
const script = fileURLToPath(new URL('write_parquet.py', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet files '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Variant {
  /** Keyword arguments of `pyarrow.parquet.write_table`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly rows?: number;
  readonly unit?: 's' | 'ms' | 'us' | 'ns';
  readonly columns?: readonly string[];
}

async function written(name: string, variant: Variant): Promise<Buffer> {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.parquet`);
  execFileSync(python, [script], { input: JSON.stringify({ rows: ROWS, ...variant, path }) });
  return readFile(path);
}

function read(bytes: Uint8Array, fields: readonly Field[]): Record<string, Value>[] {
  return [...readParquetColumns(bytes, fields, 'test')].flatMap(rowsOfBatch);
}

const ROWS = 700;

const VARIANTS: Readonly<Record<string, Variant>> = {
  'as they come': { options: {} },
  uncompressed: { options: { compression: 'none' } },
  gzip: { options: { compression: 'gzip' } },
  brotli: { options: { compression: 'brotli' } },
  zstd: { options: { compression: 'zstd' } },
  lz4: { options: { compression: 'lz4' } },
  'pages of version 2': { options: { data_page_version: '2.0' } },
  'pages of version 2, not compressed': { options: { data_page_version: '2.0', compression: 'none' } },
  'checksums of pages': { options: { write_page_checksum: true, data_page_version: '2.0' } },
  'no dictionaries': { options: { use_dictionary: false } },
  'small pages in small row groups': {
    options: { data_page_size: 64, row_group_size: 256, write_batch_size: 16 },
  },
  'dictionaries that overflow': {
    options: { dictionary_pagesize_limit: 128, data_page_size: 256, write_batch_size: 16 },
  },
  'INT96 times': { options: { use_deprecated_int96_timestamps: true } },
  'INT96 times of nanoseconds': { options: { use_deprecated_int96_timestamps: true }, unit: 'ns' },
  'times of milliseconds': { options: {}, unit: 'ms' },
  'times of nanoseconds': { options: { version: '2.6' }, unit: 'ns' },
  'types of version 1': { options: { version: '1.0' } },
  'decimals as integers': { options: { store_decimal_as_integer: true } },
  'lists as they were called before': { options: { use_compliant_nested_type: false } },
  'delta encodings': {
    options: {
      use_dictionary: false,
      data_page_version: '2.0',
      data_page_size: 512,
      column_encoding: {
        ...Object.fromEntries(
          ['n', 'whole', 'byte', 'short', 'long', 'day', 'at', 'local', 'list.list.element'].map((name) => [
            name,
            'DELTA_BINARY_PACKED',
          ]),
        ),
        text: 'DELTA_BYTE_ARRAY',
        ascii: 'DELTA_BYTE_ARRAY',
        bytes: 'DELTA_LENGTH_BYTE_ARRAY',
        m38: 'DELTA_BYTE_ARRAY',
        ok: 'RLE',
      },
    },
  },
  'split byte streams': {
    options: {
      use_dictionary: false,
      column_encoding: Object.fromEntries(
        ['n', 'whole', 'float', 'double', 'long', 'm9', 'm38'].map((name) => [name, 'BYTE_STREAM_SPLIT']),
      ),
    },
  },
  'no rows': { options: {}, rows: 0 },
};

describe('a file of Arrow', () => {
  it.each(Object.entries(VARIANTS))('with %s is read', async (name, variant) => {
    const bytes = await written(name, variant);
    const { rows = ROWS, unit = 'us' } = variant;
    const expected = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(COLUMNS.map(([column, value]) => [column.name, value(row, unit)])),
    );
    const fields = COLUMNS.map(([column]) => column);
    const found = read(bytes, fields);
    expect(found.length).toBe(rows);
    for (const { name: column } of fields) {
      expect(
        found.map((row) => row[column]),
        column,
      ).toEqual(expected.map((row) => row[column]));
    }
  });

  it('is refused where a page is not what its checksum says', async () => {
    const bytes = await written('checksum', { options: { write_page_checksum: true, compression: 'none' } });
    const at = bytes.indexOf('customer 5 of');
    bytes.write('CUSTOMER', at);
    expect(() => read(bytes, [field('ascii', 'string')])).toThrow('the checksum of a page');
    expect(read(bytes, [field('n', 'integer')])).toHaveLength(ROWS);
  });

  it('gives numbers of which none is null as typed arrays', async () => {
    const bytes = await written('typed', { options: {} });
    const [group] = new ParquetFile(bytes, 'test').rowGroups;
    expect(group?.column(field('n', 'integer'))).toBeInstanceOf(Int32Array);
    expect(group?.column(field('whole', 'long'))).toBeInstanceOf(BigInt64Array);
  });

  it('is read by chosen fields of a struct, those that it lacks null', async () => {
    const bytes = await written('fields', { options: {}, rows: 5 });
    const none: StructType = { type: 'struct', fields: [field('new', 'string')] };
    const one: StructType = { type: 'struct', fields: [field('new', 'string'), field('a', 'long')] };
    const rows = read(bytes, [field('struct', none)]);
    expect(rows.map((row) => row.struct)).toEqual(
      [0, 1, 2, 3, 4].map((row) => (row === 3 ? null : { new: null })),
    );
    expect(read(bytes, [field('struct', one)])[2]).toEqual({ struct: { new: null, a: 2n } });
    expect(read(bytes, [field('structs', arrayOf(none, true))]).map((row) => row.structs)).toEqual([
      [],
      [{ new: null }],
      [{ new: null }, null],
      null,
      [{ new: null }],
    ]);
  });

  it.each<[string, DataType, DataType]>([
    ['n', 'integer', 'long'],
    ['n', 'integer', 'double'],
    ['n', 'integer', 'decimal(12,2)'],
    ['byte', 'byte', 'integer'],
    ['long', 'long', 'decimal(38,1)'],
    ['float', 'float', 'double'],
    ['m9', 'decimal(9,2)', 'decimal(20,5)'],
    ['day', 'date', 'timestamp_ntz'],
  ])('is read where column %s, %s in the file, has become %s', async (name, before, after) => {
    const bytes = await written('widened', { options: {} });
    const old = read(bytes, [field(name, before)]).map((row) => row[name] ?? null);
    const wide = read(bytes, [field(name, after)]).map((row) => row[name] ?? null);
    expect(wide).toEqual(old.map((value) => (value === null ? null : widened(value, before, after))));
  });

  it.each<[string, DataType]>([
    ['text', 'long'],
    ['long', 'integer'],
    ['short', 'byte'],
    ['double', 'float'],
    ['m18', 'decimal(18,2)'],
    ['at', 'date'],
    ['ok', 'integer'],
    ['list', 'integer'],
    ['n', arrayOf('integer')],
  ])('is refused where column %s is %s in the table', async (name, type) => {
    const bytes = await written('refused', { options: {} });
    expect(() => read(bytes, [field(name, type)])).toThrow(
      expect.objectContaining({
        code: 'lake_data_file_unreadable',
        message: expect.stringContaining(`column ${name} is `),
      }),
    );
  });
});

function widened(value: Value, before: DataType, after: DataType): Value {
  if (after === 'long') return BigInt(value as number);
  if (after === 'timestamp_ntz') return BigInt(value as number) * 86_400_000_000n;
  if (after === 'decimal(12,2)') return `${value}.00`;
  if (after === 'decimal(38,1)') return `${value}.0`;
  return before === 'decimal(9,2)' ? `${value}000` : value;
}

type ValueOf = (row: number, unit: 's' | 'ms' | 'us' | 'ns') => Value;

/** Every fifth value is null. */
function some(value: ValueOf): ValueOf {
  return (row, unit) => (row % 5 === 3 ? null : value(row, unit));
}

const PER_SECOND = { s: 1, ms: 1000, us: 1_000_000, ns: 1_000_000_000 };
const SECONDS = [-62_135n, -1n, 0n, 1n, 1_700_000_000n];

function micros(row: number, unit: keyof typeof PER_SECOND): bigint {
  const ticks = BigInt(row % PER_SECOND[unit]) * 1_000_000n;
  const perSecond = BigInt(PER_SECOND[unit]);
  return SECONDS[row % 5]! * 1_000_000n + ticks / perSecond;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, each) => each);
const nested: StructType = {
  type: 'struct',
  fields: [field('a', 'long'), field('b', { type: 'struct', fields: [field('c', arrayOf('string', true))] })],
};
const mapOf = (keyType: DataType, valueType: DataType): MapType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});

/** The columns of `write_parquet.py`. */
const COLUMNS: readonly (readonly [Field, ValueOf])[] = [
  [field('n', 'integer'), (row) => row],
  [field('whole', 'long'), (row) => BigInt(row * 3 - 7)],
  [field('byte', 'byte'), some((row) => (row % 256) - 128)],
  [field('short', 'short'), some((row) => (row % 65536) - 32768)],
  [field('long', 'long'), some((row) => ((BigInt(row) * 2n ** 57n) % 2n ** 64n) - 2n ** 63n)],
  [field('float', 'float'), some((row) => row / 4)],
  [field('double', 'double'), some((row) => row / 3)],
  [field('ok', 'boolean'), some((row) => row % 3 === 0)],
  [field('text', 'string'), some((row) => 'é😀 '.repeat(row % 4) + (row % 7))],
  [field('ascii', 'string'), (row) => `customer ${row} of the shop`],
  [field('bytes', 'binary'), some((row) => new Uint8Array(row % 4).fill(row % 256))],
  [field('day', 'date'), some((row) => row - 100)],
  [field('at', 'timestamp'), some(micros)],
  [field('local', 'timestamp_ntz'), some((row) => SECONDS[row % 5]! * 1_000_000n)],
  [field('m9', 'decimal(9,2)'), some((row) => decimalText(BigInt(row * 7 - 30), 2))],
  [field('m18', 'decimal(18,3)'), some((row) => decimalText(BigInt(row) * 10n ** 12n - 5n, 3))],
  [field('m38', 'decimal(38,10)'), some((row) => decimalText(BigInt(row) * 10n ** 30n - 5n, 10))],
  [
    field('list', arrayOf('integer', true)),
    some((row) => upTo(row % 4).map((each) => (each === 1 ? null : each))),
  ],
  [
    field('lists', arrayOf(arrayOf('string', true), true)),
    some((row) => upTo(row % 3).map((each) => upTo(each).map(() => 'x'))),
  ],
  [
    field('struct', nested),
    some((row) => ({
      a: row % 2 === 0 ? BigInt(row) : null,
      b: row % 3 === 0 ? { c: upTo(row % 2).map(() => `${row}`) } : null,
    })),
  ],
  [
    field('structs', arrayOf({ type: 'struct', fields: [field('a', 'integer')] }, true)),
    some((row) => upTo(row % 3).map((each) => (each === 1 ? null : { a: each }))),
  ],
  [
    field('tags', mapOf('string', 'integer')),
    some((row) => Object.fromEntries(upTo(row % 3).map((each) => [`k${each}`, each === 0 ? row : null]))),
  ],
  [
    field('counts', mapOf('long', arrayOf('integer', true))),
    some((row) => upTo(row % 3).map((each) => [BigInt(each), upTo(each).map(() => each)])),
  ],
];
