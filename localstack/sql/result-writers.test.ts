import { describe, expect, it } from 'vitest';
import type { DataType, QueryValue, ResultColumn } from '../../shared/features/index.ts';
import { csvWriter, jsonWriter, type ResultWriter, tableWriter } from './result-writers.ts';

type Column = readonly [name: string, type: DataType];

/** All of a result, in batches of two rows. */
function written(
  writer: ResultWriter,
  columns: readonly Column[],
  ...rows: (readonly QueryValue[])[]
): string {
  const told = columns.map(([name, type], index): ResultColumn => ({ name, key: `${name}:${index}`, type }));
  let text = writer.begin(told);
  for (let from = 0; from < rows.length; from += 2) {
    const some = rows.slice(from, from + 2);
    const values = told.map(({ key }, index) => [key, some.map((row) => row[index] ?? null)] as const);
    text += writer.batch({ rowCount: some.length, columns: Object.fromEntries(values) });
  }
  return text + writer.end();
}

const EVERY: readonly (readonly [DataType, QueryValue, csv: string, json: string])[] = [
  ['boolean', true, 'true', 'true'],
  ['integer', -3, '-3', '-3'],
  ['long', 9_007_199_254_740_993n, '9007199254740993', '9007199254740993'],
  [
    'decimal(38,2)',
    '12345678901234567890123456789012345.10',
    '12345678901234567890123456789012345.10',
    '12345678901234567890123456789012345.10',
  ],
  ['double', 0.1, '0.1', '0.1'],
  ['double', Number.NaN, 'NaN', '"NaN"'],
  ['double', Number.NEGATIVE_INFINITY, '-Infinity', '"-Infinity"'],
  ['string', 'say "größe", 🛒\n', '"say ""größe"", 🛒\n"', '"say \\"größe\\", 🛒\\n"'],
  ['string', '', '""', '""'],
  ['string', null, '', 'null'],
  ['string', 'a\rb', '"a\rb"', '"a\\rb"'],
  ['date', -1, '1969-12-31', '"1969-12-31"'],
  ['timestamp', 1_795_400_877_074_457n, '2026-11-23T02:27:57.074457Z', '"2026-11-23T02:27:57.074457Z"'],
  ['timestamp', 1_795_400_877_070_000n, '2026-11-23T02:27:57.070Z', '"2026-11-23T02:27:57.070Z"'],
  ['timestamp', -1n, '1969-12-31T23:59:59.999999Z', '"1969-12-31T23:59:59.999999Z"'],
  ['timestamp_ntz', 0n, '1970-01-01T00:00:00', '"1970-01-01T00:00:00"'],
  ['timestamp', 2n ** 63n - 1n, 'infinity', '"infinity"'],
  ['binary', new Uint8Array([0, 255]), '\\x00ff', '"\\\\x00ff"'],
  [
    { type: 'array', elementType: 'date', containsNull: true },
    [0, null],
    '"[""1970-01-01"",null]"',
    '["1970-01-01",null]',
  ],
  [
    { type: 'struct', fields: [{ name: 'a "b"', type: 'decimal(3,1)', nullable: true, metadata: {} }] },
    { 'a "b"': '1.0' },
    '"{""a \\""b\\"""":1.0}"',
    '{"a \\"b\\"":1.0}',
  ],
  [
    { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true },
    { k: 5n },
    '"{""k"":5}"',
    '{"k":5}',
  ],
];

describe('CSV', () => {
  it.each(EVERY)('has %j as its text', (type, value, csv) => {
    expect(written(csvWriter(), [['v', type]], [value])).toBe(`v\n${csv}\n`);
  });

  it('names every column once, quotes names too, and keeps rows of every batch', () => {
    const columns: Column[] = [
      ['a,b', 'integer'],
      ['a', 'integer'],
      ['a', 'string'],
    ];
    expect(written(csvWriter(), columns, [1, 2, 'x'], [3, 4, 'y'], [5, 6, null])).toBe(
      '"a,b",a,a\n1,2,x\n3,4,y\n5,6,\n',
    );
    expect(written(csvWriter(), columns)).toBe('"a,b",a,a\n');
  });
});

describe('JSON', () => {
  it.each(EVERY)('has %j without loss', (type, value, _, json) => {
    expect(written(jsonWriter(), [['v', type]], [value])).toBe(`[\n{"v:0":${json}}\n]\n`);
  });

  it('is one array, of a result without rows too', () => {
    const columns: Column[] = [
      ['a', 'integer'],
      ['a', 'string'],
    ];
    const text = written(jsonWriter(), columns, [1, 'x'], [2, null], [3, 'z']);
    expect(JSON.parse(text)).toEqual([
      { 'a:0': 1, 'a:1': 'x' },
      { 'a:0': 2, 'a:1': null },
      { 'a:0': 3, 'a:1': 'z' },
    ]);
    expect(JSON.parse(written(jsonWriter(), columns))).toEqual([]);
  });
});

describe('a table', () => {
  it('is aligned, numbers to the right, with what a terminal shows wide counted as two', () => {
    const columns: Column[] = [
      ['id', 'long'],
      ['name', 'string'],
      ['total', 'decimal(10,2)'],
      ['day', 'date'],
    ];
    const rows = [
      [1n, 'tea', '1.50', 0],
      [12_345n, '日本🛒', null, null],
      [3n, 'e\u0301', '-10.00', 1],
    ];
    expect(written(tableWriter(10), columns, ...rows)).toBe(
      [
        '   id  name     total  day',
        '─────  ──────  ──────  ──────────',
        '    1  tea       1.50  1970-01-01',
        '12345  日本🛒    NULL  NULL',
        '    3  e\u0301       -10.00  1970-01-02',
        '',
      ].join('\n'),
    );
  });

  it('cuts what is long, and keeps a cell in one line', () => {
    const shown = (text: string) => written(tableWriter(1), [['t', 'string']], [text]).split('\n')[2];
    expect(shown('x'.repeat(60))).toBe('x'.repeat(60));
    expect(shown('x'.repeat(61))).toBe(`${'x'.repeat(59)}…`);
    expect(shown('日'.repeat(31))).toBe(`${'日'.repeat(29)}…`);
    expect(shown('a\nb\tc\u001b[31m')).toBe('a⏎b c·[31m');
  });

  it('says how many rows it does not show', () => {
    const rows = Array.from({ length: 5 }, (_, index) => [index]);
    expect(written(tableWriter(3), [['n', 'integer']], ...rows)).toBe(
      'n\n─\n0\n1\n2\n… 2 more rows (--limit N shows more)\n',
    );
    expect(written(tableWriter(0), [['n', 'integer']], ...rows)).toBe(
      'n\n─\n… 5 more rows (--limit N shows more)\n',
    );
    expect(written(tableWriter(5), [['n', 'integer']], ...rows)).not.toContain('more');
  });
});
