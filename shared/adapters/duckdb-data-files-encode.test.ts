import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayOf, type DataType, encodeColumn, field, type Value } from '../lake/index.ts';
import { encodeBatch } from './duckdb-data-files-encode.ts';

const anything: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(-129, -128, 127, 128, 32_767, 32_768, -32_769, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 0.5, -0),
  fc.double(),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n),
  fc.bigInt(),
  fc.constantFrom(
    '1.',
    '.5',
    '',
    '-',
    '+1',
    '1e3',
    '00012.50',
    '12.500',
    '12.5001',
    '-0.00',
    '99999999.99',
    '100000000',
  ),
  fc.stringMatching(/^-?\d{1,40}(\.\d{1,12})?$/),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', 'a\udc00', '😀'),
  fc.uint8Array({ maxLength: 3 }),
  fc.array(fc.oneof(fc.constant(null), fc.float(), fc.string()), { maxLength: 3 }),
);

const TYPES: readonly DataType[] = [
  'byte',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'string',
  'binary',
  'boolean',
  'date',
  'timestamp',
  'decimal(4,1)',
  'decimal(9,9)',
  'decimal(10,2)',
  'decimal(15,0)',
  'decimal(18,3)',
  'decimal(38,10)',
  arrayOf('float'),
  arrayOf('string', true),
];

function outcome(work: () => unknown): string {
  try {
    work();
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('rows in the layout of DuckDB', () => {
  it.each(TYPES)('of %j are refused where and as the lake refuses them', (type) => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 3 }), fc.boolean(), (values, nullable) => {
        const column = field('c', type, { nullable });
        const batch = { rowCount: values.length, columns: { c: values } };
        expect(outcome(() => encodeBatch([column], batch))).toBe(
          outcome(() => encodeColumn(column, values, values.length)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('need as many values as there are rows', () => {
    const batch = { rowCount: 3, columns: { c: [1, 2] } };
    expect(() => encodeBatch([field('c', 'integer')], batch)).toThrow('column c has 2 values for 3 rows');
  });

  it('of typed arrays are views, not copies', () => {
    const values = BigInt64Array.of(1n, 2n);
    const [column] = encodeBatch([field('c', 'long')], { rowCount: 2, columns: { c: values } }).columns;
    expect(column).toMatchObject({ kind: 'fixed', width: 8, validity: null });
    expect(column?.kind === 'fixed' && column.values.buffer).toBe(values.buffer);
  });

  it('take bytes for booleans nowhere', () => {
    const batch = { rowCount: 2, columns: { c: Uint8Array.of(0, 7) } };
    expect(() => encodeBatch([field('c', 'boolean')], batch)).toThrow(
      expect.objectContaining({ code: 'lake_value_invalid' }),
    );
  });
});
