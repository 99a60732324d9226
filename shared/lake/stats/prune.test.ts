import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeColumn } from '../parquet/column-encoder.ts';
import { type BatchRow, batchOfRows, type Value } from '../schema/batch.ts';
import { orderOf } from '../schema/comparable.ts';
import { decimalText } from '../schema/decimal.ts';
import type { Predicate } from '../schema/predicate.ts';
import { matches } from '../schema/predicate-match.ts';
import { type DataType, type Field, field, schemaOf } from '../schema/schema.ts';
import { type Bounds, boundsOf, parseStatistics } from './file-bounds.ts';
import { mayMatch } from './prune.ts';
import { FileStats } from './stats.ts';

function mayHold(
  type: DataType,
  stats: string | undefined,
  predicate: Predicate,
  metadata: Field['metadata'] = {},
): boolean {
  const column = { ...field('c', type), metadata };
  const statistics = parseStatistics(stats);
  return mayMatch(predicate, schemaOf(column))(() => boundsOf(column, statistics));
}

type Comparison = '=' | '<' | '<=' | '>' | '>=';
const is = (op: Comparison, value: NonNullable<Value>): Predicate => ({ op, column: 'c', value });
const isNull: Predicate = { op: 'is-null', column: 'c' };
const not = (of: Predicate): Predicate => ({ op: 'not', of });
const oneTo = (min: string, max: string, nulls = 0): string =>
  `{"numRecords":9,"minValues":{"c":${min}},"maxValues":{"c":${max}},"nullCount":{"c":${nulls}}}`;

describe('a file is skipped', () => {
  it.each<[string, DataType, string, Predicate]>([
    ['below its minimum', 'integer', oneTo('5', '9'), is('<', 5)],
    ['above its maximum', 'integer', oneTo('5', '9'), is('>', 9)],
    ['outside its bounds', 'integer', oneTo('5', '9'), is('=', 4)],
    ['where no member is within', 'integer', oneTo('5', '9'), { op: 'in', column: 'c', values: [4, 10] }],
    ['for a long next to its maximum', 'long', oneTo('1', '9007199254740992'), is('=', 9007199254740993n)],
    [
      'for a decimal beyond doubles',
      'decimal(38,2)',
      oneTo('0.01', '123456789012345678901234567890.12'),
      is('>', '123456789012345678901234567890.12'),
    ],
    ['for text in UTF-8 order', 'string', oneTo('"a"', '"\ufffc"'), is('>=', '😀')],
    ['for a date', 'date', oneTo('"1970-01-02"', '"1970-01-03"'), is('=', 3)],
    [
      'for a time of another zone',
      'timestamp',
      oneTo('"1970-01-01T00:00:00.000-08:00"', '"1970-01-01T00:00:00.000-08:00"'),
      is('<', 28_800_000_000n),
    ],
    ['without nulls', 'integer', oneTo('5', '9'), isNull],
    ['of nulls alone', 'integer', '{"numRecords":9,"nullCount":{"c":9}}', not(isNull)],
    ['of nulls alone, for a comparison', 'integer', '{"numRecords":9,"nullCount":{"c":9}}', is('>', 0)],
    ['of nulls alone, for its negation', 'integer', '{"numRecords":9,"nullCount":{"c":9}}', not(is('>', 0))],
    ['where all match, for the negation', 'integer', oneTo('5', '9'), not(is('>=', 5))],
    ['where one of two cannot be', 'integer', oneTo('5', '9'), { op: 'and', of: [is('=', 4), isNull] }],
    ['where neither can be', 'integer', oneTo('5', '9'), { op: 'or', of: [is('=', 4), is('>', 9)] }],
    ['where nothing is asked for', 'integer', oneTo('5', '9'), { op: 'or', of: [] }],
  ])('%s', (_, type, stats, predicate) => {
    expect(mayHold(type, stats, predicate)).toBe(false);
  });
});

