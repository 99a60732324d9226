import { describe, expect, it } from 'vitest';
import { columnMappingMode, withColumnMapping } from './column-mapping.ts';
import { type Field, fieldId, physicalName, type Schema } from './schema.ts';

const mapped = (name: string, type: Field['type'], id: number): Field => ({
  name,
  type,
  nullable: true,
  metadata: {
    comment: 'kept',
    'delta.columnMapping.id': id,
    'delta.columnMapping.physicalName': `col-${id}`,
  },
});

const SCHEMA: Schema = {
  type: 'struct',
  fields: [
    mapped('plain', 'integer', 1),
    mapped('nested', { type: 'struct', fields: [mapped('inner', 'string', 3)] }, 2),
    mapped(
      'many',
      {
        type: 'array',
        elementType: { type: 'struct', fields: [mapped('deep', 'long', 5)] },
        containsNull: true,
      },
      4,
    ),
  ],
};

function namesOf(schema: Schema): (string | number | null)[][] {
  return schema.fields.flatMap((column) => {
    const { type } = column;
    const inner =
      typeof type === 'string' || type.type === 'map'
        ? null
        : type.type === 'array'
          ? type.elementType
          : type;
    const below =
      inner !== null && typeof inner !== 'string' && inner.type === 'struct' ? namesOf(inner) : [];
    return [[column.name, physicalName(column), fieldId(column)], ...below];
  });
}

describe('columns are called in files', () => {
  it('as in the table where they are not mapped, whatever their metadata has kept', () => {
    const names = ['plain', 'nested', 'inner', 'many', 'deep'];
    const schema = withColumnMapping(SCHEMA, 'none');
    expect(namesOf(schema)).toEqual(names.map((name) => [name, name, null]));
    expect(schema.fields[0]?.metadata).toEqual({ comment: 'kept' });
  });

  it('by physical name alone, or by id, at every depth', () => {
    const ids = [
      ['plain', 1],
      ['nested', 2],
      ['inner', 3],
      ['many', 4],
      ['deep', 5],
    ] as const;
    expect(namesOf(withColumnMapping(SCHEMA, 'name'))).toEqual(
      ids.map(([name, id]) => [name, `col-${id}`, null]),
    );
    expect(namesOf(withColumnMapping(SCHEMA, 'id'))).toEqual(
      ids.map(([name, id]) => [name, `col-${id}`, id]),
    );
  });

  it.each([
    ['name', 'delta.columnMapping.physicalName'],
    ['id', 'delta.columnMapping.id'],
  ] as const)('by %s only where they have one', (mode, key) => {
    const { [key]: _, ...metadata } = mapped('plain', 'integer', 1).metadata;
    const schema: Schema = { type: 'struct', fields: [{ ...mapped('plain', 'integer', 1), metadata }] };
    expect(() => withColumnMapping(schema, mode)).toThrow(`column plain has no ${key}`);
  });
});

it('a mode of column mapping that is not known is refused', () => {
  expect(columnMappingMode({})).toBe('none');
  expect(columnMappingMode({ 'delta.columnMapping.mode': 'id' })).toBe('id');
  expect(() => columnMappingMode({ 'delta.columnMapping.mode': 'ordinal' })).toThrow(
    'mode ordinal is not supported',
  );
});
