import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOfRows } from '../schema/batch.ts';
import { matches } from '../schema/predicate-match.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { keyPredicate } from './key-predicate.ts';

const SCHEMA = schemaOf(field('day', 'string'), field('id', 'long'));

const anyRow = fc.record({
  day: fc.option(fc.constantFrom('mon', 'tue', 'wed')),
  id: fc.option(fc.bigInt(-1000n, 1000n)),
});

describe('the predicate of keys', () => {
  it('is true for each of them', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 200 }), (rows) => {
        const batch = batchOfRows(SCHEMA, rows);
        const isKey = matches(keyPredicate(SCHEMA, ['day', 'id'], [batch]), SCHEMA);
        for (let row = 0; row < batch.rowCount; row++) expect(isKey(batch, row)).toBe(true);
      }),
    );
  });

  it('names few values one by one, and the range of many', () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({
      day: index % 2 === 0 ? 'mon' : null,
      id: BigInt(index),
    }));
    expect(keyPredicate(SCHEMA, ['day', 'id'], [batchOfRows(SCHEMA, rows)])).toEqual({
      op: 'and',
      of: [
        {
          op: 'or',
          of: [
            { op: 'is-null', column: 'day' },
            { op: 'in', column: 'day', values: ['mon'] },
          ],
        },
        {
          op: 'or',
          of: [
            {
              op: 'and',
              of: [
                { op: '>=', column: 'id', value: 0n },
                { op: '<=', column: 'id', value: 99n },
              ],
            },
          ],
        },
      ],
    });
  });

  it('of no keys is true for none', () => {
    const isKey = matches(keyPredicate(SCHEMA, ['id'], []), SCHEMA);
    expect(isKey(batchOfRows(SCHEMA, [{ id: 1n }]), 0)).toBe(false);
  });
});
