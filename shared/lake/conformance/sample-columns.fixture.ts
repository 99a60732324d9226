import type { BatchRow, Value } from '../schema/batch.ts';
import { arrayOf, field, type Schema, schemaOf } from '../schema/schema.ts';

/** Characters whose order differs between UTF-8 and UTF-16, and texts that are longer than statistics keep. */
const LONG = 'x'.repeat(31);
export const TEXTS: readonly string[] = [
  '',
  'plain',
  'l\'été "quoted" \\ back\tslash\nline',
  '😀',
  '\ue000',
  '\uffff',
  '\u{10ffff}',
  `${LONG}😀 cut within`,
  `${LONG}\ue000 cut after`,
  `${'\uffff'.repeat(40)}`,
  `${'\u{10ffff}'.repeat(20)}`,
  `${'😀'.repeat(40)}`,
  `${LONG}xy`,
  `${LONG}xz`,
];

/** Extreme values of every type that all engines have; Python and SQL have the years 1 to 9999. */
const VALUES: Readonly<Record<string, readonly Value[]>> = {
  l: [2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n, 0n, -1n],
  s: [32_767, -32_768, 0],
  b: [127, -128, 0, 1],
  f: [0.1, -0, 3.4028234663852886e38, 1.401298464324817e-45, Number.NaN, Number.POSITIVE_INFINITY].map(
    Math.fround,
  ),
  d: [0.1, -0, 1.7976931348623157e308, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY, -1 / 3],
  t: TEXTS,
  bin: [Uint8Array.of(), Uint8Array.of(0, 255), Uint8Array.of(128, 0, 0)],
  day: [-719_162, 2_932_896, 0, -1, 20_780],
  at: [
    -62_135_596_800_000_000n,
    253_402_300_799_999_999n,
    0n,
    -1n,
    -1_234_567_890_123_456n,
    1_795_393_913_764_467n,
  ],
  ok: [true, false],
  m9: ['99999.9999', '-99999.9999', '0.0000', '-0.0001'],
  m18: ['1234567890123456.78', '-9999999999999999.99', '0.01'],
  m38: [
    '9999999999999999999999999999.9999999999',
    '-9999999999999999999999999999.9999999999',
    '0.0000000001',
  ],
};

/** `i` numbers the rows. */
export const EVERY_TYPE: Schema = schemaOf(
  field('i', 'integer', { nullable: false }),
  field('l', 'long'),
  field('s', 'short'),
  field('b', 'byte'),
  field('f', 'float'),
  field('d', 'double'),
  field('t', 'string'),
  field('bin', 'binary'),
  field('day', 'date'),
  field('at', 'timestamp'),
  field('ok', 'boolean'),
  field('m9', 'decimal(9,4)'),
  field('m18', 'decimal(18,2)'),
  field('m38', 'decimal(38,10)'),
  field('v', arrayOf('float')),
);

/** Each column goes through its values and is null now and then, each at its own pace. */
export function everyTypeRows(first: number, count: number): BatchRow[] {
  return Array.from({ length: count }, (_, offset) => {
    const i = first + offset;
    const row: Record<string, Value> = { i, v: i % 5 === 0 ? null : [Math.fround(i / 3), -i] };
    for (const [place, [name, values]] of Object.entries(VALUES).entries()) {
      row[name] = (i + place) % 7 === 6 ? null : (values[(i * 31 + place) % values.length] ?? null);
    }
    return row;
  });
}

export const NESTED: Schema = schemaOf(
  field('id', 'integer'),
  field('who', schemaOf(field('name', 'string'), field('tags', arrayOf('string', true)))),
  field('rates', { type: 'map', keyType: 'string', valueType: 'double', valueContainsNull: true }),
  field('points', arrayOf(schemaOf(field('x', 'double'), field('label', 'string')), true)),
);

export function nestedRows(first: number, count: number): BatchRow[] {
  const shapes: readonly BatchRow[] = [
    {
      who: { name: 'a', tags: ['x', null, '😀'] },
      rates: { one: 1, none: null },
      points: [{ x: 0.5, label: null }, null],
    },
    { who: null, rates: null, points: null },
    { who: { name: null, tags: [] }, rates: {}, points: [] },
    { who: { name: 'b', tags: null }, rates: { '': -0.25 }, points: [{ x: null, label: 'p' }] },
  ];
  return Array.from({ length: count }, (_, offset) => ({
    id: first + offset,
    ...shapes[(first + offset) % shapes.length],
  }));
}
