import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from './batch.ts';
import { decimalText } from './decimal.ts';
import { partitionText, requirePartitionable } from './partition-text.ts';
import { partitionValue } from './partition-value.ts';
import { arrayOf, type DataType, field } from './schema.ts';

describe('the text of a partition value', () => {
  it.each<[DataType, Value, string | null]>([
    ['string', null, null],
    ['string', 'Ünï / =', 'Ünï / ='],
    ['boolean', true, 'true'],
    ['long', -(2n ** 63n), '-9223372036854775808'],
    ['byte', -128, '-128'],
    ['double', -0, '-0.0'],
    ['double', 1e21, '1e+21'],
    ['double', Number.NaN, 'NaN'],
    ['double', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['date', 19723, '2024-01-01'],
    ['date', -1, '1969-12-31'],
    ['timestamp', 1704103200000000n, '2024-01-01T10:00:00.000000Z'],
    ['timestamp', -1n, '1969-12-31T23:59:59.999999Z'],
    ['decimal(10,2)', '-1.5', '-1.50'],
    ['decimal(38,0)', '99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
  ])('of type %s for %s is %j', (type, value, text) => {
    expect(partitionText(field('p', type), value)).toBe(text);
  });

  it.each<[DataType, Value]>([
    ['string', ''],
    ['date', 3_000_000],
    ['timestamp', -62_135_596_800_000_001n],
    ['timestamp', 2n ** 63n - 1n],
  ])('of type %s for %s is refused: no reader would agree', (type, value) => {
    expect(() => partitionText(field('p', type), value)).toThrow('partition column p of type');
  });

  it.each<[DataType, fc.Arbitrary<Value>]>([
    ['string', fc.string({ unit: 'binary', minLength: 1 })],
    ['boolean', fc.boolean()],
    ['long', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)],
    ['double', fc.double()],
    ['float', fc.float()],
    ['date', fc.integer({ min: -719_162, max: 2_932_896 })],
    ['timestamp', fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n)],
    [
      'decimal(12,3)',
      fc.bigInt(-(10n ** 12n) + 1n, 10n ** 12n - 1n).map((unscaled) => decimalText(unscaled, 3)),
    ],
  ])('of type %s is read back equal', (type, values) => {
    const column = field('p', type);
    fc.assert(
      fc.property(values, (value) => {
        expect(partitionValue(column, partitionText(column, value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('is there for no binary and nothing nested', () => {
    expect(() => requirePartitionable(field('p', 'binary'))).toThrow(
      'partitioning by column p of type binary',
    );
    expect(() => requirePartitionable(field('p', arrayOf('long')))).toThrow('array<long>');
    expect(() => requirePartitionable(field('p', 'string'))).not.toThrow();
  });
});