describe('a file is opened', () => {
  const wide =
    '{"numRecords":9,"minValues":{"c":5},"maxValues":{"c":9},"nullCount":{"c":3},"tightBounds":false}';

  it.each<[string, DataType, string | undefined, Predicate]>([
    ['without statistics', 'integer', undefined, is('=', 1)],
    ['with statistics that are no JSON', 'integer', '{"numRecords":', is('=', 1)],
    ['with statistics of another column', 'integer', '{"numRecords":1,"minValues":{"d":5}}', is('=', 1)],
    ['with only a count of rows', 'integer', '{"numRecords":1}', isNull],
    ['without a count of nulls', 'integer', '{"minValues":{"c":5},"maxValues":{"c":9}}', isNull],
    ['with null bounds', 'integer', oneTo('null', 'null'), is('=', 1)],
    ['with bounds of another kind', 'integer', oneTo('"5"', '"9"'), is('=', 1)],
    ['with bounds that are not numbers', 'double', oneTo('"NaN"', '"NaN"'), is('=', 1)],
    ['at its minimum', 'integer', oneTo('5', '9'), is('<=', 5)],
    ['at its maximum', 'integer', oneTo('5', '9'), is('>=', 9)],
    ['that deletion vectors make wide', 'integer', wide, isNull],
    ['that deletion vectors make wide, in bounds', 'integer', wide, is('=', 5)],
    [
      'within the millisecond of a maximum that was cut',
      'timestamp',
      oneTo('"1970-01-01T00:00:00.000Z"', '"1970-01-01T00:00:00.001Z"'),
      is('=', 1_999n),
    ],
    [
      'of a maximum that was cut, in no zone',
      'timestamp_ntz',
      oneTo('"1970-01-01T00:00:00.000"', '"1970-01-01T00:00:00.001"'),
      is('>', 1_998n),
    ],
    [
      'of text that an old writer cut',
      'string',
      oneTo('"a"', `"${'a'.repeat(32)}\ufffd"`),
      is('=', `${'a'.repeat(32)}😀`),
    ],
    ['for NaN, which bounds leave out', 'double', oneTo('5', '9'), is('>', 100)],
    ['for NaN itself', 'double', oneTo('5', '9'), is('=', Number.NaN)],
    ['for the negation of what NaN is not', 'double', oneTo('5', '9'), not(is('<=', 9))],
    [
      'for a float whose text is shorter than itself',
      'float',
      oneTo('0.1', '0.1'),
      is('=', Math.fround(0.1)),
    ],
    ['for zero, whatever its sign', 'double', oneTo('-0.0', '-0.0'), is('=', 0)],
    ['where one of two may be', 'integer', oneTo('5', '9'), { op: 'or', of: [is('=', 4), is('=', 6)] }],
    ['of a type without bounds', 'binary', oneTo('"x"', '"x"'), is('=', Uint8Array.of(1))],
    ['of booleans', 'boolean', oneTo('true', 'true'), is('=', false)],
    ['of decimals in another notation', 'decimal(10,2)', oneTo('1E+3', '1E+3'), is('=', '1.00')],
  ])('%s', (_, type, stats, predicate) => {
    expect(mayHold(type, stats, predicate)).toBe(true);
  });
});

it('a file of a column that was widened is opened for what it held before', () => {
  const widened = { 'delta.typeChanges': [{ fromType: 'float', toType: 'double' }] };
  const stored = Math.fround(0.1);
  expect(mayHold('double', oneTo('0.1', '0.1'), is('=', stored), widened)).toBe(true);
  expect(mayHold('double', oneTo('0.1', '0.1'), is('=', stored))).toBe(false);
  expect(mayHold('double', oneTo('0.1', '0.1'), is('<', 0.1), widened)).toBe(false);
  expect(mayHold('timestamp_ntz', oneTo('"1970-01-02"', '"1970-01-02"'), is('=', 86_400_000_000n))).toBe(
    true,
  );
  expect(mayHold('timestamp_ntz', oneTo('"1970-01-02"', '"1970-01-02"'), is('=', 1n))).toBe(false);
});

