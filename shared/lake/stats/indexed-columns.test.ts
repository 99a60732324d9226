import { describe, expect, it } from 'vitest';
import { arrayOf, type Field, field, type Schema, schemaOf } from '../schema/schema.ts';
import { indexedSchema } from './indexed-columns.ts';

const SCHEMA = schemaOf(
  field('day', 'date'),
  field('a', 'integer'),
  field('s', schemaOf(field('x', 'long'), field('Y', 'string'), field('t', schemaOf(field('z', 'long'))))),
  field('list', arrayOf('long')),
  field('b', 'string'),
);

/** Dotted names of the leaves. */
function leaves({ fields }: Schema, prefix = ''): string[] {
  return fields.flatMap(({ name, type }: Field) =>
    typeof type !== 'string' && type.type === 'struct'
      ? leaves(type, `${prefix}${name}.`)
      : [`${prefix}${name}`],
  );
}

describe('the columns that get statistics', () => {
  it.each([
    ['all but those of the partition', {}, ['a', 's.x', 's.Y', 's.t.z', 'list', 'b']],
    ['none', { indexedColumns: 0 }, []],
    ['the first leaves, nested ones too', { indexedColumns: 3 }, ['a', 's.x', 's.Y']],
    ['the first leaves, where an array is one', { indexedColumns: 5 }, ['a', 's.x', 's.Y', 's.t.z', 'list']],
    ['all', { indexedColumns: -1 }, ['a', 's.x', 's.Y', 's.t.z', 'list', 'b']],
    [
      'those named, whatever their number',
      { statsColumns: [['b'], ['s', 'y'], ['day']], indexedColumns: 1 },
      ['s.Y', 'b'],
    ],
    ['all of a struct that is named', { statsColumns: [['S']] }, ['s.x', 's.Y', 's.t.z']],
    ['no column within one that is no struct', { statsColumns: [['a', 'x']] }, []],
  ])('are %s', (_, target, expected) => {
    expect(leaves(indexedSchema(SCHEMA, { partitionValues: { day: '2024-01-01' }, ...target }))).toEqual(
      expected,
    );
  });

  it('are 32 unless the table says otherwise', () => {
    const wide = schemaOf(...Array.from({ length: 40 }, (_, index) => field(`c${index}`, 'integer')));
    expect(leaves(indexedSchema(wide, { partitionValues: {} }))).toHaveLength(32);
    expect(leaves(indexedSchema(wide, { partitionValues: {}, indexedColumns: -1 }))).toHaveLength(40);
  });
});
