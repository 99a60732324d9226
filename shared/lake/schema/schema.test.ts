import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  field,
  mergeSchemas,
  parseSchema,
  type Schema,
  schemaOf,
  schemaString,
  typeName,
} from './schema.ts';

const everyType: Schema = schemaOf(
  field('id', 'integer', { nullable: false }),
  field('amount', 'decimal(10,2)'),
  field('at', 'timestamp'),
  field('vector', arrayOf('float')),
  field('nested', {
    type: 'struct',
    fields: [field('tags', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true })],
  }),
);

describe('a schema', () => {
  it('survives its text', () => {
    expect(parseSchema(schemaString(everyType))).toEqual(everyType);
  });

  it('has the text that Spark writes', () => {
    expect(schemaString(schemaOf(field('a', 'long')))).toBe(
      '{"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]}',
    );
  });

  it('names its types', () => {
    expect(everyType.fields.map((column) => typeName(column.type))).toEqual([
      'integer',
      'decimal(10,2)',
      'timestamp',
      'array<float>',
      'struct<tags:map<string,long>>',
    ]);
  });

  it.each(['variant', 'interval', 'char(3)'])('with a column of type %s is refused by name', (type) => {
    const text = JSON.stringify({
      type: 'struct',
      fields: [{ name: 'odd', type, nullable: true, metadata: {} }],
    });
    expect(() => parseSchema(text)).toThrow(`column odd has type ${type}`);
  });

  it.each([
    ['twice', ['a', 'a']],
    ['twice but for case', ['Name', 'name']],
    ['with a space', ['first name']],
    ['without letters', ['']],
  ])('with a column named %s is refused', (_, names) => {
    expect(() => schemaOf(...names.map((name) => field(name, 'string')))).toThrow(/column/);
  });
});

describe('writing rows of another schema', () => {
  const table = schemaOf(field('id', 'integer', { nullable: false }), field('name', 'string'));
  const nested = schemaOf(
    ...table.fields,
    field('tags', arrayOf('string')),
    field('list', arrayOf(schemaOf(field('x', 'long', { nullable: false })))),
    field('map', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: false }),
    field('s', schemaOf(field('x', 'long'))),
  );

  it('changes nothing where the rows have the columns of the table, or fewer', () => {
    expect(mergeSchemas(table, table)).toBe(table);
    expect(mergeSchemas(nested, nested)).toBe(nested);
    expect(mergeSchemas(table, schemaOf(field('id', 'integer', { nullable: false })))).toBe(table);
  });

  it('adds new nullable columns at the end', () => {
    const rows = schemaOf(field('email', 'string'), field('id', 'integer', { nullable: false }));
    expect(mergeSchemas(table, rows).fields.map((column) => column.name)).toEqual(['id', 'name', 'email']);
  });

  const id = field('id', 'integer', { nullable: false });
  it.each([
    ['another type', [id, field('name', 'long')], 'column name is string in the table, long in the rows'],
    [
      'a new column that is not null',
      [id, field('x', 'long', { nullable: false })],
      'new column x must be nullable',
    ],
    ['nulls in a column without', [field('id', 'integer')], 'column id is not nullable'],
    ['a required column left out', [field('name', 'string')], 'column id is missing'],
    [
      'nulls in an array without',
      [id, field('tags', arrayOf('string', true))],
      'an element of tags is not nullable',
    ],
    [
      'nulls in a field within',
      [id, field('list', arrayOf(schemaOf(field('x', 'long'))))],
      'list.element.x is not nullable',
    ],
    [
      'nulls as values of a map without',
      [id, field('map', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true })],
      'a value of map is not nullable',
    ],
    [
      'a field more within',
      [id, field('s', schemaOf(field('x', 'long'), field('y', 'long')))],
      'column s is struct<x:long> in the table',
    ],
    ['a column that differs in case', [id, field('Name', 'string')], 'columns name and Name'],
  ])('refuses %s', (_, columns, message) => {
    expect(() => mergeSchemas(nested, schemaOf(...columns))).toThrow(message);
  });
});