it('no row that matches is in a file that is skipped', () => {
  let skipped = 0;
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 4 }), anyPredicate, fc.boolean(), (rows, predicate, exact) => {
      const bounds = exact ? exactBounds(rows) : statedBounds(rows);
      if (mayMatch(predicate, SCHEMA)(bounds)) return;
      skipped++;
      const batch = batchOfRows(SCHEMA, rows);
      const match = matches(predicate, SCHEMA);
      expect(rows.filter((_, row) => match(batch, row))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
  expect(skipped).toBeGreaterThan(300);
});

const SMALL: readonly (readonly [DataType, fc.Arbitrary<NonNullable<Value>>])[] = [
  ['integer', fc.integer({ min: -2, max: 2 })],
  ['long', fc.bigInt(9007199254740990n, 9007199254740995n)],
  ['double', fc.constantFrom(-1.5, -0, 0, 0.1, Number.NaN, Number.NEGATIVE_INFINITY)],
  ['float', fc.constantFrom(0.1, 0.25, Number.NaN).map(Math.fround)],
  ['string', fc.string({ unit: fc.constantFrom('a', '\ufffd', '😀', '\u{10ffff}'), maxLength: 40 })],
  ['binary', fc.uint8Array({ maxLength: 1 })],
  ['boolean', fc.boolean()],
  ['date', fc.integer({ min: -1, max: 1 })],
  ['timestamp', fc.bigInt(-1500n, 1500n)],
  ['decimal(20,3)', fc.bigInt(-3n, 3n).map((value) => decimalText(value, 3))],
];
const SCHEMA = schemaOf(...SMALL.map(([type], at) => field(`c${at}`, type)));

const anyRow: fc.Arbitrary<BatchRow> = fc.record(
  Object.fromEntries(SMALL.map(([, values], at) => [`c${at}`, fc.option(values, { freq: 3 })])),
);

const comparison = fc.nat(SMALL.length - 1).chain((at) =>
  fc.oneof(
    fc.record({
      op: fc.constantFrom('=', '<', '<=', '>', '>='),
      column: fc.constant(`c${at}`),
      value: SMALL[at]![1],
    }),
    fc.record({
      op: fc.constant('in'),
      column: fc.constant(`c${at}`),
      values: fc.array(SMALL[at]![1], { maxLength: 2 }),
    }),
    fc.record({ op: fc.constant('is-null'), column: fc.constant(`c${at}`) }),
  ),
) as fc.Arbitrary<Predicate>;

const anyPredicate = fc.letrec<{ node: Predicate }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      of: fc.array(tie('node'), { maxLength: 3 }),
    }) as fc.Arbitrary<Predicate>,
    fc.record({ op: fc.constant('not'), of: tie('node') }) as fc.Arbitrary<Predicate>,
  ),
})).node;

/** As the statistics of a file with these rows, as they are written, tell. */
function statedBounds(rows: readonly BatchRow[]): (column: string) => Bounds {
  const stats = new FileStats(SCHEMA);
  const batch = batchOfRows(SCHEMA, rows);
  const encoded = SCHEMA.fields.map((column) => [
    column.name,
    encodeColumn(column, batch.columns[column.name], rows.length),
  ]);
  stats.add(rows.length, Object.fromEntries(encoded));
  const statistics = parseStatistics(stats.json());
  return (name) => boundsOf(SCHEMA.fields.find((column) => column.name === name)!, statistics);
}

/** As tight as bounds can be, as of a partition; NaN is in none. */
function exactBounds(rows: readonly BatchRow[]): (column: string) => Bounds {
  return (name) => {
    const type = SCHEMA.fields.find((column) => column.name === name)!.type;
    const { compare, toComparable } = orderOf(type, name);
    const values = rows.flatMap((row) => ((row[name] ?? null) === null ? [] : [toComparable(row[name]!)!]));
    const ordered = values.filter((value) => !Number.isNaN(value)).sort(compare);
    return {
      min: ordered[0] ?? null,
      max: ordered.at(-1) ?? null,
      mayBeNull: values.length < rows.length,
      mayBeValue: values.length > 0,
    };
  };
}
